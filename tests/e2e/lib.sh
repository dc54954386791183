# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A small Internet for SIP calls, and words to tell them with. Sourced, as a script's first act, by
# the end-to-end tests and the demo. Namespaces, daemon and media are the network tests' rig.
#
#      alice 203.0.113.10      bob 203.0.113.30
#           |                        |
#       ----+--------- switch -------+-------
#           |                        |
#      relay 203.0.113.1       nat 203.0.113.20 --- home 192.168.77.2
#
# The relay runs Kamailio, too.

# shellcheck source=tests/net/rig.sh
. "$(dirname "${BASH_SOURCE[0]}")/../net/rig.sh"

declare -A address=([alice]=203.0.113.10 [bob]=203.0.113.30 [home]=192.168.77.2)
declare -A media_port=([alice]=4000 [bob]=5000 [home]=4000)
declare -A ssrc=([alice]=0xa11ce [bob]=0xb0b [home]=0x803e)
declare -A phone=() # process IDs
declare -A media=()  # where a phone has its media, when that is not its address
relay_ip=203.0.113.1
packets=100 # a phone sends in one stretch
first=10    # so many may miss the kernel, or the other phone, before both sides are known

# plug NAMESPACE ADDRESS/LENGTH: a cable from eth0 to the switch.
plug()
{
	add_link "$1" eth0 "$2" switch "to-$1" -
	must ip -n switch link set "to-$1" master br0
}

# The NAT gives each flow another port, as carriers' NATs do: a phone's SDP is wrong about all of it.
sip_world()
{
	add_ns switch relay alice bob nat home
	must ip -n switch link add br0 type bridge
	must ip -n switch link set br0 up
	plug relay $relay_ip/24
	plug alice "${address[alice]}/24"
	plug bob "${address[bob]}/24"
	plug nat 203.0.113.20/24
	add_link home eth0 "${address[home]}/24" nat inside 192.168.77.1/24
	must ip -n home route add default via 192.168.77.1
	must in_ns nat sysctl -qw net.ipv4.ip_forward=1
	must in_ns nat nft 'add table ip nat
		add chain ip nat out { type nat hook postrouting priority srcnat; }
		add rule ip nat out oifname eth0 ip protocol udp masquerade to :20000-29999'
}

listens()
{
	in_ns "$1" ss -Hlun "sport = :$2" | grep -q .
}

# start_kamailio [OPTION...]: with the configuration that we ship.
start_kamailio()
{
	kamailio_with docs/kamailio.cfg "$@"
}

# kamailio_with CONFIGURATION [OPTION...]
kamailio_with()
{
	local cfg=$1

	shift
	in_ns relay kamailio -f "$cfg" -DD -E -m 32 -M 4 -w "$work" \
		-P "$work/kamailio.pid" -A "SIP_LISTEN=udp:$relay_ip:5060" "$@" \
		>"$work/kamailio.log" 2>&1 &
	must wait_for "$deadline" listens relay 5060
}

# start_phone HOST SCENARIO CALL-ID [OPTION...]: a sipp. What it is told goes to the file
# $work/HOST.CALL-ID.told: a line `ADDRESS PORT` for each SDP, `ringing` for a 180 that is awaited.
start_phone()
{
	local host=$1 scenario=$2 id=$3

	shift 3
	in_ns "$host" sipp -sf "tests/e2e/sipp/$scenario.xml" -i "${address[$host]}" -p 5060 \
		-key audio_port "${media_port[$host]}" -cid_str "$id" -m 1 -nostdin \
		-recv_timeout $((deadline * 1000)) -trace_err \
		-error_file "$work/$host.$id.errors" -trace_logs \
		-log_file "$work/$host.$id.told" -mi "${media[$host]:-${address[$host]}}" "$@" \
		$relay_ip:5060 >/dev/null 2>&1 &
	phone[$host]=$!
	wait_for "$deadline" listens "$host" 5060
}

# phone_done HOST CALL-ID: waits for its end; true when its scenario went as it is written.
phone_done()
{
	wait "${phone[$1]}" && return
	awk '{ print "#   " $0 }' "$work/$1.$2.errors"
	return 1
}

# register HOST: under its own name.
register()
{
	start_phone "$1" register "register-$1" -s "$1"
	phone_done "$1" "register-$1"
}

# go_on HOST CALL-ID: a phone's scenario waits for this message, not for a time.
go_on()
{
	round=$((round + 1))
	printf '%s\r\n' "INFO sip:go@on SIP/2.0" "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK-$round" \
		"From: <sip:test@go>;tag=$round" "To: <sip:test@on>" "Call-ID: $2" \
		"CSeq: $round INFO" "Content-Length: 0" "" |
		in_ns "$1" bash -c "cat >/dev/udp/${address[$1]}/5060"
}

# told HOST CALL-ID N: has the phone been told N things by now, or within the deadline?
told()
{
	wait_for "$deadline" told_now "$@"
}

told_now()
{
	[ "$(grep -c . "$work/$1.$2.told" 2>/dev/null)" -ge "$3" ]
}

# endpoint ADDRESS PORT
endpoint()
{
	[[ $1 != *:* ]] && echo "$1:$2" || echo "[$1]:$2"
}

# relay_of HOST CALL-ID: where the last SDP told this phone to send, as ADDRESS:PORT.
relay_of()
{
	local address port

	read -r address port < <(tail -n 1 "$work/$1.$2.told")
	endpoint "$address" "$port"
}

# media_of HOST: where it has its RTP.
media_of()
{
	endpoint "${media[$1]:-${address[$1]}}" "${media_port[$1]}"
}

# speak HOST CALL-ID OTHER OPTION...: will send RTP at media_start, and hear the other's: as it came
# from the relay, and unharmed. `heard HOST` tells.
speak()
{
	local host=$1 to other=$3

	to=$(relay_of "$host" "$2")
	shift 3
	talk "$host" "$host" "$(media_of "$host")" "$to" \
		--ssrc "${ssrc[$host]}" --expect-from "$to" --expect-ssrc "${ssrc[$other]}" \
		--interval-ms 5 "$@"
}

calls_active()
{
	[ "$(ctl status | jq .calls.active)" = "$1" ]
}

# begin_call CALL-ID CALLER CALLEE [CALLER-SCENARIO CALLEE-SCENARIO]: until both have an SDP. The
# words below mean this call, then.
begin_call()
{
	id=$1 caller=$2 callee=$3
	start_phone "$callee" "${5:-callee}" "$id"
	start_phone "$caller" "${4:-caller}" "$id" -s "${dial:-$callee}"
	check "$id: the callee is told where to send" told "$callee" "$id" 1
	check "$id: the caller is told where to send" told "$caller" "$id" 1
}

# hear_both NAME: both speak at once.
hear_both()
{
	speak "$caller" "$id" "$callee" --count $packets --expect $((packets - first))
	speak "$callee" "$id" "$caller" --count $packets --expect $((packets - first))
	media_start
	check "$1: the caller hears the callee" heard "$caller"
	check "$1: the callee hears the caller" heard "$callee"
}

# talk_both NAME: the same, and the kernel carries it.
talk_both()
{
	local kernel

	kernel=$(relayed_in_kernel)
	hear_both "$1"
	between "$1: the kernel carried it" $((2 * (packets - first))) \
		$(($(relayed_in_kernel) - kernel)) $((2 * packets))
}

end_call()
{
	check "$id: the caller's SIP went as it should" phone_done "$caller" "$id"
	check "$id: the callee's SIP went as it should" phone_done "$callee" "$id"
	check "$id: the call is gone from the relay" wait_for "$deadline" calls_active 0
}

# leg SIDE MEMBER: of its RTP; SIDE 0 is the caller.
leg()
{
	ctl show "$id" | jq -r --argjson side "$1" --arg member "$2" \
		'.streams[0].legs[$side].rtp[$member]'
}

# stop_daemon: and all of its calls.
stop_daemon()
{
	kill "$daemon" && wait "$daemon"
}

# listen_to HOST NAME COUNT: will write so many packets to $work/NAME.dump, from media_start on.
listen_to()
{
	talk "$1" "$1" "$(media_of "$1")" "$(relay_of "$1" "$id")" --count 0 --expect "$3" \
		--timeout "$deadline" --expect-from "$(relay_of "$1" "$id")" --dump "$work/$2.dump"
}

# is_prompt NAME FILE: are these the file's bytes, in one stream of PCMA, 10 ms a packet?
is_prompt()
{
	python3 tests/net/dump.py "$work/$1.dump" headers 8 80 &&
		cut -d' ' -f3 "$work/$1.dump" | cut -c25- | xxd -r -p |
		cmp -s -n "$(stat -c %s "$2")" - "$2"
}
