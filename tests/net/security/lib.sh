# shellcheck shell=bash disable=SC2034,SC2154 # what the cases and the rig use
# SPDX-License-Identifier: GPL-2.0-or-later
# What the security cases share: the rig with a third party, the attacker's tool, and a loop over the
# modes. A case is a function; for_each_mode runs it against a fresh daemon with the XDP program in
# native mode, and against one without it.
#
# XRP_LONG=1 gives floods and sprays the time that they have in the field.
. "$(dirname "${BASH_SOURCE[0]}")/../rig.sh"

first_port=30000 last_port=30999 # of the relay: what is sprayed
mode=

# The rig's own, with the mode in front.
ok()
{
	echo "ok - ${mode:+$mode: }$1"
}

not_ok()
{
	echo "not ok - ${mode:+$mode: }$1"
	failed=1
}

# long_or SHORT LONG
long_or()
{
	[ "${XRP_LONG:-0}" = 1 ] && echo "$2" || echo "$1"
}

# Alice, bob, mallory, and victor, who has nothing to do with any call. The kernel of the relay lets
# forged sources through, so that only what is tested stands against them.
security_network()
{
	two_interfaces
	add_ns victor
	add_link relay to-victor 198.18.0.1/24 victor eth0 198.18.0.2/24
	must ip -n victor route add default via 198.18.0.1
	victor_ip=198.18.0.2
	must in_ns relay sysctl -qw net.ipv4.conf.all.rp_filter=0
	for name in alice bob mallory victor; do
		must in_ns relay sysctl -qw "net.ipv4.conf.to-$name.rp_filter=0"
	done
}

# serve [OPTION...]: a daemon in the mode of the hour.
serve()
{
	[ "$mode" = native ] || set -- --no-xdp "$@"
	start_daemon -l "$relay_ip" -m "$first_port" -M "$last_port" --port-rest 0 "$@"
	[ "$mode" != native ] ||
		is "the program is attached in native mode" "$(ctl status | jq -r '[.interfaces[].mode] | unique[]')" native
}

# Ends it, and all that it left.
serve_no_more()
{
	kill "$daemon" && wait "$daemon" 2>/dev/null
	in_ns relay "$build/xdp-rtpproxy" --detach --pin-root "$work/bpf/xdp-rtpproxy" \
		--ctl "$work/ctl.sock" >"$work/detached" 2>&1
}

# for_each_mode FUNCTION [OPTION...]: with a daemon that has these options.
for_each_mode()
{
	local case=$1

	shift
	for mode in native no-XDP; do
		serve "$@"
		"$case"
		serve_no_more
	done
	mode=
}

# attack NAME NAMESPACE ARGUMENT...: begins; see tools/attack.c.
declare -A attacker=()
attack()
{
	local name=$1 where=$2

	shift 2
	: >"$work/$name.err"
	exec nsenter --net="/run/netns/$where" -- "$build/attack" "$@" >"$work/$name.json" \
		2>"$work/$name.err" &
	attacker[$name]=$!
	wait_for "$deadline" grep -q . "$work/$name.err"
	grep -q '^ready' "$work/$name.err" && return
	not_ok "$name can attack: $(cat "$work/$name.err")"
	exit 1
}

# attack_over NAME: waits for its end.
attack_over()
{
	wait "${attacker[$1]}"
	unset "attacker[$1]"
}

# attack_stop NAME: makes it end.
attack_stop()
{
	kill "${attacker[$1]}" 2>/dev/null
	attack_over "$1"
}

# spray NAME ARGUMENT...: mallory, over all ports of the relay, at a rate that this mode can take.
spray()
{
	local name=$1

	shift
	attack "$name" mallory --from "$mallory_ip:5555" --to "$relay_ip:$first_port-$last_port" \
		--pps "$([ "$mode" = native ] && echo 20000 || echo 4000)" "$@"
}

# got_nothing NAME: nothing came back to the attacker, or to whoever listened.
got_nothing()
{
	[ "$(field "$1" .received)" = 0 ] && return
	echo "#   $(cat "$work/$1.json")"
	return 1
}

# leg CALL SIDE EXPRESSION: of `xdp-rtpctl show`.
leg()
{
	ctl show "$1" | jq -r --arg side "$2" ".streams[0].legs[] | select(.side == \$side) | $3"
}

# strangers CALL: packets refused of all its endpoints.
strangers()
{
	ctl show "$1" | jq '[.streams[].legs[] | (.rtp, .rtcp) | .strangers] | add'
}

# frames_in DEVICE: what the relay's interface took in, before any program.
frames_in()
{
	ip -n relay -s -j link show dev "$1" | jq '.[0].stats64.rx.packets'
}
