/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subcommands: what stands behind && in U, L and Q. Reference, 9. */
#ifndef XRP_CORE_ENGINE_SUB_H
#define XRP_CORE_ENGINE_SUB_H

#include <core/engine.h>

/*
 * Runs the subcommands of a command that succeeded, in order; the first failure is the last result.
 * `party` is the leg whose party the command speaks of ("in"); an L swaps that.
 */
void engine_subcommands(struct engine *engine, struct stream *stream, enum leg_side party,
			const struct command *command, uint64_t now, struct answer *answer);

/* For subcommand L, by engine_update.c: the port of the leg that is to be told, or `why` not, ...
 */
enum answer_status engine_lookup_leg(struct engine *engine, struct leg *answering,
				     const struct command_update *u, uint64_t now,
				     struct answer_refusal *why);
/* ... and what a U or L means for a stream whose answering leg has its port. */
void engine_apply(struct engine *engine, struct stream *s, enum leg_side party, bool is_update,
		  const struct command_update *u, uint64_t now);
/* Lets go of whom a stream's timeout is told. */
void stream_forget_notify(struct stream *stream, const struct engine *engine);

#endif
