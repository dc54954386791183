#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A call whose media comes in by the interface that it leaves by: the program turns it round.
. "$(dirname "$0")/rig.sh"

one_interface
start_daemon -l "$relay_ip"
set_up_call hairpin
check "alice and bob hear every packet of each other, 200 each way" both_ways 200
between "the kernel turned all but the first packets round" 390 "$(reason relay_tx)" 400
is "none was redirected" "$(reason relay_redirect)" 0
