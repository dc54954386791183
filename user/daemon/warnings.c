/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See warnings.h. */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <daemon/warnings.h>

#define CONTROL_PORT 22222 /* where a name has none */

/* A name goes into SDP as it is: phones must find it, and hardly will if this host does not. */
static void warn_advertised(const char *name)
{
	struct addrinfo *found;
	struct xrp_addr addr;
	int err;

	if (!name[0] || !addr_parse(name, &addr))
		return;
	err = getaddrinfo(name, NULL, NULL, &found);
	if (!err)
		freeaddrinfo(found);
	else
		log_event(LOG_WARNING, "option",
			  "advertised=%s does not resolve here (%s): phones are told this name, "
			  "give an address if they cannot resolve it either",
			  name, gai_strerror(err));
}

/* The port of a control socket by UDP, or 0: behind the last colon, as io/control reads it. */
static unsigned long udp_port(const char *name)
{
	const char *where = strchr(name, ':'), *colon;
	struct xrp_addr addr;

	if (strncmp(name, "udp", 3) != 0 || !where)
		return 0;
	colon = strrchr(where + 1, ':');
	if (!colon || !addr_parse(where + 1, &addr))
		return CONTROL_PORT;
	return strtoul(colon + 1, NULL, 10);
}

static void warn_control_port(const struct options *o, const char *name)
{
	unsigned long port = udp_port(name);

	if (port >= o->port_min && port <= o->port_max)
		log_event(
			LOG_WARNING, "option",
			"socket=%s lies within the media ports %u-%u: this pair is not given out, "
			"and a firewall that is open for media is open for commands; choose "
			"another port or range",
			name, o->port_min, o->port_max);
}

/* rtpproxy takes the mode as decimal; who writes 0660 or 660 hardly means that. */
static void warn_mode(const struct options *o)
{
	const char *text = o->socket_mode_text;
	bool octal = text[strspn(text, "01234567")] == '\0';

	if (!octal || (o->socket_mode <= 0777 && !(text[0] == '0' && text[1])))
		return;
	log_event(LOG_WARNING, "option",
		  "-w %s is decimal, that is mode %04o; for mode %04lo say -w %lu", text,
		  o->socket_mode, strtoul(text, NULL, 8), strtoul(text, NULL, 8));
}

/* The mode counts where a group is given. Writing is what a command needs. */
static void warn_everybody(const struct options *o)
{
	if (o->user && strchr(o->user, ':') && (o->socket_mode & S_IWOTH))
		log_event(LOG_WARNING, "option",
			  "-w %s lets every user of this host send commands: for the owner and the "
			  "group say -w 432",
			  o->socket_mode_text);
}

void warnings_log(const struct options *o)
{
	for (unsigned int i = 0; i < o->warning_count; i++)
		log_event(LOG_WARNING, "option", "%s", o->warnings[i]);
	warn_mode(o);
	warn_everybody(o);
	if (o->pcap && !o->record_dir)
		log_event(
			LOG_WARNING, "option",
			"-P says how to record, but nothing is recorded without a directory: -r DIR");
	for (unsigned int i = 0; i < o->socket_count; i++)
		warn_control_port(o, o->sockets[i]);
	for (unsigned int i = 0; options_advertised(o, i); i++)
		warn_advertised(options_advertised(o, i));
}
