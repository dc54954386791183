#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every call is recorded (-a), in rtpproxy's own format, without RTCP (-R), and all media takes the
# slow path: what the daemon relays itself gets into the files just as well.
. "$(dirname "$0")/rig.sh"

rec=$work/rec
header=30 rtp=172
two_interfaces
must mkdir "$rec"
start_daemon -l "$relay_ip" -r "$rec" -a -R --no-xdp

# is_size FILE BYTES
is_size()
{
	[ "$(stat -c %s "$rec/$1")" -eq "$2" ]
}

offer all "$alice_ip" 4000
is "both files are there with the call" "$(cd "$rec" && echo *)" \
	"all=from-all.a.rtp all=from-all.o.rtp"
answer all "$bob_ip" 6000
is "R has nothing to add" "$(rtpp "R all from-all to-all")" 0
check "media goes both ways" both_ways 60
rtpp "D all from-all to-all" >/dev/null
check "alice's file is complete" wait_for "$deadline" is_size all=from-all.o.rtp \
	$((60 * (header + rtp)))
check "and bob's" wait_for "$deadline" is_size all=from-all.a.rtp $((60 * (header + rtp)))
is "its first packet came from bob" "$(od -An -tu1 -j 2 -N 6 "$rec/all=from-all.a.rtp" | xargs)" \
	"$((6000 / 256)) $((6000 % 256)) ${bob_ip//./ }"
is "the last one's length is right" \
	"$(od -An -tu2 -j $((59 * (header + rtp) + 28)) -N 2 "$rec/all=from-all.a.rtp" | xargs)" $rtp

# Nobody answers: as with rtpproxy the files are there, and empty.
offer never "$alice_ip" 4000
rtpp "D never from-never" >/dev/null
check "a call that is never answered leaves empty files" wait_for "$deadline" is_size never=from-never.o.rtp 0
check "of both sides" is_size never=from-never.a.rtp 0

# The daemon that ends leaves complete files behind.
offer last "$alice_ip" 4000
answer last "$bob_ip" 6000
check "media goes both ways" both_ways 60
kill "$daemon"
wait "$daemon"
is "the daemon ends well" $? 0
check "a call that the daemon's end cuts off is recorded up to there" is_size last=from-last.o.rtp \
	$((60 * (header + rtp)))
