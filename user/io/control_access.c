/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See control_access.h. */
#include <errno.h>
#include <time.h>
#include <base/cidr.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <base/rates.h>
#include <io/control_access.h>

#define NS_PER_S 1000000000ULL
#define LINES	 2 /* logged in a second */

static bool is_internet(const struct sockaddr *sa)
{
	return sa->sa_family == AF_INET || sa->sa_family == AF_INET6;
}

static bool is_loopback(const struct xrp_endpoint *endpoint)
{
	return addr_kind(&endpoint->addr) == ADDR_LOOPBACK;
}

/* Counts one, keeps whose it was, and logs it unless there are too many. */
static void note(struct control_drops *drops, const struct xrp_endpoint *source,
		 struct log_limit *limit, const char *event)
{
	unsigned int suppressed;
	char text[ENDPOINT_TEXT];

	drops->count++;
	drops->last = *source;
	if (log_allow(limit, &suppressed))
		log_event(LOG_WARNING, event, "source=%s count=%llu suppressed=%u",
			  endpoint_format(source, text), (unsigned long long)drops->count,
			  suppressed);
}

bool control_admits(struct control_hub *hub, const struct sockaddr *client)
{
	static struct log_limit limit = LOG_LIMIT(LINES);
	struct xrp_endpoint source;

	if (!is_internet(client))
		return true;
	source = endpoint_from_sockaddr(client);
	if (is_loopback(&source) || cidr_list_has(&hub->access.allow, &source.addr))
		return true;
	note(&hub->drops.refused, &source, &limit, "control_refused");
	return false;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t control_hold(struct control_hub *hub, const struct sockaddr *client)
{
	static struct log_limit limit = LOG_LIMIT(LINES);
	struct xrp_endpoint source;
	uint64_t wait;

	if (!hub->access.rate || !is_internet(client))
		return 0;
	source = endpoint_from_sockaddr(client);
	if (is_loopback(&source))
		return 0;
	wait = rates_take(hub->rates, &source.addr, hub->access.rate, now_ns());
	if (wait)
		note(&hub->drops.limited, &source, &limit, "control_limited");
	return wait;
}

int control_may_bind(const struct control_hub *hub, const struct sockaddr *local,
		     const struct complaint_text *to)
{
	struct xrp_endpoint at;

	if (!is_internet(local) || hub->access.allow.count)
		return 0;
	at = endpoint_from_sockaddr(local);
	if (is_loopback(&at))
		return 0;
	return control_complain(to, -EACCES,
				"others can reach this address: say who may send commands to it "
				"with --allow (as in --allow 192.0.2.10,10.1.0.0/16), or use "
				"unix:PATH or a loopback address");
}
