#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S8: alice is behind a NAT: she signalled a private address and sends from a public one, while
# mallory sprays. Alice is accepted with her second packet, mallory never.
. "$(dirname "$0")/lib.sh"

nat()
{
	offer nat 10.0.0.5 4000
	answer nat "$bob_ip" 6000
	spray mallory
	talk alice alice "$alice_ip:40000" "$alice_relay" --ssrc 0xa11ce --expect-ssrc 0xb0b \
		--count 100 --expect 90 --interval-ms 20
	talk bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --expect-ssrc 0xa11ce \
		--count 110 --expect 99 --interval-ms 20
	media_start
	check "bob hears alice from her second packet on" heard bob
	check "and within 200 ms alice hears bob" heard alice
	attack_stop mallory
	check "nothing comes to mallory" got_nothing mallory
	is "alice is the peer" "$(leg nat caller .rtp.learned)" "$alice_ip:40000"
}

security_network
for_each_mode nat
