#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One call, narrated: what a SIP server asks, what the relay answers, the media as it passes, and
# who carried it. In network namespaces of its own, as root; it takes about ten seconds.

for tool in ip nft ethtool jq ss; do
	command -v $tool >/dev/null && continue
	echo "tools/demo.sh: '$tool' is missing; sudo tools/setup.sh check installs it" >&2
	exit 1
done
if [ "$(id -u)" -ne 0 ]; then
	echo "tools/demo.sh: network namespaces take root: sudo make demo" >&2
	exit 1
fi
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../tests/e2e/lib.sh"

duration=5
packets=$((duration * 50)) # one every 20 ms, as phones do
first=10 # so many may miss the kernel before both sides are known

bold='' green='' red='' off=''
if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
	bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' off=$'\e[0m'
fi

title()
{
	printf '\n%s%s%s\n' "$bold" "$*" "$off"
}

# ask COMMAND: over the control socket, as a SIP server does. Sets reply.
ask()
{
	reply=$(rtpp "$1")
	printf '  %-50s ->  %s\n' "$1" "$reply"
	[[ $reply != E* ]] || exit 1
}

# One line of the live table.
counters()
{
	ctl show demo | jq -r '.streams[0] | [.age_s, (.legs[] |
		.rtp | .packets, .kernel_packets, .slow_packets, .lost)] | @tsv' |
		awk '{ printf "  %4.1f s   %6d  %6d  %6d  %6d     %6d  %6d  %6d  %6d\n", \
			$1, $2, $3, $4, $5, $6, $7, $8, $9 }'
}

watch_call()
{
	local second

	echo '           ------ from the caller -------     ------ from the callee -------'
	echo '    age      all   kernel    slow    lost        all   kernel    slow    lost'
	for ((second = 0; second < duration; second++)); do
		sleep 1
		counters
	done
}

addresses()
{
	ctl show demo | jq -r '.streams[0].legs[] | .side as $side | .rtp |
		"  \($side): SDP says \(.signalled), RTP comes from \(.learned // "nobody")" +
		" (\(.state)), to our \(.local)"'
}

hearing()
{
	jq -r --arg who "$1" --arg other "$2" --arg packets $packets \
		'"  \($who) heard \(.received) of \($packets) packets of \($other);" +
		" \(.lost) lost on the way, \(.duplicates) doubled, \(.bad_payload) harmed",
		(($packets | tonumber) - .received | select(. > 0) |
		"    (\(.) came before \($who) had spoken through the NAT, which let none in till then)")' \
		"$work/$1.json"
}

# listened NAME: waits for its end; it heard all but what may be missed before both sides are known.
listened()
{
	wait "${talker[$1]}"
	[ "$(jq --argjson least $((packets - first)) \
		'.received >= $least and .lost + .duplicates + .bad_payload == 0' "$work/$1.json")" = true ]
}

verdict()
{
	local kernel slow

	kernel=$(relayed_in_kernel) slow=$(relayed_by_daemon)
	hearing home bob
	hearing bob home
	echo "  $kernel packets relayed in the kernel, $slow by the slow path"
	if [ "$both_heard" = yes ] && [ "$kernel" -ge $((2 * (packets - first))) ]; then
		printf '\n%s  The kernel carried the call; only its first packets took the slow path.%s\n' \
			"$green" "$off"
	else
		printf '\n%s  Not as it should be.%s\n' "$red" "$off"
		exit 1
	fi
}

title "A small Internet in network namespaces"
cat <<END
  home 192.168.77.2 --- NAT 203.0.113.20 ---+
                                            +--- relay $relay_ip
                     bob 203.0.113.30 ------+
END
sip_world
start_daemon -l $relay_ip
ctl status | jq -r '.interfaces[] | "  The relay is up, with XDP on \(.name) in \(.mode) mode."'

title "home calls bob: the SIP server asks for ports"
echo "  The INVITE came from the NAT, 203.0.113.20; its SDP says port 4000. Where shall bob send?"
ask "U demo 203.0.113.20 4000 fromtag;1"
bob_relay=$relay_ip:$(port_in "$reply")
echo "  bob answered: 203.0.113.30, port 5000. Where shall home send?"
ask "L demo 203.0.113.30 5000 fromtag;1 totag;1"
home_relay=$relay_ip:$(port_in "$reply")

title "They talk for $duration seconds, 50 packets a second each way"
talk home home 192.168.77.2:4000 "$home_relay" --ssrc 0x803e --expect-ssrc 0xb0b \
	--count $packets --expect $packets
talk bob bob 203.0.113.30:5000 "$bob_relay" --ssrc 0xb0b --expect-ssrc 0x803e \
	--count $packets --expect $packets
media_start
watch_call
both_heard=no
listened home && listened bob && both_heard=yes

title "Whom the relay found behind the addresses"
addresses

title "BYE: the SIP server gives the ports back"
ask "D demo fromtag totag"
echo "  The log says:"
grep event=call_end "$work/daemon.log" | fold -s -w 90 | sed 's/^/    /'

title "Verdict"
verdict
