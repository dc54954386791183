/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon's answers as screens for people: a function a command. */
#ifndef XRP_CTL_VIEW_H
#define XRP_CTL_VIEW_H

#include <stdio.h>
#include <jansson.h>

void view_status(const json_t *answer, FILE *out);
void view_calls(const json_t *answer, FILE *out);
void view_show(const json_t *answer, FILE *out);
void view_drain(const json_t *answer, FILE *out);
void view_stop(const json_t *answer, FILE *out);
void view_reload(const json_t *answer, FILE *out);
void view_learn(const json_t *answer, FILE *out);
void view_detach(const json_t *answer, FILE *out);
void view_audit(const json_t *answer, FILE *out);
/* Exit code of an audit: 1 when something differed. */
int audit_verdict(const json_t *answer);

#endif
