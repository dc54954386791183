/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may become a party's peer, changed during a call: by the SIP server or by the operator. */
#ifndef XRP_CORE_ENGINE_LEARN_H
#define XRP_CORE_ENGINE_LEARN_H

#include <core/engine.h>

/*
 * Another policy for the leg's RTP and RTCP. Who would not have been learned by it is the peer no
 * longer. Returns whether anything changed; then the stream is dirty.
 */
bool engine_set_policy(struct engine *engine, struct leg *leg, enum learn_policy policy);
/* May the leg's stream go on from another IP address? Returns as above. */
bool engine_set_handover(struct engine *engine, struct leg *leg, bool handover);

#endif
