#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The control protocol against recordings of rtpproxy 3.2.
exec "$(dirname "$0")/transcripts"
