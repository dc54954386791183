#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S24: the daemon is killed under a spray. Nothing comes to mallory while there is none, and with the
# program in the kernel alice and bob go on hearing each other and only each other; nor when the next
# daemon takes over.
. "$(dirname "$0")/lib.sh"

killed()
{
	set_up_call killed
	check "alice and bob talk" both_ways 20
	spray mallory --burst 3
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
	if [ "$mode" = native ]; then
		check "without a daemon they hear each other and only each other" \
			both_ways 100 --seq 21
	fi
	serve
	check "with the next one likewise" both_ways 40 --seq 121
	attack_stop mallory
	check "nothing came to mallory" got_nothing mallory
}

security_network
for_each_mode killed
