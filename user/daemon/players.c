/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See players.h. A timer a player; packets are due on a schedule that does not drift. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <event2/event.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <core/leg_media.h>
#include <core/playout.h>
#include <daemon/media.h>
#include <daemon/players.h>
#include <daemon/relay.h>
#include <daemon/sync.h>
#include <io/prompt.h>

#define PLAYERS_PTIME 10    /* ms, unless the session's codecs and ptime are used */
#define PLAYERS_WAIT  20000 /* us between looks whether the party's address is known */
#define NS_PER_US     1000ULL
#define NS_PER_S      1000000000ULL

struct players {
	struct relay *relay;
	struct prompts *prompts;
};

struct player {
	struct players *players;
	struct leg *leg; /* of the party that hears it */
	const struct prompt *prompt;
	char *name; /* of its file, without the payload type */
	struct playout_prompt what;
	struct playout playout;
	bool started, silent; /* silent: a payload type that cannot be packetised */
	struct event *timer;
	uint64_t noted; /* ns: when leg->media.prompt_count was brought up to date */
};

static struct stream *player_stream(const struct player *p)
{
	return p->leg->channel[CHANNEL_RTP].stream;
}

static void player_in(struct player *p, uint64_t us)
{
	const struct timeval when = {(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};

	event_add(p->timer, &when);
}

static bool player_ready(const struct player *p)
{
	const struct channel *ch = &p->leg->channel[CHANNEL_RTP];

	return p->leg->has_port && endpoint_is_set(&ch->learn.dest);
}

static void player_end(struct player *p)
{
	struct relay *relay = p->players->relay;
	struct stream *s = player_stream(p);
	struct leg *leg = p->leg;

	players_stop(p->players, leg);
	leg_media_stop_play(leg); /* it is not to be played again after a restart */
	calls_dirty(&relay->engine.calls, s);
	sync_run(relay);
}

/* Sends what is due; false when the prompt is over. */
static bool player_send(struct player *p, uint64_t now)
{
	struct relay *relay = p->players->relay;
	uint8_t packet[PLAYOUT_PACKET];
	size_t len;

	while (playout_due(&p->playout) <= now) {
		len = playout_next(&p->playout, now, packet, sizeof(packet));
		if (!len)
			return false;
		media_send(relay, &p->leg->channel[CHANNEL_RTP], packet, len);
		relay->engine.totals.prompt_packets++;
	}
	return playout_due(&p->playout) != UINT64_MAX;
}

/*
 * What is left of a prompt that is played several times is what a restart would play. Short ones
 * end their rounds often: more than once a second that is not noted.
 */
static void player_note_rounds(struct player *p, uint64_t now)
{
	struct relay *relay = p->players->relay;
	int left = p->playout.prompt.count;

	if (left == p->leg->media.prompt_count || !p->leg->media.prompt ||
	    now - p->noted < NS_PER_S)
		return;
	p->noted = now;
	p->leg->media.prompt_count = left;
	calls_dirty(&relay->engine.calls, player_stream(p));
	sync_run(relay);
}

/* 0, -ENODATA: the prompt is over before it began, or another -errno: its type cannot be sent. */
static int player_begin(struct player *p, uint64_t now)
{
	int err;

	p->started = true;
	p->what.start = now;
	err = playout_start(&p->playout, &p->what);
	p->silent = err != 0;
	return err;
}

static void on_due(evutil_socket_t fd, short what, void *ctx)
{
	struct player *p = ctx;
	uint64_t now = relay_now(), due;

	(void)fd;
	(void)what;
	if (!p->started && player_ready(p) && player_begin(p, now) == -ENODATA) {
		player_end(p);
		return;
	}
	if (p->silent || !p->started) {
		player_in(p, PLAYERS_WAIT);
		return;
	}
	/* A prompt keeps the side alive that is not heard meanwhile; its listener may well speak.
	 */
	player_stream(p)->leg[!p->leg->channel[CHANNEL_RTP].side].touched = now;
	if (!player_send(p, now)) {
		player_end(p);
		return;
	}
	player_note_rounds(p, now);
	now = relay_now();
	due = playout_due(&p->playout);
	player_in(p, due > now ? (due - now) / NS_PER_US : 0);
}

/* The ptime in force for what goes to the party: that of the other party's commands. */
static uint16_t session_ptime(const struct leg *leg)
{
	const struct channel *ch = &leg->channel[CHANNEL_RTP];
	uint16_t ptime = ch->stream->leg[!ch->side].ptime;

	return ptime ? ptime : PLAYERS_PTIME;
}

static struct player *player_new(struct players *players, struct leg *leg,
				 const struct prompt *prompt, uint16_t ptime, int count)
{
	struct player *p = calloc(1, sizeof(*p));
	struct {
		uint32_t ssrc, timestamp;
		uint16_t sequence;
	} seed;

	if (!p || getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		goto fail;
	p->timer = evtimer_new(players->relay->base, on_due, p);
	if (!p->timer)
		goto fail;
	p->players = players;
	p->leg = leg;
	p->prompt = prompt;
	p->what = (struct playout_prompt){
		.data = prompt->data,
		.len = prompt->len,
		.payload_type = prompt->payload_type,
		.ptime = ptime,
		.count = count,
		.ssrc = seed.ssrc,
		.timestamp = seed.timestamp,
		.sequence = seed.sequence,
	};
	return p;
fail:
	free(p);
	return NULL;
}

int players_play(struct players *players, struct leg *leg, struct text name, struct text codecs,
		 int count)
{
	bool session = leg->codecs && codecs.at == leg->codecs;
	const struct prompt *prompt;
	int err;

	players_stop(players, leg);
	if (!count)
		return 0;
	err = prompts_open(players->prompts, name, codecs, &prompt);
	if (err)
		return err;
	leg->player = player_new(players, leg, prompt, session ? session_ptime(leg) : PLAYERS_PTIME,
				 count);
	if (!leg->player) {
		prompts_close(players->prompts, prompt);
		return -ENOMEM;
	}
	leg->player->name = strndup(name.at, name.len);
	players->relay->engine.totals.prompts_started++;
	player_in(leg->player, 0);
	return 0;
}

void players_stop(struct players *players, struct leg *leg)
{
	struct player *p = leg->player;

	if (!p)
		return;
	leg->player = NULL;
	players->relay->engine.totals.prompts_ended++;
	prompts_close(players->prompts, p->prompt);
	event_free(p->timer);
	free(p->name);
	free(p);
}

const char *players_prompt(const struct leg *leg)
{
	if (!leg->player)
		return NULL;
	return leg->player->name ? leg->player->name : "";
}

struct players *players_new(struct relay *relay, char *error, size_t size)
{
	const char *dir = relay->options->prompt_dir;
	struct players *players = calloc(1, sizeof(*players));
	int err = players ? prompts_new(dir, &players->prompts) : -ENOMEM;

	if (!err) {
		players->relay = relay;
		return players;
	}
	if (dir)
		snprintf(error, size, "--prompt-dir %s cannot be opened: %s", dir, strerror(-err));
	free(players);
	return NULL;
}

void players_free(struct players *players)
{
	if (!players)
		return;
	prompts_free(players->prompts);
	free(players);
}
