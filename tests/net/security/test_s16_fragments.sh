#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S16: a flood of fragments of datagrams that are never whole, some over each other, in mallory's name
# and in alice's: beginnings that name a port of a call, and pieces that name none. The call loses
# nothing, nothing of it is relayed, and other traffic of the host goes on. Media that comes in
# fragments itself does not fare so well: the host has room for so many pieces and no more.
. "$(dirname "$0")/lib.sh"

fragments()
{
	local count

	count=$(long_or 10000 1000000)
	set_up_call fragments
	check "alice and bob talk" both_ways 20
	for name in "$mallory_ip:5555" "$alice_ip:4000"; do
		attack mallory mallory --spoof --fragments --from "$name" --to "$alice_relay" \
			--pps 8000 --count "$count" --linger-ms 0
		check "under fragments of $name they hear each other and only each other" \
			both_ways 100 --seq $((seq += 100))
		check "and the host serves others" \
			in_ns victor timeout 5 bash -c 'echo hello >/dev/tcp/198.18.0.1/7777'
		attack_over mallory
	done
	is "alice is the peer" "$(leg fragments caller .rtp.learned)" "$alice_ip:4000"
	check "what is whole is heard, up to the MTU" both_ways 20 --seq $((seq += 100)) \
		--payload-size 1460
}

security_network
seq=21
listen server relay tcp:198.18.0.1:7777
for_each_mode fragments
