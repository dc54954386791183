#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SIP calls through Kamailio whose relay is killed in their middle and started again: the media goes
# on, and what SIP does next works as if nothing had been.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

stretch=400 # packets of 5 ms: longer than a restart takes

kill_and_start()
{
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
	start_daemon -l $relay_ip
	check "$id: the next daemon has the call" calls_active 1
}

# hear_through NAME COMMAND...: both speak while the command runs, and each hears all of the other.
hear_through()
{
	local name=$1

	shift
	speak "$caller" "$id" "$callee" --count $stretch --expect $stretch
	speak "$callee" "$id" "$caller" --count $stretch --expect $stretch
	media_start
	"$@"
	check "$name: both still speak" talking "$caller"
	check "$name: the caller hears the callee, without a gap" heard "$caller"
	check "$name: the callee hears the caller, without a gap" heard "$callee"
}

established_call()
{
	begin_call "$1" "$2" bob caller callee
	talk_both "$id, before"
	hear_through "$id, killed" kill_and_start
	talk_both "$id, after"
	go_on "$2" "$id"
	end_call
}

# Between the 183 and the 200.
early_call()
{
	begin_call early alice bob caller_early callee_early
	talk_both "early, before"
	hear_through "early, killed" kill_and_start
	go_on bob early
	check "early: the call is answered" told alice early 2
	talk_both "early, answered"
	go_on alice early
	end_call
}

# With a re-INVITE to hold, and back, after the restart.
held_call()
{
	begin_call hold alice bob caller_hold callee_hold
	talk_both "hold, before"
	kill_and_start
	go_on alice hold
	check "hold: it is answered" told alice hold 2
	go_on alice hold
	check "hold: the return is answered" told alice hold 3
	talk_both "hold, after"
	go_on alice hold
	end_call
}

# Killed while it rings: the relay has one side only.
cancelled_call()
{
	id=cancel caller=alice callee=bob
	start_phone bob callee_ringing cancel
	start_phone alice caller_cancel cancel -s bob
	check "cancel: the callee has an offer" told bob cancel 1
	check "cancel: the caller hears it ring" told alice cancel 1
	kill_and_start
	go_on alice cancel
	end_call
}

sip_world
start_daemon -l $relay_ip
start_kamailio
for host in alice bob home; do
	check "$host registers" register $host
done
established_call plain alice
established_call natted home
early_call
held_call
cancelled_call
