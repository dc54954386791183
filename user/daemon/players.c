/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See players.h. The packets are the pacer's; here is when a prompt may begin, what it does to its
 * stream meanwhile, and its end. A timer a player looks after that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <utlist.h>
#include <sys/random.h>
#include <event2/event.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <core/leg_media.h>
#include <daemon/media.h>
#include <daemon/players.h>
#include <daemon/relay.h>
#include <daemon/sync.h>
#include <io/pacer.h>
#include <io/prompt.h>

#define PLAYERS_PTIME 10     /* ms, unless the session's codecs and ptime are used */
#define PLAYERS_WAIT  20000  /* us between looks whether the party's address is known */
#define PLAYERS_LOOK  100000 /* us between looks at what plays */
#define NS_PER_S      1000000000ULL

struct players {
	struct relay *relay;
	struct prompts *prompts;
	struct pacer *pacer;
	struct event *over; /* the pacer's */
	struct player *all;
};

struct player {
	struct players *players;
	struct leg *leg; /* of the party that hears it */
	const struct prompt *prompt;
	char *name; /* of its file, without the payload type */
	struct playout_prompt what;
	struct pace *pace; /* NULL: it has not begun, or is silent */
	bool silent;	   /* a payload type that cannot be packetised */
	struct event *timer;
	uint64_t noted; /* ns: when leg->media.prompt_count was brought up to date */
	uint64_t sent;	/* packets that the totals have */
	struct player *prev, *next;
};

static struct stream *player_stream(const struct player *p)
{
	return p->leg->channel[CHANNEL_RTP].stream;
}

static void player_in(struct player *p, int us)
{
	const struct timeval when = {0, us};

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

static void player_count(struct player *p, const struct pace_state *state)
{
	p->players->relay->engine.totals.prompt_packets += state->sent - p->sent;
	p->sent = state->sent;
}

/*
 * What is left of a prompt that is played several times is what a restart would play. Short ones
 * end their rounds often: more than once a second that is not noted.
 */
static void player_note_rounds(struct player *p, int left, uint64_t now)
{
	struct relay *relay = p->players->relay;

	if (left == p->leg->media.prompt_count || !p->leg->media.prompt ||
	    now - p->noted < NS_PER_S)
		return;
	p->noted = now;
	p->leg->media.prompt_count = left;
	calls_dirty(&relay->engine.calls, player_stream(p));
	sync_run(relay);
}

/* 0, -ENODATA: the prompt is over before it began, or another -errno: it cannot be sent. */
static int player_begin(struct player *p, uint64_t now)
{
	const struct slowpath_send aim = media_aim(&p->leg->channel[CHANNEL_RTP]);

	p->what.start = now;
	p->pace = pacer_play(p->players->pacer, &p->what, &aim);
	p->silent = !p->pace;
	return p->pace ? 0 : -errno;
}

/* True when it is over. */
static bool player_look(struct player *p, uint64_t now)
{
	const struct slowpath_send aim = media_aim(&p->leg->channel[CHANNEL_RTP]);
	struct pace_state state;

	pacer_aim(p->players->pacer, p->pace, &aim);
	state = pacer_look(p->players->pacer, p->pace);
	player_count(p, &state);
	/* A prompt keeps the side alive that is not heard meanwhile; its listener may well speak.
	 */
	player_stream(p)->leg[!p->leg->channel[CHANNEL_RTP].side].touched = now;
	if (!state.over)
		player_note_rounds(p, state.left, now);
	return state.over;
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct player *p = ctx;
	uint64_t now = relay_now();

	(void)fd;
	(void)what;
	if (!p->pace && !p->silent && player_ready(p) && player_begin(p, now) == -ENODATA)
		player_end(p);
	else if (p->pace && player_look(p, now))
		player_end(p);
	else
		player_in(p, p->pace ? PLAYERS_LOOK : PLAYERS_WAIT);
}

/* Some are over. */
static void on_over(evutil_socket_t fd, short what, void *ctx)
{
	struct players *players = ctx;
	struct player *p, *next;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	DL_FOREACH_SAFE (players->all, p, next) {
		if (p->pace && player_look(p, relay_now()))
			player_end(p);
	}
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
	p->timer = evtimer_new(players->relay->base, on_timer, p);
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
	DL_APPEND(players->all, leg->player);
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
	if (p->pace) {
		const struct pace_state state = pacer_stop(players->pacer, p->pace);

		player_count(p, &state);
	}
	DL_DELETE(players->all, p);
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

void players_sync(struct leg *leg)
{
	struct player *p = leg->player;
	struct slowpath_send aim;

	if (!p || !p->pace)
		return;
	aim = media_aim(&p->leg->channel[CHANNEL_RTP]);
	pacer_aim(p->players->pacer, p->pace, &aim);
}

/* What sends, and what tells of a prompt that is over. 0 or -errno. */
static int players_pacer(struct players *players)
{
	players->pacer = pacer_new();
	if (!players->pacer)
		return -errno;
	players->over = event_new(players->relay->base, pacer_fd(players->pacer),
				  EV_READ | EV_PERSIST, on_over, players);
	return players->over && !event_add(players->over, NULL) ? 0 : -ENOMEM;
}

struct players *players_new(struct relay *relay, char *error, size_t size)
{
	const char *dir = relay->options->prompt_dir;
	struct players *players = calloc(1, sizeof(*players));
	int err = players ? prompts_new(dir, &players->prompts) : -ENOMEM;

	if (err && dir)
		snprintf(error, size, "--prompt-dir %s cannot be opened: %s", dir, strerror(-err));
	if (!err) {
		players->relay = relay;
		err = players_pacer(players);
	}
	if (!err)
		return players;
	if (players)
		players_free(players);
	return NULL;
}

int players_start(struct players *players)
{
	return pacer_start(players->pacer);
}

void players_free(struct players *players)
{
	if (!players)
		return;
	if (players->over)
		event_free(players->over);
	pacer_free(players->pacer);
	prompts_free(players->prompts);
	free(players);
}
