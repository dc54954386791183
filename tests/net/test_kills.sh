#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kill -9 at any instant. First at each point between two writes that belong together, then at random
# under a mixed load: what the next start finds it makes whole, and every answer that was given
# holds. XRP_KILLS: how many random ones.
. "$(dirname "$0")/rig.sh"

kills=${XRP_KILLS:-200}
options=(-l 192.0.2.1 -m 10000 -M 19999 --max-calls 2000 --port-rest 0)

audit_is_clean()
{
	ctl audit >"$work/audit.json" && return
	echo "#   audit: $(jq -c '[.found, .differences[:3]]' "$work/audit.json")"
	return 1
}

# try COMMAND: one datagram, whatever becomes of it.
try()
{
	in_ns relay timeout 0.3 "$build/rtppcmd" -s udp:127.0.0.1:22222 "$1" 2>/dev/null
}

dead()
{
	! kill -0 "$daemon" 2>/dev/null
}

long=$(printf 'x%.0s' {1..2500})

# say COMMAND: tries it, and notes what is answered: in "answers" by the command's first words.
declare -A answers
say()
{
	local answer

	answer=$(port_in "$(try "$*")")
	[ -z "$answer" ] || answers["$1 $2"]=$answer
}

# A few commands that come to every point; the daemon dies at one of them.
provoke()
{
	for id in one "$long" two three four; do
		say U "$id" 192.0.2.2 4000 'f;1'
		say L "$id" 198.51.100.2 6000 'f;1 t;1'
		say U "$id" 192.0.2.2 4100 'f;1'
		dead && return
		ending=$id
		try "D $id f t" >/dev/null
		dead && return
		ending=
		unset "answers[U $id]" "answers[L $id]"
	done
}

# same_again COMMAND...: it is answered, with the port that it was answered before, if it was.
same_again()
{
	local port

	port=$(port_in "$(rtpp "$*")")
	[ -n "$port" ] && [ "$port" = "${answers["$1 $2"]:-$port}" ] && return
	echo "#   $1 of ${2:0:9} is answered '$port', it was '${answers["$1 $2"]:-}'"
	return 1
}

# What was answered is so still, the rest is answered now; then all of it ends.
provoke_again()
{
	local id status=0

	for id in one "$long" two three four; do
		# The daemon may have died of this call's end before it said so.
		if [ "$id" = "$ending" ] && [[ $(rtpp "Q $id f;1 t;1") = E* ]]; then
			unset "answers[U $id]" "answers[L $id]"
		fi
		same_again U "$id" 192.0.2.2 4000 'f;1' || status=1
		same_again L "$id" 198.51.100.2 6000 'f;1 t;1' || status=1
		same_again U "$id" 192.0.2.2 4100 'f;1' || status=1
		[ "$(rtpp "D $id f t")" = 0 ] || status=1
	done
	return $status
}

# after POINT: killed there, the next start's audit finds nothing, the command works when it is sent
# again, and the first call is as it was.
after()
{
	local point=$1 again

	XRP_FAULT=$point program=$build/tests/xdp-rtpproxy-fault start_daemon "${options[@]}"
	kept=$(port_in "$(rtpp "U kept 192.0.2.2 5000 f;1" 2>/dev/null)") # none: it died of that one
	answers=() ending=
	provoke
	if ! wait_for 2 dead; then
		echo "#   the daemon does not come to $point"
		kill -KILL "$daemon"
		wait "$daemon" 2>/dev/null
		return 1
	fi
	wait "$daemon" 2>/dev/null
	start_daemon "${options[@]}"
	again=$(port_in "$(rtpp "U kept 192.0.2.2 5000 f;1")")
	audit_is_clean && [ -n "$again" ] && [ "$again" = "${kept:-$again}" ] &&
		provoke_again && audit_is_clean && [ "$(rtpp 'D kept f')" = 0 ]
	local status=$?

	rtpp X >/dev/null
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
	return $status
}

add_ns relay peers
add_link relay to-caller 192.0.2.1/24 peers caller 192.0.2.2/24
add_link relay to-callee 198.51.100.1/24 peers callee 198.51.100.2/24

# Each point that the sources name and that commands come to; those of a start follow below. Those of
# --detach and of another version's pins are test_datapath_killed's.
points=$(grep -rhoE 'fault_point\("[a-z_.]+"\)' user | cut -d'"' -f2 | sort -u | grep -vE '^(detach\.|attach\.other$)')
for point in $points; do
	case $point in
	adopt.* | attach.* | reserve.*) ;;
	*) for nth in 2 3 5; do
		check "killed at $point for time $nth, the next start makes it whole" after "$point:$nth"
	done ;;
	esac
done
# killed_start POINT OPTION...: a start dies at this point.
killed_start()
{
	local point=$1

	shift
	XRP_FAULT=$point:1 in_ns relay timeout 10 "$build/tests/xdp-rtpproxy-fault" -f -F \
		-s udp:127.0.0.1:22222 --ctl "$work/ctl.sock" --pin-root "$work/bpf/xdp-rtpproxy" \
		-p "$work/pid" "${options[@]}" "$@" 2>/dev/null
	is "a start comes to $point and is killed there" $? 137
}

for point in $points; do
	case $point in
	adopt.* | attach.* | reserve.*) ;;
	*) continue ;;
	esac
	start_daemon "${options[@]}"
	kept=$(port_in "$(rtpp "U kept 192.0.2.2 5000 f;1")")
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
	case $point in
	attach.map | attach.pin) # where nothing is pinned yet
		forget_calls
		killed_start "$point"
		kept=
		;;
	attach.release) killed_start "$point" --interface to-caller ;;
	*) killed_start "$point" ;;
	esac
	start_daemon "${options[@]}"
	[ -z "$kept" ] || is "the call is there after the next start" \
		"$(port_in "$(rtpp "U kept 192.0.2.2 5000 f;1")")" "$kept"
	check "after the next start the audit finds nothing" audit_is_clean
	is "and all that is reserved is noted" "$(cat "$work/ctl.sock.ports")" \
		"$(in_ns relay cat /proc/sys/net/ipv4/ip_local_reserved_ports)"
	rtpp X >/dev/null
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
done

mkdir "$work/records"
options+=(-r "$work/records" -n tcp:127.0.0.1:9999)
start_daemon "${options[@]}"
exec nsenter --net=/run/netns/relay -- python3 tests/net/kills.py 127.0.0.1:22222 300 tcp:127.0.0.1:9999 \
	>"$work/kills.out" 2>&1 &
load=$!
for ((i = 0; i < kills; i++)); do
	sleep "0.$((RANDOM % 200 + 100))" # a random instant is the point, not a wait
	kill -KILL "$daemon"
	wait "$daemon" 2>/dev/null
	start_daemon "${options[@]}"
	audit_is_clean || break
	kill -0 "$load" 2>/dev/null || break
done
is "after each of $kills random kills under load the audit finds nothing" "$i" "$kills"
kill -TERM "$load"
check "every answer held: $(sleep 0.1; tail -n 1 "$work/kills.out")" wait "$load"
echo "# $(tail -n 1 "$work/kills.out")"
is "when all calls are ended none is left" "$(ctl status | jq .calls.streams)" 0
check "and the audit finds nothing" audit_is_clean
