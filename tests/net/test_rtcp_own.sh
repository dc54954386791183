#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# RTCP of the relay's own (--rtcp=regenerate): each party gets reports on what the relay counted of it,
# and nothing of the other party's reports. tshark reads them.
. "$(dirname "$0")/rig.sh"

two_interfaces
rec=$work/rec
must mkdir "$rec"
start_daemon -l "$relay_ip" --rtcp regenerate --allow-copy "$mallory_ip" -r "$rec" -P

# reports NAME FIELD: this field in each packet of $work/NAME.dump, with tshark's names.
reports()
{
	cut -d' ' -f3 "$work/$1.dump" | while read -r data; do
		printf '000000 %s\n' "$(sed 's/../& /g' <<<"$data")"
	done >"$work/$1.hex"
	text2pcap -q -u 5001,5001 "$work/$1.hex" "$work/$1.pcap" >/dev/null 2>&1
	tshark -n -r "$work/$1.pcap" -d udp.port==5001,rtcp -T fields -e "$2" 2>/dev/null
}

# The first report comes 1 to 3.1 s after the call is up (RFC 3550, 6.3.1): all media before that.
sends()
{
	local name=$1 where=$2 from=$3 to=$4

	shift 4
	talk "$name" "$where" "$from" "$to" --interval-ms 1 "$@"
}

set_up_call own
# Every tenth packet of alice's is missing: 270 of 300.
for ((i = 0; i < 300; i++)); do
	[ $((i % 10)) = 5 ] || printf '8008%04x%08x000a11ce%0320d\n' $((1000 + i)) $((i * 160)) 0
done >"$work/alice.play"
sends alice-rtcp alice "$alice_ip:4001" "$(rtcp_of "$alice_relay")" --rtcp --ssrc 0xa11ce --count 5 \
	--expect 1 --timeout 6 --expect-from "$(rtcp_of "$alice_relay")" --dump "$work/alice.dump"
sends bob-rtcp bob "$bob_ip:6001" "$(rtcp_of "$bob_relay")" --rtcp --ssrc 0xb0b --count 5 \
	--expect 1 --timeout 6 --expect-from "$(rtcp_of "$bob_relay")" --dump "$work/bob.dump"
sends alice alice "$alice_ip:4000" "$alice_relay" --play "$work/alice.play" --count 1000 \
	--expect 200 --expect-ssrc 0xb0b
sends bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --count 200 --expect 270 \
	--dump "$work/bob-rtp.dump"
media_start
check "alice hears bob" heard alice
check "bob hears alice" heard bob
check "alice gets a report" heard alice-rtcp
check "bob gets a report" heard bob-rtcp
between "media is relayed in the kernel all the same" 440 "$(relayed_in_kernel)" 470

is "alice's one is a sender report with a description" "$(reports alice rtcp.pt)" "200,202"
is "in the SSRC of what she hears, about what she sends, and described by its own" \
	"$(reports alice rtcp.senderssrc) $(reports alice rtcp.ssrc.identifier)" \
	"0x00000b0b 0x000a11ce,0x00000b0b"
is "she is told how many packets were sent to her" "$(reports alice rtcp.sender.packetcount)" 200
is "and bytes" "$(reports alice rtcp.sender.octetcount)" $((200 * 160))
is "and that she lost 30 packets" "$(reports alice rtcp.ssrc.cum_nr)" 30
is "a tenth" "$(reports alice rtcp.ssrc.fraction)" 25
is "the highest number that came" "$(reports alice rtcp.ssrc.high_seq)" 1299
check "her last report is known" [ "$(reports alice rtcp.ssrc.lsr)" != 0 ]
is "bob is told of what alice sent" \
	"$(reports bob rtcp.senderssrc) $(reports bob rtcp.sender.packetcount)" "0x000a11ce 270"
is "and that he lost nothing" "$(reports bob rtcp.ssrc.cum_nr) $(reports bob rtcp.ssrc.fraction)" "0 0"
check "the time in it is now" [ "$(($(date -d "$(reports bob rtcp.timestamp.ntp | sed 's/\..* UTC/ UTC/')" +%s) -
	EPOCHSECONDS))" -ge -30 ]

# --- a call with RTCP on the RTP port (RFC 5761) -------------------------------------------------

set_up_call mux
sends alice alice "$alice_ip:4000" "$alice_relay" --ssrc 0xa11ce --count 100
sends bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --count 100 --expect 100
media_start
check "media runs" heard alice
check "and comes" heard bob
kernel=$(relayed_in_kernel)
sends alice alice "$alice_ip:4000" "$alice_relay" --rtcp --ssrc 0xa11ce --count 3 \
	--expect 1 --timeout 8 --expect-from "$alice_relay" --dump "$work/mux.dump"
sends bob bob "$bob_ip:6000" "$bob_relay" --count 0 --expect 0 --timeout 0.5
media_start
check "of alice's RTCP on the RTP port bob gets nothing" heard bob
check "she gets ours on the RTP port" heard alice
is "a sender report" "$(reports mux rtcp.pt)" "200,202"
is "none of it went through the kernel" "$(relayed_in_kernel)" "$kernel"

# --- what the parties sent is recorded and copied all the same -----------------------------------

recorded()
{
	[ "$(tshark -n -r "$rec/taped=from-taped.$1" -d "udp.port==1-65535,$2" -Y "$2" 2>/dev/null |
		wc -l)" -eq "$3" ]
}

set_up_call taped
is "R and C are answered" \
	"$(rtpp "R taped from-taped to-taped") $(rtpp "C taped udp:$mallory_ip:7000 to-taped from-taped")" "0 0"
sends alice alice "$alice_ip:4001" "$(rtcp_of "$alice_relay")" --rtcp --ssrc 0xa11ce --count 7
sends bob bob "$bob_ip:6001" "$(rtcp_of "$bob_relay")" --rtcp --ssrc 0xb0b --count 5
sends ear mallory "$mallory_ip:7001" "$relay_ip:9" --rtcp --count 0 --expect 5 --expect-ssrc 0xb0b
media_start
check "alice reports" heard alice
check "bob reports" heard bob
check "what bob reports is copied" heard ear
check "what alice reports is recorded" wait_for "$deadline" recorded o.rtcp rtcp 7
sends alice alice "$alice_ip:4000" "$alice_relay" --rtcp --ssrc 0xa11ce --count 6
media_start
check "alice reports on the RTP port" heard alice
check "that is recorded, too" wait_for "$deadline" recorded o.rtp rtcp 6
rtpp "D taped from-taped" >/dev/null

# --- forwarded, when the call says so ------------------------------------------------------------

offer theirs "$alice_ip" 4000
rtpp "U theirs $alice_ip 4000 from-theirs to-theirs && S rtcp=forward" >/dev/null
answer theirs "$bob_ip" 6000
kernel=$(relayed_in_kernel)
sends alice alice "$alice_ip:4001" "$(rtcp_of "$alice_relay")" --rtcp --ssrc 0xa11ce --count 20
sends bob bob "$bob_ip:6001" "$(rtcp_of "$bob_relay")" --rtcp --count 0 --expect 20 \
	--expect-ssrc 0xa11ce
media_start
check "with S rtcp=forward alice's reports are sent" heard alice
check "and bob gets them" heard bob
between "by the kernel" $((kernel + 15)) "$(relayed_in_kernel)" $((kernel + 20))
