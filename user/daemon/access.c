/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See access.h. */
#include <base/endpoint.h>
#include <daemon/access.h>
#include <daemon/relay.h>
#include <io/control.h>

void access_control(const struct relay *relay)
{
	const struct control_access access = {
		.allow = relay->options->allow,
		.rate = relay->options->control_rate,
	};

	control_set_access(relay->control, &access);
}

bool access_copy(const struct options *options, const struct xrp_addr *addr)
{
	enum addr_kind kind = addr_kind(addr);

	if (options->allow_copy.count)
		return cidr_list_has(&options->allow_copy, addr);
	return kind == ADDR_PRIVATE || kind == ADDR_LINK_LOCAL;
}
