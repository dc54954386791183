#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Recordings, as tshark reads them: every packet of both sides with the times at which it came, while
# the kernel forwards the media. Copies to UDP.
. "$(dirname "$0")/rig.sh"

rec=$work/rec
spool=$work/spool
two_interfaces
must mkdir "$rec" "$spool"

# shark FILE ARGUMENT...
shark()
{
	local file=$1

	shift
	tshark -n -r "$rec/$file" "$@" 2>/dev/null
}

# rtp_in FILE PORT FILTER: packets that came to this port and decode as RTP (and by the filter).
rtp_in()
{
	shark "$1" -d "udp.port==$2,rtp" -Y "rtp && udp.dstport == $2 $3" | wc -l
}

closed()
{
	[ -e "$rec/$1" ]
}

# --- no directory --------------------------------------------------------------------------------

start_daemon -l "$relay_ip" -P
check "-P without a directory is warned of" daemon_says 'event=option .*-P .*nothing is recorded'
set_up_call nowhere
is "R is refused" "$(rtpp "R nowhere from-nowhere to-nowhere")" E50
check "and the log says why" daemon_says 'event=record_failed call_id=nowhere error="no -r"'
kill "$daemon" && wait "$daemon"
start_daemon -l "$relay_ip" -r "$rec" -S "$spool" -P --punt-rate 10000 --punt-burst 10000 \
	--allow-copy "$mallory_ip"

# --- one file for both sides ---------------------------------------------------------------------

set_up_call single
is "R of the caller's side" "$(rtpp "Rs single from-single to-single")" 0
is "R of the callee's side" "$(rtpp "Rs single to-single from-single")" 0
is "a single file cannot be asked for twice" "$(rtpp "Rs single from-single to-single")" E50
is "show tells of it" "$(ctl show single | jq -c '[.streams[0].legs[] | .recorded, .copied]')" \
	'[true,false,true,false]'
is "it is not where it belongs yet" "$(ls "$rec")" ""
is "but in the spool" "$(ls "$spool")" "single=from-single.pcap"
forwarded=$(relayed_in_kernel)
check "media goes both ways" both_ways 200
between "the kernel forwarded nearly all of it" $((forwarded + 380)) "$(relayed_in_kernel)" \
	$((forwarded + 400))
is "the call ends" "$(rtpp "D single from-single to-single")" 0
file="single=from-single.pcap"
check "the file is complete and where it belongs" wait_for "$deadline" closed "$file"
is "the spool is empty" "$(ls "$spool")" ""
is "alice's packets are all there" \
	"$(rtp_in "$file" "${alice_relay##*:}" "&& rtp.ssrc == 0xa11ce && ip.src == $alice_ip")" 200
is "bob's packets are all there" \
	"$(rtp_in "$file" "${bob_relay##*:}" "&& rtp.ssrc == 0xb0b && ip.src == $bob_ip")" 200
is "no packet twice" "$(shark "$file" | wc -l)" 400
is "the checksums are right" \
	"$(shark "$file" -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
		-Y 'ip.checksum.status != 1 || udp.checksum.status != 1' | wc -l)" 0
shark "$file" -Y "ip.src == $alice_ip" -T fields -e frame.time_epoch >"$work/times"
check "they are five milliseconds apart" awk '
	NR == 1 { first = $1 }
	NR > 1 { gap = $1 - before; if (gap > 0.0025 && gap < 0.0075) good++ }
	{ before = $1 }
	END { all = before - first; exit !(good > 0.9 * (NR - 1) && all > 0.98 && all < 1.3) }' \
	"$work/times"
check "and it is now" awk -v now="$EPOCHSECONDS" \
	'NR == 1 { exit !($1 > now - 60 && $1 <= now + 1) }' "$work/times"

# --- two files, RTCP -----------------------------------------------------------------------------

set_up_call two
is "R of the caller's side only" "$(rtpp "R two from-two to-two")" 0
talk alice-rtcp alice "$alice_ip:4001" "$(rtcp_of "$alice_relay")" --rtcp --count 20 \
	--interval-ms 20
check "media goes both ways" both_ways 100
check "RTCP is sent" heard alice-rtcp
is "N ends it" "$(rtpp "N two from-two to-two")" 0
check "the files are complete" wait_for "$deadline" closed "two=from-two.o.rtcp"
is "the RTP file has alice's packets" "$(rtp_in two=from-two.o.rtp "${alice_relay##*:}" "")" 100
is "and nothing else" "$(shark two=from-two.o.rtp | wc -l)" 100
is "the RTCP file has hers" "$(shark two=from-two.o.rtcp -Y "ip.src == $alice_ip" | wc -l)" 20
check "media goes on after N" both_ways 50
is "none of it is in the file" "$(shark two=from-two.o.rtp | wc -l)" 100
rtpp "D two from-two to-two" >/dev/null

# --- names ---------------------------------------------------------------------------------------

set_up_call names
is "R into two files" "$(rtpp "R names from-names to-names")" 0
is "which Rs, as R, leaves as they are" \
	"$(rtpp "Rs names from-names to-names") $(rtpp "R names from-names to-names")" "0 0"
is "until N" "$(rtpp "N names from-names to-names")" 0
is "C to a file beside the directory" "$(rtpp "C names ../up from-names to-names")" 0
rtpp "D names from-names to-names" >/dev/null
check "stays inside of it" wait_for "$deadline" closed "%2E.%2Fup.rtcp"
is "nothing is beside it" "$(compgen -G "$work/up*")" ""
rtpp "U media $alice_ip 4000 tag;2" >/dev/null
rtpp "L media $bob_ip 6000 tag;2 to" >/dev/null
is "R of the second medium" "$(rtpp "R media tag to")" 0
rtpp "D media tag" >/dev/null
check "has its own file" wait_for "$deadline" closed "media=tag;2.o.rtp"

# --- copies to UDP -------------------------------------------------------------------------------

set_up_call copied
below=$relay_ip:$((${alice_relay##*:} - 1))
unused=$((${alice_relay##*:} + 2))
[ "$unused" -lt 65000 ] && [ "$unused" != "${bob_relay##*:}" ] || unused=36000
for target in 224.0.0.1:9000 255.255.255.255:9000 0.0.0.0:9000 198.51.100.255:9000 \
	127.0.0.1:22222 "$alice_relay" "$(rtcp_of "$bob_relay")" "$below" 127.0.0.1:22221 \
	"$relay_ip:$unused" "127.0.0.1:$unused" "198.51.100.1:$((unused + 1))" "$relay_ip:34999" \
	'[ff02::1]:9000' 240.0.0.1:9000 '[::]:9000' "$mallory_ip:0" "$mallory_ip:65535"; do
	is "no copies to $target" "$(rtpp "Cp copied udp:$target from-copied to-copied")" E65
done
between "the log tells why" 5 \
	"$(sed -n 's/.*event=copy_refused .*reason=\(.*\) suppressed.*/\1/p' "$work/daemon.log" | sort -u | wc -l)" 9
is "next to the control socket they may go" \
	"$(rtpp "C copied udp:$relay_ip:22222 from-copied to-copied")" 0
is "and N ends them" "$(rtpp "N copied from-copied to-copied")" 0
reply=$(rtpp "Cp copied udp:$mallory_ip:9000 from-copied to-copied")
copier=$relay_ip:$(port_in "$reply")
check "C tells the port it copies from" [ "$copier" != "$relay_ip:" ]

# signalled CALL: the addresses that a call's parties are known by.
signalled()
{
	ctl show "$1" | jq -r '[.. | .signalled? | strings] | join(" ")'
}
rtpp "U loop $relay_ip ${copier##*:} from-loop" >/dev/null
is "which is nobody's address in a call" "$(signalled loop)" ""
rtpp "D loop from-loop" >/dev/null
talk mallory mallory "$mallory_ip:9000" "$relay_ip:1" --count 0 --expect 100 --timeout 4 \
	--expect-ssrc 0xa11ce --expect-from "$copier"
check "media goes both ways" both_ways 100
check "mallory, who was asked to listen, gets all that alice says" heard mallory
rtpp "D copied from-copied to-copied" >/dev/null

# --- a stream that is a copy of another ------------------------------------------------------------

set_up_call source
source_alice=$alice_relay source_bob=$bob_relay
rtpp "U recorder $mallory_ip 9000 from-r" >/dev/null
reply=$(rtpp "L recorder $mallory_ip 9002 from-r to-r")
# copies_to ALICE'S-PORT BOB'S-PORT: where the recorder's call sends what each of them says.
copies_to()
{
	talk one mallory "$mallory_ip:$1" "$relay_ip:1" --count 0 --expect 100 --timeout 4 \
		--expect-ssrc 0xa11ce
	talk other mallory "$mallory_ip:$2" "$relay_ip:1" --count 0 --expect 100 --timeout 4 \
		--expect-ssrc 0xb0b
	alice_relay=$source_alice bob_relay=$source_bob
	check "media goes both ways" both_ways 100
	check "the recorder's $3 gets alice's" heard one
	check "its $4 gets bob's" heard other
}

again=$(rtpp "U recorder $mallory_ip 9000 from-r to-r")
is "the recorder's call takes another's media" \
	"$(rtpp "U recorder $mallory_ip 9000 from-r to-r && C source from-source to-source")" "$again"
is "and is told so when it says that again" \
	"$(rtpp "U recorder $mallory_ip 9000 from-r to-r && C source from-source to-source")" "$again"
copies_to 9000 9002 caller callee
is "the tags may be the other way round" \
	"$(rtpp "U recorder $mallory_ip 9000 from-r to-r && C source to-source from-source")" "$again"
copies_to 9002 9000 callee caller
is "so may be who speaks" \
	"$(rtpp "U recorder $mallory_ip 9002 to-r from-r && C source to-source from-source" |
		grep -c "&&")" 0
copies_to 9000 9002 caller callee
rtpp "D recorder from-r" >/dev/null
check "the call goes on without the recorder" both_ways 20
rtpp "D source from-source" >/dev/null
