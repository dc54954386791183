#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Calls between two SIP phones through Kamailio, with the configuration that we ship, and our relay.
# Each call: RTP is heard at both phones, the kernel carried all of it but the first packets, and
# the ports are free when the call has ended.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

plain_call()
{
	begin_call plain alice bob caller callee
	talk_both plain
	go_on alice plain
	end_call
}

# The NAT gives SIP and RTP other addresses and ports than the phone writes. The callee hangs up, so
# that a request has to find its way in through the NAT.
natted_caller()
{
	begin_call natted-caller home bob caller_listens callee_hangs_up
	is "$id: the relay was told the NAT's address, not the phone's" \
		"$(leg 0 signalled)" 203.0.113.20:4000
	talk_both "$id"
	check "$id: the relay learned the NAT's port" \
		grep -qE '^203\.0\.113\.20:2[0-9]{4}$' <<<"$(leg 0 learned)"
	go_on bob "$id"
	end_call
}

natted_callee()
{
	begin_call natted-callee alice home caller callee
	is "$id: the relay was told the NAT's address, not the phone's" \
		"$(leg 1 signalled)" 203.0.113.20:4000
	talk_both "$id"
	go_on alice "$id"
	end_call
}

# Held, the caller sends music and hears nothing; then both speak again.
held_call()
{
	begin_call hold alice bob caller_hold callee_hold
	talk_both "hold, before"
	go_on alice hold
	check "hold: it is answered" told alice hold 2
	play_music
	go_on alice hold
	check "hold: the return is answered" told alice hold 3
	talk_both "hold, after"
	go_on alice hold
	end_call
}

play_music()
{
	local kernel

	kernel=$(relayed_in_kernel)
	speak bob hold alice --count 0 --expect $packets
	speak alice hold bob --count $packets --expect 0 --timeout 0.2
	media_start
	check "hold: the callee hears the music" heard bob
	check "hold: the caller hears nothing" heard alice
	is "hold: the kernel carried it" $(($(relayed_in_kernel) - kernel)) $packets
}

early_media()
{
	begin_call early alice bob caller_early callee_early
	talk_both "early, before the answer"
	go_on bob early
	check "early: the call is answered" told alice early 2
	talk_both "early, answered"
	go_on alice early
	end_call
}

# The callee rings, so the relay has ports; they must come back.
cancelled_call()
{
	id=cancel caller=alice callee=bob
	start_phone bob callee_ringing cancel
	start_phone alice caller_cancel cancel -s bob
	check "cancel: the callee has an offer" told bob cancel 1
	check "cancel: the relay holds ports" calls_active 1
	check "cancel: the caller hears it ring" told alice cancel 1
	go_on alice cancel
	end_call
}

sip_world
start_daemon -l $relay_ip
start_kamailio
for host in alice bob home; do
	check "$host registers" register $host
done
plain_call
natted_caller
natted_callee
held_call
early_media
cancelled_call
