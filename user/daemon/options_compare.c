/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which options are others in one reading than in another. */
#include <string.h>
#include <base/endpoint.h>
#include <daemon/options_private.h>

typedef bool options_comparer(const struct options *a, const struct options *b);

static bool text_differs(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) != 0 : a != b;
}

static bool list_differs(const char *const *a, unsigned int a_count, const char *const *b,
			 unsigned int b_count)
{
	bool differs = a_count != b_count;

	for (unsigned int i = 0; i < a_count && !differs; i++)
		differs = strcmp(a[i], b[i]) != 0;
	return differs;
}

static bool address_differs(const struct engine_address *a, const struct engine_address *b)
{
	return !xrp_addr_equal(&a->addr, &b->addr) || strcmp(a->label, b->label) != 0;
}

bool options_listen_differs(const struct options *a, const struct options *b)
{
	bool differs = a->bridge != b->bridge || a->labelled_count != b->labelled_count;

	for (int i = 0; i < 2; i++)
		differs |= address_differs(&a->network[i], &b->network[i]);
	for (unsigned int i = 0; i < a->labelled_count && !differs; i++)
		differs = address_differs(&a->labelled[i], &b->labelled[i]);
	return differs;
}

/* Also those that stand behind an address of -l. */
static bool advertised_differs(const struct options *a, const struct options *b)
{
	bool differs = memcmp(a->advertised, b->advertised, sizeof(a->advertised)) != 0;

	for (int i = 0; i < 2; i++)
		differs |= strcmp(a->network[i].advertised, b->network[i].advertised) != 0;
	for (unsigned int i = 0; i < a->labelled_count; i++)
		differs |= strcmp(a->labelled[i].advertised, b->labelled[i].advertised) != 0;
	return differs;
}

static bool sockets_differ(const struct options *a, const struct options *b)
{
	return list_differs(a->sockets, a->socket_count, b->sockets, b->socket_count);
}

static bool notify_differs(const struct options *a, const struct options *b)
{
	return list_differs(a->notify, a->notify_count, b->notify, b->notify_count);
}

static bool interfaces_differ(const struct options *a, const struct options *b)
{
	return a->interface_count != b->interface_count ||
	       memcmp(a->interfaces, b->interfaces, sizeof(a->interfaces)) != 0;
}

static bool policy_differs(const struct options *a, const struct options *b)
{
	return a->policy != b->policy;
}

static bool log_differs(const struct options *a, const struct options *b)
{
	return a->log.level != b->log.level || a->log.facility != b->log.facility;
}

static bool rtcp_differs(const struct options *a, const struct options *b)
{
	return a->rtcp_own != b->rtcp_own;
}

static bool nice_differs(const struct options *a, const struct options *b)
{
	return a->nice != b->nice;
}

static bool scheduler_differs(const struct options *a, const struct options *b)
{
	return a->scheduler != b->scheduler;
}

static bool instance_differs(const struct options *a, const struct options *b)
{
	return text_differs(a->instance, b->instance);
}

static bool tos_differs(const struct options *a, const struct options *b)
{
	return a->tos != b->tos;
}

static bool sandbox_differs(const struct options *a, const struct options *b)
{
	return a->sandbox != b->sandbox;
}

static bool mode_differs(const struct options *a, const struct options *b)
{
	return a->socket_mode != b->socket_mode;
}

static bool rate_cap_differs(const struct options *a, const struct options *b)
{
	return a->rate_cap.mode != b->rate_cap.mode || a->rate_cap.pps != b->rate_cap.pps ||
	       a->rate_cap.kbits != b->rate_cap.kbits;
}

/* -6 changes the same members as -l, and counts there. */
static const struct {
	options_setter *set;
	options_comparer *differs;
} comparers[] = {
	{set_listen, options_listen_differs},
	{set_advertised, advertised_differs},
	{set_socket, sockets_differ},
	{set_notify, notify_differs},
	{set_interface, interfaces_differ},
	{set_policy, policy_differs},
	{set_log, log_differs},
	{set_rtcp, rtcp_differs},
	{set_nice, nice_differs},
	{set_scheduler, scheduler_differs},
	{set_instance, instance_differs},
	{set_tos, tos_differs},
	{set_mode, mode_differs},
	{set_rate_cap, rate_cap_differs},
	{set_sandbox, sandbox_differs},
};

bool options_row_differs(const struct options_row *row, const struct options *a,
			 const struct options *b)
{
	const char *at = (const char *)a + row->offset, *bt = (const char *)b + row->offset;

	if (row->set == set_number)
		return *(const unsigned int *)at != *(const unsigned int *)bt;
	if (row->set == set_switch)
		return *(const bool *)at != *(const bool *)bt;
	if (row->set == set_text)
		return text_differs(*(const char *const *)at, *(const char *const *)bt);
	if (row->set == set_networks)
		return !cidr_list_equal((const struct cidr_list *)at, (const struct cidr_list *)bt);
	for (unsigned int i = 0; i < sizeof(comparers) / sizeof(comparers[0]); i++) {
		if (comparers[i].set == row->set)
			return comparers[i].differs(a, b);
	}
	return false;
}
