#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# S22: names of files and targets of copies that lead where nobody was to get: up, absolute, by links,
# with control characters, 64 kB long; to services of the host, to strangers. All are refused, or
# made a harmless name in the directory, and what should work does.
# shellcheck source=tests/net/rig.sh
. "$(dirname "$0")/../rig.sh"

two_interfaces
prompts=$work/prompts rec=$work/rec
mkdir -p "$prompts/sub" "$rec"
head -c 8000 /dev/zero | tee "$prompts/ann.0" "$prompts/sub/ann.0" >"$work/secret.0"
ln -s ../secret.0 "$prompts/out.0"
ln -s .. "$prompts/outdir"
cp "$work/secret.0" "$work/hostname.0"
start_daemon -l "$relay_ip" -r "$rec" --prompt-dir "$prompts"
set_up_call names
in_ns relay python3 tests/net/security/commands.py names udp:127.0.0.1:22222 names >"$work/said"

# said WHAT: the reply.
said()
{
	awk -v what="$1" '$1 == what { print $2 }' "$work/said"
}

for what in P-up P-up-within P-absolute P-link P-link-dir P-proc P-control P-long C-udp-port-22 C-udp-dns \
	C-udp-public C-udp-public6 C-udp-name C-udp-broadcast C-udp-multicast C-udp-control P-64k C-64k R-64k; do
	check "$what is refused" grep -qE '^E[0-9]+$' <<<"$(said "$what")"
done
is "of all this nothing is played, recorded or copied" \
	"$(ctl status | jq -c '[.prompts.started, .recording.sides, .recording.files]')" '[0,0,0]'
check "the log tells whom copies are not for" daemon_says \
	'event=copy_refused .*target=203.0.113.2:9000 reason="it is not allowed by --allow-copy"'
check "and which ports" daemon_says 'event=copy_refused .*target=127.0.0.1:22 reason="it is a port below 1024"'

# What a prompt may be called.
for name in ann sub/ann ./ann "$prompts/ann"; do
	is "$name is played" "$(rtpp "P names $name 0 from-names to-names")" 0
	is "and stopped" "$(rtpp "S names from-names to-names")" 0
done
is "a prompt beside the directory is not" "$(rtpp "P names $work/secret 0 from-names to-names" | cut -c 1)" E

# Recordings: the target of C, the Call-ID and the tag of R become names in the directory.
for name in '../up' "$work/abs" '.' '..' 'a/../../b' $'tab\x01' '%2e%2e%2fup' "$(printf 'n%.0s' {1..4000})"; do
	is "C to '${name:0:20}' is taken" "$(rtpp "C names $name from-names to-names")" 0
	is "and ended" "$(rtpp "N names from-names to-names")" 0
done
for id in '../../call' /etc/passwd '..' "$(printf 'i%.0s' {1..3000})"; do
	rtpp "U $id $alice_ip 4010 ../tag" >"$work/port"
	rtpp "L $id $bob_ip 6010 ../tag to" >"$work/port"
	is "R of call '${id:0:20}' is taken" "$(rtpp "R $id ../tag to")" 0
	is "and ended" "$(rtpp "D $id ../tag to")" 0
done
closed()
{
	[ "$(ctl status | jq .recording.files)" = 0 ]
}
check "all files are closed" wait_for "$deadline" closed
check "there are files" [ -n "$(find "$rec" -type f)" ]
is "their names are plain, and no longer than a name may be" \
	"$(find "$rec" -mindepth 1 ! -type f -o -name '.*' -o -regextype posix-extended ! -regex "$rec/[^/[:cntrl:]]{1,255}")" ""
is "nothing is beside them" "$(find "$work" -newer "$prompts/outdir" -name '*up*' ! -path "$rec/*" -o -name '*.rtp' ! -path "$rec/*")" ""

# A link that somebody put where a recording will be.
ln -s "$work/victim" "$rec/trap.rtp"
rtpp "C names trap from-names to-names" >"$work/reply"
check "media goes both ways" both_ways 20
check "no link is followed" [ ! -e "$work/victim" ]
rtpp "N names from-names to-names" >"$work/reply"

# A recorder on this host and one that is allowed.
is "copies to this host" "$(rtpp "C names udp:127.0.0.1:9000 from-names to-names")" 0
is "end" "$(rtpp "N names from-names to-names")" 0
is "copies to a private network" "$(rtpp "C names udp:10.0.0.9:9000 from-names to-names")" 0
is "end, too" "$(rtpp "N names from-names to-names")" 0
kill "$daemon" && wait "$daemon" 2>/dev/null
start_daemon -l "$relay_ip" --prompt-dir "$prompts" --allow-copy "$mallory_ip"
is "to a host that is allowed" "$(rtpp "C names udp:$mallory_ip:9000 from-names to-names")" 0
is "they end" "$(rtpp "N names from-names to-names")" 0
check "a private network is not, then" grep -q '^E' <<<"$(rtpp "C names udp:10.0.0.9:9000 from-names to-names")"
check "the call speaks" both_ways 20 --seq 21
