#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S6: a flood that comes from alice's own address and port, as far as anyone can tell: bob gets no more
# of it than twice what speech makes, it is told of, and the call beside it is not hurt.
. "$(dirname "$0")/lib.sh"

# flood SECONDS: mallory sends RTP as alice, as fast as she can; prints how many packets. Each is
# another one, of the codec that is spoken.
flood()
{
	attack flood mallory --live "eth0=$(ip -n relay -j link show to-mallory | jq -r '.[0].address')" \
		--from "$alice_ip:4000" --to "$alice_relay" --pps 100000 --seconds "$1"
	attack_over flood
	field flood .sent
}

caller()
{
	ctl show "$1" | jq ".streams[0].legs[] | select(.side == \"caller\") | .rtp.$2"
}

# run OPTION...: all of it, by a daemon with these options.
run()
{
	local before sent relayed beside_alice beside_bob

	start_daemon -l "$relay_ip" --rate-cap auto --no-pin "$@"
	offer beside "$alice_ip" 4002
	answer beside "$bob_ip" 6002
	beside_alice=$alice_relay beside_bob=$bob_relay
	set_up_call flooded
	talk alice alice "$alice_ip:4000" "$alice_relay" --count 50 --expect 50
	talk bob bob "$bob_ip:6000" "$bob_relay" --count 50 --expect 50
	media_start
	check "speech as it should be is heard by bob" heard bob
	check "and by alice" heard alice
	is "none of it is above the cap" "$(caller flooded rate_dropped)" 0
	check "the codec is seen" wait_for 5 test "$(caller flooded cap)" = '"audio-64"'

	# The other call, at the pace of a codec, while the flood runs.
	talk alice alice "$alice_ip:4002" "$beside_alice" --count 150 --expect 148 --may-lose 1
	talk bob bob "$bob_ip:6002" "$beside_bob" --count 150 --expect 148 --may-lose 1
	before=$(caller flooded relayed)
	media_start
	sent=$(flood 3)
	relayed=$(($(caller flooded relayed) - before))
	check "the call beside it loses less than 1 % one way" heard bob
	check "and the other" heard alice
	echo "# flood: $sent packets in 3 s, of which bob got $relayed"
	between "the flood was one" 30000 "$sent" 100000000
	# G.711 in 20 ms: 50 a second; 21,600 bytes a second are allowed, and half a second ahead of that
	between "bob gets twice the rate of speech" 200 "$relayed" 460
	between "the rest is dropped" $((sent * 9 / 10)) "$(caller flooded rate_dropped)" "$sent"
	check "it is told of" wait_for 5 daemon_says 'event=rate_limited call_id=flooded'
	is "and counted" "$(ctl status | jq '.calls.rate_limited > 0')" true

	# When it is over alice is heard again.
	talk alice alice "$alice_ip:4000" "$alice_relay" --count 50 --seq 70
	talk bob bob "$bob_ip:6000" "$bob_relay" --count 1 --expect 50
	media_start
	check "when it is over bob hears alice again" heard bob
	wait "${talker[alice]}"
	rtpp "D flooded from-flooded to-flooded" >/dev/null
	check "the end of the call tells it, too" wait_for 5 daemon_says \
		'event=call_end call_id=flooded .*caller_over_cap=[1-9][0-9]* callee_over_cap=0 '
	kill "$daemon" && wait "$daemon"
}

two_interfaces
# Frames that a kernel makes come in by NAPI, which a veth has with an XDP program or GRO.
must in_ns relay ethtool -K to-mallory gro on
run
run --no-xdp
