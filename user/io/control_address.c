/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of internet control sockets: host, port, and what is said when they are no good. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <io/control_socket.h>

#define DEFAULT_PORT "22222"
#define HOST_MAX     256

static bool is_v6(const char *host)
{
	struct in6_addr addr;

	return inet_pton(AF_INET6, host, &addr) == 1;
}

/*
 * "HOST:PORT" at the last colon; "[ADDRESS]:PORT" is understood too. Without a port it is the
 * default one: then `where` holds no colon, or is an IPv6 address as a whole.
 */
static int split(int family, const char *where, char *host, const char **port)
{
	const char *colon = strrchr(where, ':');
	size_t len = colon ? (size_t)(colon - where) : strlen(where);

	*port = colon ? colon + 1 : DEFAULT_PORT;
	if (len >= HOST_MAX)
		return -ENAMETOOLONG;
	memcpy(host, where, len);
	host[len] = '\0';
	if (len > 1 && host[0] == '[' && host[len - 1] == ']') {
		memmove(host, host + 1, len - 2);
		host[len - 2] = '\0';
	} else if (family == AF_INET6 && colon && !is_v6(host) && strlen(where) < HOST_MAX &&
		   is_v6(where)) {
		strcpy(host, where); /* NOLINT: the length was checked */
		*port = DEFAULT_PORT;
	}
	return *host && **port ? 0 : -EINVAL;
}

static bool is_port(const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	return *text >= '0' && *text <= '9' && !*end && port > 0 && port < 65536;
}

int control_resolve(int family, int type, const char *where, const struct complaint_text *to,
		    struct addrinfo **found)
{
	const struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = type,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	char host[HOST_MAX];
	const char *port;
	int err;

	if (split(family, where, host, &port))
		return control_complain(to, -EINVAL, "needs an address: %s%s",
					type == SOCK_DGRAM ? "udp" : "tcp",
					family == AF_INET ? ":HOST[:PORT]" : "6:ADDRESS[:PORT]");
	if (!is_port(port))
		return control_complain(
			to, -EINVAL, "\"%s\" is not a port: give a number from 1 to 65535", port);
	err = getaddrinfo(strcmp(host, "*") ? host : NULL, port, &hints, found);
	if (err)
		return control_complain(to, -EADDRNOTAVAIL, "\"%s\" is no %s address (%s)", host,
					family == AF_INET ? "IPv4" : "IPv6", gai_strerror(err));
	return 0;
}

int control_complain_bind(const struct complaint_text *to, int err)
{
	if (err == EADDRINUSE)
		return control_complain(to, -err,
					"the port is in use: stop the other program or choose "
					"another port");
	if (err == EADDRNOTAVAIL)
		return control_complain(to, -err,
					"the address is not on this host: add it to an interface "
					"or choose another");
	if (err == EACCES)
		return control_complain(to, -err,
					"no permission to use this port: run as root or choose one "
					"above 1023");
	return control_complain(to, -err, "cannot be opened: %s", strerror(err));
}
