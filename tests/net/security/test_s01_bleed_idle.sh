#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S1: a call is set up and nobody has spoken yet. Mallory sprays the whole port range, with packets
# that follow each other on each port, as an RTP Bleed scanner does. She hears nothing, each of her
# packets is counted, and alice and bob hear each other from their first packet on.
. "$(dirname "$0")/lib.sh"

bleed_idle()
{
	local rounds before lost hits

	rounds=$([ "$mode" = native ] && long_or 20 1200 || long_or 4 240)
	set_up_call idle
	before=$(frames_in to-mallory)
	spray mallory --burst 2 --count $((rounds * (last_port - first_port + 1)))
	attack_over mallory
	check "nothing comes to mallory" got_nothing mallory
	lost=$((before + $(field mallory .sent) - $(frames_in to-mallory)))
	hits=$(strangers idle)
	between "her packets to the call are counted" $((4 * rounds - (lost > 0 ? lost : 0))) \
		"$hits" $((4 * rounds))
	is "and told with their source" "$(leg idle caller .rtp.last_stranger)" "$mallory_ip:5555"
	check "then alice and bob hear each other from the first packet on" both_ways 50
	is "nobody was learned from elsewhere" "$(leg idle caller .rtp.learned)" "$alice_ip:4000"
}

security_network
for_each_mode bleed_idle
