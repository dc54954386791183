#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One call, narrated: what a SIP server asks, what the relay answers, the media as it passes, and
# who carried it. In network namespaces of its own, as root; it takes about ten seconds.
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tools/world.sh
. tools/world.sh

SECONDS_OF_SPEECH=5
PACKETS=$((SECONDS_OF_SPEECH * 50)) # one every 20 ms, as phones do

for tool in ip nft ethtool jq ss; do
	command -v $tool >/dev/null || die "'$tool' is missing; sudo tools/setup.sh check installs it"
done
world_enter "$@"

bold='' green='' red='' off=''
if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
	bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' off=$'\e[0m'
fi

title()
{
	printf '\n%s%s%s\n' "$bold" "$*" "$off"
}

# ask COMMAND: over the relay's control socket, as a SIP server does. The answer goes to `answer`.
ask()
{
	answer=$(at relay "$B/rtppcmd" -s udp:127.0.0.1:22222 "$1") || die "$1 -> $answer"
	printf '  %-52s ->  %s\n' "$1" "$answer"
}

show()
{
	"$B/xdp-rtpctl" --socket "$work/ctl.sock" --json show demo
}

# speak HOST PORT TO SSRC
speak()
{
	at "$1" "$B/rtpgen" --local "${ADDRESS[$1]}:$2" --remote "$3" --expect-from "$3" \
		--count $PACKETS --expect $((PACKETS - 10)) --ssrc "$4" --json \
		>"$work/$1.rtp" 2>/dev/null &
}

# One line of the live table.
counters()
{
	show | jq -r '.streams[0] as $s |
		[$s.age_s, ($s.legs[] | .rtp | .packets, .kernel_packets, .slow_packets, .lost)] |
		@tsv' | awk '{
			printf "  %4.1f s   %5d = %5d + %-4d %5d     %5d = %5d + %-4d %5d\n", \
				$1, $2, $3, $4, $5, $6, $7, $8, $9 }'
}

watch_call()
{
	local i

	printf '           ------ from the caller ------     ------ from the callee ------\n'
	printf '    age    packets = kernel + slow  lost     packets = kernel + slow  lost\n'
	for ((i = 0; i < SECONDS_OF_SPEECH; i++)); do
		sleep 1
		counters
	done
	wait "$1" "$2"
}

addresses()
{
	show | jq -r '.streams[0].legs[] |
		"  \(.side):  SDP said \(.rtp.signalled), RTP comes from \(.rtp.learned // "?")" +
		" (\(.rtp.state)), at our \(.rtp.local)"'
}

heard()
{
	jq -rs --arg who "$1" --arg other "$2" '.[0] |
		"  \($who) heard \(.received) of '$PACKETS' packets of \($other): \(.lost) lost," +
		" \(.duplicates) doubled, \(.bad_payload) harmed"' "$work/$1.rtp"
}

verdict()
{
	local kernel slow

	read -r kernel slow < <(status | jq -r '"\(.packets.kernel) \(.packets.slow_path)"')
	heard home bob
	heard bob home
	printf '  %d packets relayed in the kernel, %d by the slow path\n' "$kernel" "$slow"
	if [ "$kernel" -ge $((2 * PACKETS - 20)) ] &&
		jq -es 'all(.ok)' "$work/home.rtp" "$work/bob.rtp" >/dev/null; then
		printf '\n%sThe call was carried by the kernel; only its first packets were not.%s\n' \
			"$green" "$off"
	else
		printf '\n%sNot as it should be.%s The relay logged:\n' "$red" "$off"
		tail -n 20 "$work/relay.log"
		exit 1
	fi
}

title "A small Internet in network namespaces"
cat <<END
  home 192.168.77.2 --- NAT 203.0.113.20 ---+
                                            +--- relay $RELAY
                bob 203.0.113.30 -----------+
END
world_up
relay_up
status | jq -r '.interfaces[] | "  the relay is up: XDP on \(.name), \(.mode) mode"'

title "home calls bob: the SIP server asks for ports"
echo "  The INVITE came from the NAT, 203.0.113.20; its SDP says port 4000. Which port shall bob use?"
ask "U demo 203.0.113.20 4000 fromtag;1"
to_bob=${answer%% *}
echo "  bob answered: 203.0.113.30, port 5000. And which port home?"
ask "L demo 203.0.113.30 5000 fromtag;1 totag;1"
to_home=${answer%% *}

title "They speak for $SECONDS_OF_SPEECH seconds, 50 packets a second each way"
speak home 4000 "$RELAY:$to_home" 0x803e
home_pid=$!
speak bob 5000 "$RELAY:$to_bob" 0xb0b
watch_call $home_pid $!

title "Whom the relay found"
addresses

title "BYE: the SIP server gives the ports back"
ask "D demo fromtag totag"
echo "  the log says:"
grep event=call_end "$work/relay.log" | fold -s -w 92 | sed 's/^/    /'

title "Verdict"
verdict
