#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A flood that comes from alice's own address and port, as far as anyone can tell: bob gets no more
# of it than twice what speech makes, it is told of, and the call beside it is not hurt.
. "$(dirname "$0")/rig.sh"

# flood SECONDS: mallory sends RTP as alice, as fast as she can; prints how many packets. Each is
# another one, of the codec that is spoken.
flood()
{
	in_ns mallory python3 - "$1" "$(ip -n relay -j link show to-mallory | jq -r '.[0].address')" \
		"$alice_ip" 4000 "${alice_relay%:*}" "${alice_relay##*:}" <<-'PYTHON'
		import socket, struct, sys, time
		seconds, mac, src, sport, dst, dport = sys.argv[1:]
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("eth0", 0))
		addresses = socket.inet_aton(src) + socket.inet_aton(dst)
		ip = struct.pack("!BBHHHBBH", 0x45, 0, 28 + 172, 0, 0, 64, 17, 0) + addresses
		total = sum(struct.unpack("!10H", ip))
		total = (total & 0xffff) + (total >> 16)
		ip = ip[:10] + struct.pack("!H", ~((total & 0xffff) + (total >> 16)) & 0xffff) + addresses
		head = bytes.fromhex(mac.replace(":", "")) + bytes(6) + b"\x08\x00" + ip
		head += struct.pack("!HHHH", int(sport), int(dport), 180, 0) + b"\x80\x08"
		frames = [head + struct.pack("!HII", n, n * 160, 0xbad) + bytes(160) for n in range(65536)]
		end, n = time.monotonic() + float(seconds), 0
		while time.monotonic() < end:
		    for frame in frames[n % 65536 : n % 65536 + 64]:
		        try:
		            s.send(frame)
		        except OSError: # no room
		            continue
		        n += 1
		print(n)
	PYTHON
}

caller()
{
	ctl show "$1" | jq ".streams[0].legs[] | select(.side == \"caller\") | .rtp.$2"
}

# run OPTION...: all of it, by a daemon with these options.
run()
{
	local before sent relayed beside_alice beside_bob

	start_daemon -l "$relay_ip" --rate-cap auto --no-pin "$@"
	offer beside "$alice_ip" 4002
	answer beside "$bob_ip" 6002
	beside_alice=$alice_relay beside_bob=$bob_relay
	set_up_call flooded
	talk alice alice "$alice_ip:4000" "$alice_relay" --count 50 --expect 50
	talk bob bob "$bob_ip:6000" "$bob_relay" --count 50 --expect 50
	media_start
	check "speech as it should be is heard by bob" heard bob
	check "and by alice" heard alice
	is "none of it is above the cap" "$(caller flooded rate_dropped)" 0
	check "the codec is seen" wait_for 5 test "$(caller flooded cap)" = '"audio-64"'

	# The other call, at the pace of a codec, while the flood runs.
	talk alice alice "$alice_ip:4002" "$beside_alice" --count 150 --expect 148 --may-lose 1
	talk bob bob "$bob_ip:6002" "$beside_bob" --count 150 --expect 148 --may-lose 1
	before=$(caller flooded relayed)
	media_start
	sent=$(flood 3)
	relayed=$(($(caller flooded relayed) - before))
	check "the call beside it loses less than 1 % one way" heard bob
	check "and the other" heard alice
	echo "# flood: $sent packets in 3 s, of which bob got $relayed"
	between "the flood was one" 30000 "$sent" 100000000
	# G.711 in 20 ms: 50 a second; 21,600 bytes a second are allowed, and half a second ahead of that
	between "bob gets twice the rate of speech" 200 "$relayed" 460
	between "the rest is dropped" $((sent * 9 / 10)) "$(caller flooded rate_dropped)" "$sent"
	check "it is told of" wait_for 5 daemon_says 'event=rate_limited call_id=flooded'
	is "and counted" "$(ctl status | jq '.calls.rate_limited > 0')" true

	# When it is over alice is heard again.
	talk alice alice "$alice_ip:4000" "$alice_relay" --count 50 --seq 70
	talk bob bob "$bob_ip:6000" "$bob_relay" --count 1 --expect 50
	media_start
	check "when it is over bob hears alice again" heard bob
	wait "${talker[alice]}"
	rtpp "D flooded from-flooded to-flooded" >/dev/null
	check "the end of the call tells it, too" wait_for 5 daemon_says \
		'event=call_end call_id=flooded .*caller_over_cap=[1-9][0-9]* callee_over_cap=0 '
	kill "$daemon" && wait "$daemon"
}

two_interfaces
run
run --no-xdp
