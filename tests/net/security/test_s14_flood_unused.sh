#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S14: mallory floods media ports that no call has, as fast as her kernel makes frames, while calls run
# and commands come. With --drop-unallocated the program drops all of it: no ICMP leaves the host,
# the relay drops nothing of the calls, which lose less than 0.01 %, and commands are answered in
# time. Without the program the stack has to answer, by limits of its own; there the flood is of a
# rate that two cores can take, and a call beside it loses nothing.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/../storm.sh"

seconds=$(long_or 4 30)
first_port=30000 last_port=33999 # the calls' are the first 2000

# What a command may take, at the 99th percentile, in us. Where flood, calls, daemon and whatever else
# runs share two cores it waits for its turn, too: 1 to 3 ms on an idle host, 10 on a busy one.
within=$(($(nproc) > 3 ? 5000 : 20000))

# control_answers: all of the commands, and soon.
control_answers()
{
	local sent answered median p99 longest

	read -r sent answered median p99 longest < <(in_ns relay python3 tests/net/security/commands.py \
		rtt udp:127.0.0.1:22222 "$seconds")
	echo "# $mode: $sent commands: median $median us, 99 % within $p99 us, longest $longest us"
	is "each command is answered" "$answered" "$sent"
	between "half of them in a millisecond" 0 "$median" 1000
	between "99 of 100 in time" 0 "$p99" "$within"
}

native()
{
	local icmp dropped sent

	mode=native
	serve --drop-unallocated -b
	storm_start 500 50000
	dropped=$(all_drops)
	icmp=$(icmp_sent)
	attack mallory mallory --live "eth0=$(mac_of relay to-mallory)" --from 203.0.113.2:5555 \
		--to "$relay_ip:33000-33999" --pps 1000000 --seconds "$seconds"
	taskset -pc "$(($(nproc) - 1))" "${attacker[mallory]}" >/dev/null
	control_answers
	attack_over mallory
	sent=$(field mallory .sent)
	echo "# native: $((sent / seconds)) packets a second, of which the program saw $(reason drop_unallocated)"
	between "the flood was one" $((seconds * 50000)) "$(reason drop_unallocated)" "$sent"
	is "of the calls the relay drops nothing" "$(all_drops)" "$dropped"
	is "no ICMP leaves the host" "$(icmp_sent)" "$icmp"
	storm_end
	between "and the calls lose less than 0.01 %" 0 "$(storm_field lost)" "$(($(storm_field sent) / 10000))"
	serve_no_more
}

# What it dropped of anything but unallocated ports.
all_drops()
{
	ctl status | jq '[.reasons[] | select((.name | startswith("drop_")) and
		.name != "drop_unallocated").packets] | add'
}

no_program()
{
	mode=no-XDP
	alice_ip=192.0.2.2 bob_ip=198.51.100.2
	serve -b
	set_up_call beside
	attack mallory mallory --from 203.0.113.2:5555 --to "$relay_ip:33000-33999" --pps 4000 \
		--seconds "$seconds" --linger-ms 0
	talk alice peers "$alice_ip:4000" "$alice_relay" --ssrc 1 --expect-ssrc 2 \
		--count $((seconds * 45)) --expect $((seconds * 45))
	talk bob peers "$bob_ip:6000" "$bob_relay" --ssrc 2 --expect-ssrc 1 \
		--count $((seconds * 45)) --expect $((seconds * 45))
	media_start
	control_answers
	check "alice hears all of bob" heard alice
	check "bob hears all of alice" heard bob
	attack_over mallory
	between "the flood was one" $((seconds * 2000)) "$(field mallory .sent)" 100000000
	serve_no_more
}

storm_rig
add_ns mallory
add_link relay to-mallory 203.0.113.1/24 mallory eth0 203.0.113.2/24
must ip -n mallory route add default via 203.0.113.1
must ip -n peers route add default via 192.0.2.1
must in_ns relay sysctl -qw net.ipv4.icmp_ratelimit=0
native
no_program
