/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See taps_target.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <sys/socket.h>
#include <base/endpoint.h>
#include <daemon/taps_private.h>
#include <daemon/taps_target.h>

#define UDP_PREFIX "udp:"
#define PORT_MIN   1024	 /* below are the ports of the system's services, no recorder's */
#define PORT_MAX   65534 /* the next one is for RTCP */

/* The tag without ";1". */
static struct text name_tag(const struct stream *stream)
{
	struct text tag = {stream->tag, stream->tag_len};

	if (tag.len > 2 && !memcmp(tag.at + tag.len - 2, ";1", 2))
		tag.len -= 2;
	return tag;
}

int taps_target_name(char name[CAPTURE_NAME], const struct stream *stream, const char *suffix)
{
	struct text tag = name_tag(stream);
	size_t id_len = stream->call->id_len, len = id_len + 1 + tag.len;
	char *raw = malloc(len);

	if (!raw)
		return -ENOMEM;
	memcpy(raw, stream->call->id, id_len);
	raw[id_len] = '=';
	memcpy(raw + id_len + 1, tag.at, tag.len);
	capture_name(name, (struct text){raw, len}, suffix);
	free(raw);
	return 0;
}

bool taps_target_is_udp(struct text target)
{
	return target.len >= strlen(UDP_PREFIX) &&
	       !memcmp(target.at, UDP_PREFIX, strlen(UDP_PREFIX));
}

static int read_port(const char *text, uint16_t *port)
{
	unsigned long value;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	value = strtoul(text, &end, 10);
	if (*end || !value || value > PORT_MAX)
		return -EINVAL;
	*port = (uint16_t)value;
	return 0;
}

int taps_target_udp(struct text target, struct xrp_endpoint *endpoint)
{
	char text[ENDPOINT_TEXT], *host = text, *colon;
	size_t len = target.len - strlen(UDP_PREFIX);
	struct xrp_addr addr;
	uint16_t port;

	if (len >= sizeof(text))
		return -EINVAL;
	memcpy(text, target.at + strlen(UDP_PREFIX), len);
	text[len] = '\0';
	colon = strrchr(text, ':');
	if (!colon || read_port(colon + 1, &port))
		return -EINVAL;
	*colon = '\0';
	if (*host == '[' && colon > host + 1 && colon[-1] == ']') {
		host++;
		colon[-1] = '\0';
	}
	if (addr_parse(host, &addr))
		return -EINVAL;
	*endpoint = endpoint_make(&addr, port);
	return 0;
}

/* The kernel knows the broadcast addresses of its interfaces, and who may not be sent to. */
static bool is_prohibited(const struct xrp_endpoint *endpoint)
{
	struct sockaddr_storage ss;
	socklen_t len = endpoint_to_sockaddr(endpoint, &ss);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool prohibited = fd >= 0 && connect(fd, (struct sockaddr *)&ss, len) && errno == EACCES;

	if (fd >= 0)
		close(fd);
	return prohibited;
}

static bool is_here(const struct taps *taps, const struct xrp_endpoint *endpoint)
{
	const struct engine *e = taps->config.engine;

	return addr_kind(&endpoint->addr) == ADDR_LOOPBACK ||
	       e->ops.address_is_local(e->ops.ctx, &endpoint->addr);
}

static const char *is_ours(const struct taps *taps, const struct xrp_endpoint *endpoint)
{
	const struct engine *e = taps->config.engine;

	if (engine_is_own(e, endpoint))
		return "it is a call of this relay, or copies are sent from it";
	if (!is_here(taps, endpoint))
		return NULL;
	if (ports_in_range(addr_is_v4(&endpoint->addr) ? e->ports4 : e->ports6,
			   endpoint_port(endpoint)))
		return "it is in this relay's range of ports, and may be a call's";
	return taps->config.is_control(taps->config.ctx, endpoint)
		       ? "it is this relay's control socket"
		       : NULL;
}

const char *taps_target_refused(const struct taps *taps, const struct xrp_endpoint *endpoint)
{
	struct xrp_endpoint above =
		endpoint_make(&endpoint->addr, (uint16_t)(endpoint_port(endpoint) + 1));
	const char *why;

	switch (addr_kind(&endpoint->addr)) {
	case ADDR_UNSPECIFIED:
		return "it is no host's address";
	case ADDR_MULTICAST:
		return "it is a multicast address";
	case ADDR_BROADCAST:
		return "it is a broadcast address";
	case ADDR_GLOBAL:
	case ADDR_PRIVATE:
	case ADDR_LINK_LOCAL:
	case ADDR_LOOPBACK:
		break;
	}
	if (endpoint_port(endpoint) < PORT_MIN)
		return "it is a port below 1024";
	if (is_prohibited(endpoint))
		return "it is a broadcast address of a network here, or a prohibited one";
	if (!is_here(taps, endpoint) && !taps->config.may_copy(taps->config.ctx, &endpoint->addr))
		return "it is not allowed by --allow-copy";
	why = is_ours(taps, endpoint);
	return why ? why : is_ours(taps, &above);
}
