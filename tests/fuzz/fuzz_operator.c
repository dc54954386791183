/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operator's socket: any bytes as a request, under any calls. Whatever was asked, the answer is
 * one JSON object on a line, and then the connection is closed; only who sent nothing gets nothing.
 *
 * An input: lines of commands that make calls, a NUL, the request.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <event2/event.h>
#include <daemon/attachlog.h>
#include <daemon/audit.h>
#include <daemon/media.h>
#include <daemon/operate.h>
#include <daemon/players.h>
#include <daemon/report.h>
#include <daemon/taps.h>
#include <io/control.h>
#include <io/ctlserver.h>
#include <io/notify.h>
#include "files.h"
#include "relay_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TURNS  1000
#define ANSWER (4U << 20)

/* The rest of the daemon, as far as a report asks for it. */
json_t *audit_handle(struct relay *relay, json_t *request)
{
	(void)relay;
	return json_pack("{s:b}", "repair", json_is_true(json_object_get(request, "repair")));
}

json_t *operate_drain(struct relay *relay, json_t *request)
{
	(void)request;
	return json_pack("{s:i}", "streams", (int)relay->engine.calls.count);
}

json_t *operate_learn(struct relay *relay, json_t *request)
{
	return operate_drain(relay, request);
}

json_t *operate_stop(struct relay *relay, json_t *request)
{
	return operate_drain(relay, request);
}

json_t *operate_reload(struct relay *relay, json_t *request)
{
	return operate_drain(relay, request);
}

unsigned int datapath_kernel_interfaces(struct datapath *dp,
					const struct datapath_interface **interfaces)
{
	static const struct datapath_interface one = {.name = "near0", .ifindex = 2};

	(void)dp;
	*interfaces = &one;
	return 1;
}

const char *datapath_mode_name(enum datapath_mode mode)
{
	return mode == DATAPATH_NATIVE ? "native" : "generic";
}

const struct control_dropped *control_dropped(const struct control *control)
{
	static const struct control_dropped some = {.refused = {.count = 2}};

	(void)control;
	return &some;
}

struct slowpath_stats slowpath_stats(const struct slowpath *slowpath)
{
	(void)slowpath;
	return (struct slowpath_stats){.received = 1};
}

void route_report(const struct nexthops *nh, const struct route *route, struct nexthop_report *r)
{
	(void)nh;
	(void)route;
	*r = (struct nexthop_report){.id = 1, .interface = "near0", .state = "reachable"};
}

enum reach route_reach(struct nexthops *nh, struct route *route, uint64_t now)
{
	(void)nh;
	(void)route;
	(void)now;
	return REACH_OK;
}

struct notify_count notify_count(const struct notify *notify)
{
	(void)notify;
	return (struct notify_count){.targets = 1};
}

const char *attachlog_none(const struct options *options, struct datapath *dp)
{
	(void)options;
	(void)dp;
	return NULL;
}

struct taps_stats media_taps(struct media *media)
{
	(void)media;
	return (struct taps_stats){.files = 1};
}

const char *players_prompt(const struct leg *leg)
{
	return leg->weak ? "prompt" : NULL;
}

bool taps_records(const struct leg *leg)
{
	return leg->weak;
}

bool taps_copies(const struct leg *leg)
{
	return leg->weak;
}

static json_t *answer(void *ctx, json_t *request)
{
	(void)ctx;
	return report_handle(&relay_world->relay, request);
}

static struct event_base *loop;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

/* The server, once: it lives as long as the process. */
static void open_server(void)
{
	static struct ctlserver *server;
	char error[256];

	if (server)
		return;
	files_open();
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/ctl", files_path);
	loop = event_base_new();
	server = ctlserver_new(loop, address.sun_path, 0600, answer, NULL, error, sizeof(error));
	DEMAND(loop && server);
}

static int connected(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	DEMAND(fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

/* Sends the request, with its end or without, and reads until we are hung up on. */
static size_t ask(const uint8_t *data, size_t len, char *buf)
{
	int fd = connected();
	ssize_t got = -1;
	size_t sum = 0;

	event_base_loop(loop, EVLOOP_NONBLOCK);
	while (len && (got = send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0) {
		data += got;
		len -= (size_t)got;
		event_base_loop(loop, EVLOOP_NONBLOCK);
	}
	shutdown(fd, SHUT_WR);
	for (int i = 0; i < TURNS && got; i++) {
		event_base_loop(loop, EVLOOP_NONBLOCK);
		got = recv(fd, buf + sum, ANSWER - sum, MSG_DONTWAIT);
		sum += got > 0 ? (size_t)got : 0;
	}
	DEMAND(!got || errno == ECONNRESET);
	close(fd);
	event_base_loop(loop, EVLOOP_NONBLOCK);
	return sum;
}

static void check(const uint8_t *data, size_t len)
{
	static char buf[ANSWER];
	size_t said = ask(data, len, buf);
	json_t *json;

	DEMAND(said || !len);
	if (!said)
		return;
	DEMAND(buf[said - 1] == '\n' && !memchr(buf, '\n', said - 1));
	json = json_loadb(buf, said, 0, NULL);
	DEMAND(json_is_object(json) && json_object_size(json) > 0);
	json_decref(json);
}

static void make_calls(struct relay_world *r, const uint8_t *data, size_t len)
{
	const char *at = (const char *)data, *end = at + len;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *stop = newline ? newline : end;

		relay_world_run(r, at, (size_t)(stop - at));
		at = stop + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
	struct relay_world *r;

	if (!nul)
		return 0;
	open_server();
	r = relay_world_new();
	make_calls(r, data, (size_t)(nul - data));
	check(nul + 1, size - (size_t)(nul + 1 - data));
	relay_world_free(r);
	return 0;
}
