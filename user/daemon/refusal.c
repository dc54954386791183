/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See refusal.h. Each cause has a limit of its own: a client that names a wrong label ten times a
 * second must not hide that the range is exhausted.
 */
#include <stdio.h>
#include <base/endpoint.h>
#include <base/log.h>
#include <daemon/refusal.h>

#define REFUSAL_TEXT 300

static const struct {
	const char *label, *sentence;
} refusal_causes[ANSWER_CAUSE_COUNT] = {
#define REFUSAL_CAUSE(name, label, sentence) {label, sentence},
	ANSWER_CAUSES(REFUSAL_CAUSE)
#undef REFUSAL_CAUSE
};

static const char *family_of(const struct answer_refusal *refusal)
{
	return addr_is_v4(&refusal->addr) ? "IPv4" : "IPv6";
}

static void pairs_text(const struct engine *e, const struct answer_refusal *refusal, char *buf,
		       size_t size)
{
	struct ports_count c = ports_count(addr_is_v4(&refusal->addr) ? e->ports4 : e->ports6);

	snprintf(buf, size, "family=%s pairs=%u taken=%u resting=%u foreign=%u ",
		 family_of(refusal), c.total, c.taken, c.resting, c.foreign);
}

/* What belongs to the cause, as `key=value `. */
static const char *figures(const struct engine *e, const struct answer_refusal *refusal, char *buf,
			   size_t size)
{
	char text[ADDR_TEXT], label[128];

	buf[0] = '\0';
	switch (refusal->cause) {
	case ANSWER_CAUSE_PAIRS:
		pairs_text(e, refusal, buf, size);
		break;
	case ANSWER_CAUSE_SLOTS:
		snprintf(buf, size, "taken=%u ", slots_taken(e->slots));
		break;
	case ANSWER_CAUSE_LOCAL:
	case ANSWER_CAUSE_ROUTE:
		snprintf(buf, size, "address=%s ", addr_format(&refusal->addr, text));
		break;
	case ANSWER_CAUSE_FAMILY:
		snprintf(buf, size, "family=%s ", family_of(refusal));
		break;
	case ANSWER_CAUSE_LABEL:
		snprintf(buf, size, "label=%s ",
			 log_value(refusal->label.at, refusal->label.len, label, sizeof(label)));
		break;
	case ANSWER_CAUSE_MAX_LOAD:
		snprintf(buf, size, "load_percent=%.0f ", e->totals.load * 100);
		break;
	default:
		snprintf(buf, size, "streams=%u ", e->calls.count);
		break;
	}
	return buf;
}

void refusal_log(const struct engine *engine, const struct answer_refusal *refusal)
{
	static struct log_limit limits[ANSWER_CAUSE_COUNT];
	struct log_limit *limit = &limits[refusal->cause];
	unsigned int suppressed;
	char text[REFUSAL_TEXT];

	limit->burst = 1;
	if (log_allow(limit, &suppressed))
		log_event(LOG_WARNING, "no_port", "cause=%s %swhy=\"%s\" suppressed=%u",
			  refusal_causes[refusal->cause].label,
			  figures(engine, refusal, text, sizeof(text)),
			  refusal_causes[refusal->cause].sentence, suppressed);
}
