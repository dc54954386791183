#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Re-packetisation (z40): what alice sends in packets of 20 ms, bob gets in packets of 40 ms, through
# the slow path. What bob sends stays in the kernel, untouched.
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip"

# speech COUNT [SEQUENCE]: PCMA, each packet filled with its number.
speech()
{
	local i j

	for ((i = ${2:-0}; i < ${2:-0} + $1; i++)); do
		printf '8008%04x%08x000a11ce' $((65500 + i & 0xffff)) $((i * 160))
		for ((j = 0; j < 160; j++)); do
			printf '%02x' $((i % 256))
		done
		echo
	done
}

# payload NAME: as it was received.
payload()
{
	cut -d' ' -f3 "$work/$1.dump" | cut -c25-
}

speech 100 >"$work/alice.play"
offer resize "$alice_ip" 4000 z40
answer resize "$bob_ip" 6000
talk alice alice "$alice_ip:4000" "$alice_relay" --play "$work/alice.play" --count 1000 \
	--interval-ms 10 --expect 100 --expect-ssrc 0xb0b
talk bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --count 100 --interval-ms 10 --expect 50 \
	--expect-from "$bob_relay" --dump "$work/bob.dump"
media_start
# (rtpgen judges what she hears: byte for byte bob's own.)
check "alice hears every packet of bob's" heard alice
check "bob hears half as many as alice sends" heard bob
is "each of 40 ms" "$(payload bob | awk '{ print length($0) / 2 }' | sort -u)" 320
is "and in them every byte she sent" "$(payload bob | tr -d '\n' | md5sum)" \
	"$(cut -c25- "$work/alice.play" | tr -d '\n' | md5sum)"
is "numbered one by one, from her first number on" \
	"$(cut -d' ' -f3 "$work/bob.dump" | cut -c5-8 | paste -sd' ')" \
	"$(for ((i = 0; i < 50; i++)); do printf '%04x\n' $((65500 + i & 0xffff)); done | paste -sd' ')"
is "with the timestamps of what is in them" \
	"$(cut -d' ' -f3 "$work/bob.dump" | cut -c9-16 | paste -sd' ')" \
	"$(for ((i = 0; i < 100; i += 2)); do printf '%08x\n' $((i * 160)); done | paste -sd' ')"
between "bob's direction stays in the kernel" 95 "$(relayed_in_kernel)" 100
is "the figures tell" "$(rtpp "G npkts_resizer_in npkts_resizer_out npkts_resizer_discard" | xargs)" \
	"100 50 0"

# Off again with the next command that does not say z.
offer resize "$alice_ip" 4000
was=$(relayed_in_kernel)
speech 50 100 >"$work/alice.play"
talk alice alice "$alice_ip:4000" "$alice_relay" --play "$work/alice.play" --count 1000 --interval-ms 5
talk bob bob "$bob_ip:6000" "$bob_relay" --count 0 --expect 50 --expect-from "$bob_relay" \
	--dump "$work/plain.dump"
media_start
check "after a U without z alice still speaks" heard alice
check "bob hears what she sends" heard bob
is "as she sends it" "$(cut -d' ' -f3 "$work/plain.dump")" "$(cat "$work/alice.play")"
between "in the kernel" $((was + 50)) "$(relayed_in_kernel)" $((was + 50))

# --- a pause -------------------------------------------------------------------------------------

# An odd number of packets, and silence: the last half is not kept until she speaks again.
offer resize "$alice_ip" 4000 z40
speech 5 150 >"$work/alice.play"
talk alice alice "$alice_ip:4000" "$alice_relay" --play "$work/alice.play" --count 1000 --interval-ms 20
talk bob bob "$bob_ip:6000" "$bob_relay" --count 0 --expect 3 --expect-from "$bob_relay" \
	--dump "$work/bob.dump"
media_start
check "before a pause alice speaks for 100 ms" heard alice
check "bob hears all of it, though nothing comes behind it" heard bob
is "in two packets of 40 ms and one of 20" "$(payload bob | awk '{ print length($0) / 2 }' | xargs)" \
	"320 320 160"
# The third packet comes 40 ms after the second; what is left waits for 80 ms.
between "the rest within the time that it may wait" 80 \
	"$(awk '{ t[NR] = $1 } END { print int((t[3] - t[2]) / 1000000) }' "$work/bob.dump")" 130
is "nothing was lost or late" "$(rtpp "G npkts_resizer_in npkts_resizer_out npkts_resizer_discard" | xargs)" \
	"105 53 0"

# --- what is left over when the call ends --------------------------------------------------------

speech 2 >"$work/alice.play"
offer ends "$alice_ip" 4000 z200
answer ends "$bob_ip" 6000
talk bob bob "$bob_ip:6000" "$bob_relay" --count 0 --expect 0 --timeout 1
talk alice alice "$alice_ip:4000" "$alice_relay" --play "$work/alice.play" --count 1000 --interval-ms 1
media_start
check "alice sends less than a packet" heard alice
rtpp "D ends from-ends" >/dev/null
check "bob does not hear it when the call ends" heard bob
