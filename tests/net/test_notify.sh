#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What happens when a call times out: the listener is told, exactly the tag and a LF, over unix and
# tcp, also after it was started anew. Time limits: one a call, or one a leg (-i), or by S ttl=.
. "$(dirname "$0")/rig.sh"

two_interfaces
start_daemon -l "$relay_ip" -T 1 -W 1 -n "unix:$work/n.sock" -n tcp:127.0.0.1:7733 \
	-n tcp:%%CC_SELF%%:7744 -n tcp:127.0.0.1:7755

# timed_out CALL-ID...
timed_out()
{
	local id

	for id; do
		wait_for "$deadline" daemon_says "event=call_end call_id=$id .*reason=(setup_)?timeout" ||
			return 1
	done
}

# armed CALL-ID SOCKET TAG
armed()
{
	rtpp "U $1 $alice_ip 4000 from-$1 to-$1 $2 $3" >/dev/null
}

listen unix relay "unix:$work/n.sock"
listen tcp relay tcp:127.0.0.1:7733
listen self relay tcp:127.0.0.1:7744
armed n1 "unix:$work/n.sock" a%20tag%0a+x
armed n2 tcp:127.0.0.1:7733 second
armed n3 tcp:%%CC_SELF%%:7744 third
armed n4 tcp:127.0.0.1:7755 nobody-listens
armed n5 "unix:$work/n.sock" cancelled
offer n5 "$alice_ip" 4000 # without a socket: not to be told any more
armed n6 "unix:$work/n.sock" deleted
rtpp "D n6 from-n6" >/dev/null
is "a socket that -n does not name is no error" \
	"$(armed n7 unix:/elsewhere x && daemon_says event=notify_refused && echo refused)" refused
is "a tag that cannot be decoded is" "$(rtpp "U n8 $alice_ip 4000 f t $work/n.sock a%2")" E10
check "calls that nobody answers end after -W" timed_out n1 n2 n3 n4 n5 n7
check "the unix listener is sent the tag and a LF" wait_for "$deadline" got unix "a tag
 x
"
check "the tcp listener, too" wait_for "$deadline" got tcp "second
"
check "and the one that is where commands come from" wait_for "$deadline" got self "third
"
is "six were counted" "$(rtpp "G nsess_timeout")" 6

hang_up unix
hang_up tcp
listen unix relay "unix:$work/n.sock"
armed n9 "unix:$work/n.sock" again
armed n10 tcp:127.0.0.1:7733 lost
check "two more" timed_out n9 n10
check "a listener that was started anew is told" wait_for "$deadline" got unix "a tag
 x
again
"
listen tcp relay tcp:127.0.0.1:7733
armed n11 tcp:127.0.0.1:7733 third-time
check "one more" timed_out n11
check "and so is the other one, of what is new" wait_for "$deadline" grep -qx third-time "$work/tcp.got"

# --- limits of time ------------------------------------------------------------------------------

# one_way CALL-ID SECONDS: alice speaks and bob does not.
one_way()
{
	set_up_call "$1"
	talk alice alice "$alice_ip:4000" "$alice_relay" --count $(($2 * 50)) --interval-ms 20
	media_start
	heard alice
}
gone()
{
	daemon_says "event=call_end call_id=$1 "
}

set_up_call short
is "S ttl= of one side is of both" "$(rtpp "U short $alice_ip 4000 from-short to-short && S ttl=2" |
	cut -d' ' -f1)" "${bob_relay##*:}"
is "it is what Q tells" "$(rtpp "Q short from-short to-short" | cut -d' ' -f1)" 2
check "and ends the call" wait_for 4 gone short
check "media one way keeps a call alive" one_way shared 3
gone shared
is "it is there" $? 1
kill "$daemon" && wait "$daemon"

start_daemon -l "$relay_ip" -T 1 -i
check "with -i media one way is sent" one_way independent 3
check "and does not keep the call alive" gone independent
set_up_call sides
rtpp "U sides $alice_ip 4000 from-sides to-sides && S ttl=9 && Sr ttl=7" >/dev/null
is "each side has its own limit; the shorter one counts" \
	"$(rtpp "Q sides from-sides to-sides" | cut -d' ' -f1)" 7
