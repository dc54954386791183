/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See taps_target.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <base/endpoint.h>
#include <daemon/taps_target.h>

#define UDP_PREFIX "udp:"
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
	if (addr_parse(host, &addr) || addr_is_unspecified(&addr))
		return -EINVAL;
	*endpoint = endpoint_make(&addr, port);
	return 0;
}
