#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two networks (-l a/b), an interface each: the letters e and i say who is on which, each party is told
# the address of its network and hears from there, in the kernel. Legs are asymmetric unless told
# otherwise. Labelled addresses, advertised ones, several of them.
. "$(dirname "$0")/rig.sh"

two_interfaces
# What goes to the other network's address crosses the relay's host: not here, nobody forwards.
inside=192.0.2.1 outside=198.51.100.1

# call ID MODIFIERS-OF-U MODIFIERS-OF-L ADDRESS-TOLD-TO-BOB ADDRESS-TOLD-TO-ALICE
call()
{
	offer "$1" "$alice_ip" 4000 "$2"
	answer "$1" "$bob_ip" 6000 "$3"
	is "U${2:-} tells bob $4" "${offer_reply#* }" "$4"
	is "L${3:-} tells alice $5" "${answer_reply#* }" "$5"
	bob_relay=$outside:$(port_in "$offer_reply") alice_relay=$inside:$(port_in "$answer_reply")
}

in_kernel()
{
	local was

	was=$(relayed_in_kernel)
	both_ways "$@" && [ $(($(relayed_in_kernel) - was)) -ge $((2 * $1 - 10)) ]
}

# moved: alice sends 20 packets from another port than she said, and bob 40. How many of them come to
# where she said, and how many to where she sends from?
moved()
{
	talk alice alice "$alice_ip:4000" "$alice_relay" --count 0 --expect 40 --timeout 1 \
		--expect-ssrc 0xb0b
	talk mover alice "$alice_ip:4400" "$alice_relay" --ssrc 0xa11ce --count 20 --interval-ms 5 \
		--expect 40 --timeout 1 --expect-ssrc 0xb0b
	talk bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --count 40 --interval-ms 10
	media_start
	check "bob speaks" heard bob
	heard alice >/dev/null
	heard mover >/dev/null
	old=$(field alice .received) new=$(field mover .received)
}

start_daemon -l "$inside/$outside"
call bridged ie ei "$outside" "$inside"
check "alice inside and bob outside hear each other, in the kernel" in_kernel 100
call other "" "" "$inside" "$inside"
call asymmetric ie ei "$outside" "$inside"
moved
is "an asymmetric leg is sent to where it said, wherever it sends from" "$old $new" "40 0"
call symmetric sie sei "$outside" "$inside"
moved
between "with s it is sent to where it sends from" 30 "$new" 40
is "e with a third letter" "$(rtpp "Ueie x $alice_ip 4000 f")" E11
kill "$daemon" && wait "$daemon"

start_daemon -l "$inside/$outside" -A 203.0.113.77/relay.example.org --bridge_symmetric
call advertised ie ei relay.example.org 203.0.113.77
check "advertised addresses change nothing but what is told" in_kernel 50
call symmetric2 ie ei relay.example.org 203.0.113.77
moved
between "with --bridge_symmetric legs are symmetric" 30 "$new" 40
kill "$daemon" && wait "$daemon"

start_daemon -l "$inside" -l "out@$outside=relay.example.org"
call labelled "l{out}" "l$inside" relay.example.org "$inside"
check "a labelled address has media as any other" in_kernel 50
call local "l$outside" "l$inside" relay.example.org "$inside"
check "and so if it is asked for by number" in_kernel 50
call towards "r$bob_ip" "r$alice_ip" relay.example.org "$inside"
check "or by where it goes" in_kernel 50
is "an unknown label" "$(rtpp "Ul{none} x $alice_ip 4000 f")" E31
kill "$daemon" && wait "$daemon"

# A label on an address that is another network's, too: what is told belongs to the label alone.
start_daemon -l "$inside/$outside" -l "lab@$outside=203.0.113.9"
call plain ie ei "$outside" "$inside"
call label "l{lab}" "" 203.0.113.9 203.0.113.9
is "asked for again, a leg is told as before" "$(rtpp "U label $alice_ip 4000 from-label to-label" | cut -d ' ' -f 2)" \
	203.0.113.9
call number "l$outside" "l$inside" "$outside" "$inside"
is "status tells of labels and what is advertised" \
	"$("$build/xdp-rtpctl" --socket "$work/ctl.sock" status | grep '^listens')" \
	"listens on  $inside (i), $outside (e), lab@$outside as 203.0.113.9"
kill "$daemon" && wait "$daemon"

start_daemon -l "*" -6 "/::" --bridge_symmetric
offer any "$alice_ip" 4000
answer any "$bob_ip" 6000
check "any address: a bare port is told" grep -qxE '[0-9]+ [0-9]+' <<<"$offer_reply $answer_reply"
bob_relay=$outside:$offer_reply alice_relay=$inside:$answer_reply
check "media comes to whichever it talks to" in_kernel 50
