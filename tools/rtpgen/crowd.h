/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One end of many calls at once. */
#ifndef RTPGEN_CROWD_H
#define RTPGEN_CROWD_H

#include <stdbool.h>
#include <jansson.h>

#include "options.h"

/*
 * Runs an end for each line "LOCAL REMOTE" of `options->calls`; the n-th has n added to the SSRCs.
 * Returns the report: sums, and each call that was not as expected. `ok`: all were.
 */
json_t *crowd_run(const struct options *options, bool *ok);

#endif
