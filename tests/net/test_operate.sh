#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the operator does to a running daemon: stop, drain, take over, detach, reload, and several of
# them on a host.
. "$(dirname "$0")/rig.sh"

pins=$work/bpf/xdp-rtpproxy
two_interfaces

# A daemon ended as it should: without being told again, and with 0.
ended()
{
	! kill -0 "$1" 2>/dev/null && wait "$1"
}

attached()
{
	ip -n relay -d link show dev "$1" | grep -c prog/xdp
}

reserved()
{
	in_ns relay cat /proc/sys/net/ipv4/ip_local_reserved_ports
}

# operate COMMAND...: as an operator types it, in the relay's namespace.
operate()
{
	in_ns relay "$build/xdp-rtpctl" --socket "$work/ctl.sock" "$@" 2>&1
}

# --- stop: the calls go on ---
start_daemon -l "$relay_ip" -m 35000 -M 36000
set_up_call stopped
check "a call is up" both_ways 50
is "stop says what goes on" "$(operate stop)" "the daemon leaves; 1 media streams go on in the kernel"
check "the daemon ends" wait_for "$deadline" ended "$daemon"
check "and says why" daemon_says 'event=stop command=stop calls=1 pinned=yes'
check "the call goes on in the kernel" both_ways 50
is "nobody answers then" "$(operate stop | grep -c 'no daemon answers')" 1

# --- drain ---
start_daemon -l "$relay_ip" -m 35000 -M 36000
set_up_call drained
check "drain says how many calls there are" grep -q 'with the last of [1-9]' <<<"$(operate drain)"
is "a new call is refused" "$(rtpp "U new $alice_ip 4000 from-new")" E99
check "the daemon stays while there is a call" kill -0 "$daemon"
kill -9 "$daemon"
wait "$daemon" 2>/dev/null
start_daemon -l "$relay_ip" -m 35000 -M 36000
check "one that is killed while it drains goes on when it is back" daemon_says event=draining
is "and refuses new calls" "$(rtpp "U new $alice_ip 4000 from-new")" E99
drained=$daemon
start_daemon -l "$relay_ip" -m 35000 -M 36000 --takeover
check "who takes over from it takes new calls" [ "$(rtpp "U new $alice_ip 4000 from-new")" != E99 ]
check "the other has left" ended "$drained"
operate drain >/dev/null
operate stop >/dev/null
check "the daemon ends" wait_for "$deadline" ended "$daemon"
start_daemon -l "$relay_ip" -m 35000 -M 36000
check "so does who follows one that was stopped" [ "$(rtpp "U newer $alice_ip 4000 from-newer")" != E99 ]
operate drain >/dev/null
kill -9 "$daemon"
wait "$daemon" 2>/dev/null
start_daemon -l "$relay_ip" -m 35000 -M 36000
for call in stopped drained new newer; do
	rtpp "D $call from-$call" >/dev/null
done
check "and ends with the last" wait_for "$deadline" ended "$daemon"

# --- take over ---
start_daemon -l "$relay_ip" -m 35000 -M 36000
set_up_call taken
check "a call is up" both_ways 50
first=$daemon
said=$(in_ns relay "$build/xdp-rtpproxy" -f -F -l "$relay_ip" -s "unix:$work/second" \
	--ctl "$work/second.sock" -p "$work/second.pid" --pin-root "$pins" 2>&1)
check "a second daemon is told who runs" grep -q "in use by another xdp-rtpproxy (pid $first)" <<<"$said"
said=$(in_ns relay "$build/xdp-rtpproxy" -f -F -l "$relay_ip" -s "unix:$work/second" --takeover \
	--ctl "$work/second.sock" -p "$work/second.pid" --pin-root "$pins" 2>&1)
check "one that cannot ask it to leave says so" \
	grep -q "is held by pid $first, which does not leave: no daemon answers at $work/second.sock" <<<"$said"
check "and the first one runs on" kill -0 "$first"
# What a second daemon, which would be refused, says.
refused_takeover()
{
	in_ns relay "$build/xdp-rtpproxy" -f -F -l "$relay_ip" -s udp:127.0.0.1:22222 --takeover \
		--ctl "$work/ctl.sock" -p "$work/pid" --pin-root "$pins" 2>&1
}
abi=$(sed -n 's/#define XRP_ABI_VERSION //p' include/xdp-rtpproxy/abi.h)
mv "$pins/$abi" "$pins/$((abi + 1))"
check "one that cannot go on with what is there says so" \
	grep -q "holds the calls of a newer xdp-rtpproxy" <<<"$(refused_takeover)"
mv "$pins/$((abi + 1))" "$pins/$abi"
check "and has not ended the first" [ "$(rtpp V)" = 20040107 ]
mv "$work/daemon.log" "$work/first.log"
# Both talk at 1,000 packets a second while it happens, and somebody asks all the time.
talk alice alice "$alice_ip:4000" "$alice_relay" --ssrc 0xa11ce --expect-ssrc 0xb0b --seq 400 \
	--count 1500 --expect 1500 --interval-ms 1
talk bob bob "$bob_ip:6000" "$bob_relay" --ssrc 0xb0b --expect-ssrc 0xa11ce --seq 400 \
	--count 1500 --expect 1500 --interval-ms 1
media_start
in_ns relay python3 tests/net/gap.py 127.0.0.1:22222 "$work/stop-asking" >"$work/gap" &
asker=$!
must wait_for "$deadline" [ -e "$work/stop-asking.up" ]
start_daemon -l "$relay_ip" -m 35000 -M 36000 --takeover
touch "$work/stop-asking"
wait "$asker"
between "commands were not answered for so many ms" 1 "$(cat "$work/gap")" 2000
echo "#   $(cat "$work/gap") ms"
check "they had begun before, and no packet of alice was lost" heard bob
check "nor of bob" heard alice
check "the first daemon has left" ended "$first"
check "because it was asked" grep -q 'event=stop command=leave calls=1' "$work/first.log"
check "the second says whom it followed" daemon_says "event=takeover pid=$first"
is "and has the pid file" "$(cat "$work/pid")" "$daemon"
check "commands are answered" [ "$(rtpp V)" = 20040107 ]
is "the call is known" "$(rtpp 'Q taken from-taken to-taken' | cut -d' ' -f2-3)" "1550 1550"

# --- two of them: the one that is asked is the one that holds the pins ---
other=$work/bpf/other
: >"$work/other.log"
exec nsenter --net=/run/netns/relay -- "$build/xdp-rtpproxy" -f -F -l "$relay_ip" -m 37000 -M 37999 \
	--no-xdp -s udp:127.0.0.1:22223 --ctl "$work/other.sock" -p "$work/other.pid" --pin-root "$other" \
	2>"$work/other.log" &
second=$!
check "another daemon runs on other pins" wait_for "$deadline" grep -q event=ready "$work/other.log"
said=$(in_ns relay "$build/xdp-rtpproxy" -f -F -l "$relay_ip" -m 37000 -M 37999 --no-xdp --takeover \
	-s udp:127.0.0.1:22223 --ctl "$work/ctl.sock" -p "$work/other.pid" --pin-root "$other" 2>&1)
check "who asks at the wrong socket is told" \
	grep -q "held by pid $second, .*pid $daemon answers at $work/ctl.sock" <<<"$said"
check "so is who detaches" grep -q "$other is in use by an xdp-rtpproxy (pid $second)" \
	<<<"$(operate --pin-root "$other" detach)"
check "and neither daemon was ended" kill -0 "$daemon" "$second"
said=$(in_ns relay "$build/xdp-rtpctl" --ctl "$work/other.sock" --pin-root "$other" detach)
check "at the right one it is" grep -q "^stopped the daemon (pid $second)" <<<"$said"
check "and ends" ended "$second"

# --- reload ---
cat >"$work/relay.conf" <<-END
	ttl = 60
	learn = auto
END
operate stop >/dev/null
check "the daemon ends" wait_for "$deadline" ended "$daemon"
start_daemon -l "$relay_ip" -m 35000 -M 36000 --config "$work/relay.conf"
is "a file that is as it was changes nothing" "$(operate reload)" 'nothing has changed'
cat >"$work/relay.conf" <<-END
	ttl = 90
	learn = strict
	punt-rate = 77
	max-calls = 100
	no-reserve-ports
END
is "what changes is named, and what waits" "$(operate reload)" "changed: ttl, setup-ttl, learn, punt-rate
needs a restart, which keeps calls: no-reserve-ports, max-calls"
is "the policy is the new one" "$(ctl status | jq -r .learn)" strict
offer later "$alice_ip" 4010
answer later "$bob_ip" 6010
is "and the time limit, for new calls" "$(rtpp 'Q later from-later to-later' | cut -d' ' -f1)" 90
printf 'ttl = 30\n\ntlt = 5\n' >"$work/relay.conf"
said=$(operate reload)
is "a bad file is refused" $? 1
check "with the line" grep -q "relay.conf, line 3: 'tlt' is not an option" <<<"$said"
offer even-later "$alice_ip" 4020
answer even-later "$bob_ip" 6020
is "and changes nothing" "$(rtpp 'Q even-later from-even-later to-even-later' | cut -d' ' -f1)" 90
printf 'ttl = 30\nlearn = auto\n' >"$work/relay.conf"
kill -RTMIN "$daemon"
reloaded()
{
	[ "$(ctl status | jq -r .learn)" = auto ]
}
check "SIGRTMIN reloads" wait_for "$deadline" reloaded
check "which is in the log" daemon_says 'event=reloaded changed="ttl,setup-ttl,learn,punt-rate"'

mkdir "$work/records"
cat >"$work/relay.conf" <<-END
	ttl = 30
	advertised = 203.0.113.77
	notify = tcp:127.0.0.1:9999
	record-dir = $work/records
	record-all
END
is "addresses and targets can be new, recording waits for its directory" "$(operate reload)" \
	"changed: advertised, notify
needs a restart, which keeps calls: record-dir, record-all"
offer told "$alice_ip" 4030
is "the new address is told" "${offer_reply#* }" 203.0.113.77
is "the new target is taken" "$(rtpp "U told2 $alice_ip 4032 from-told2 tcp:127.0.0.1:9999 tag" | wc -w)" 2
check "and refused is none" eval '! daemon_says event=notify_refused'
printf 'ttl = 30\n' >"$work/relay.conf"
is "a target that is gone waits, too" "$(operate reload)" "changed: advertised
needs a restart, which keeps calls: notify"
printf 'ttl = 30\nrecord-all\n' >"$work/relay.conf"
is "what does not fit together is refused" "$(operate reload)" \
	'xdp-rtpctl: -a records, so it needs a directory: -r DIR'

# --- detach, with a daemon that runs ---
check "the program is attached, the ports are reserved" \
	[ "$(attached to-alice)$(attached to-bob)$(reserved)" = 1135000-36000 ]
said=$(in_ns relay "$build/xdp-rtpctl" --ctl "$work/ctl.sock" --pin-root "$pins" detach)
check "detach stops the daemon" grep -q "^stopped the daemon (pid $daemon)" <<<"$said"
check "which ends well" ended "$daemon"
check "and says what went" \
	grep -qE "^removed [1-9][0-9]* maps and [1-9] links under $pins; .* back: 35000-36000$" <<<"$said"
is "no program is attached" "$(attached to-alice)$(attached to-bob)" 00
check "nothing is pinned" [ ! -e "$pins" ]
is "no port is reserved" "$(reserved)" ""
is "again there is nothing to do" "$(operate --json --pin-root "$pins" detach | jq -c '[.pid, .maps, .links, .ports]')" \
	'[null,0,0,null]'

# --- nobody comes back ---
start_daemon -l "$relay_ip" -m 35000 -M 36000 --heartbeat-timeout 2
set_up_call orphan
check "a call is up" both_ways 50
kill -9 "$daemon"
wait "$daemon" 2>/dev/null
check "it goes on when the daemon is killed" both_ways 50 --seq 200
gone_on()
{
	both_ways 5 --seq "$((seq += 100))" >/dev/null
}
stopped()
{
	! gone_on
}
seq=300
check "until none has come back for the time set" wait_for "$deadline" stopped
start_daemon -l "$relay_ip" -m 35000 -M 36000 --heartbeat-timeout 2
check "and again when one has" wait_for "$deadline" gone_on
check "which tells how many packets it let pass" [ "$(reason pass_no_daemon)" -ge 1 ]
operate --pin-root "$pins" detach >/dev/null
check "the daemon ends" wait_for "$deadline" ended "$daemon"

# --- in the background, where the working directory is another ---
printf 'ttl = 30\n' >"$work/relay.conf"
(cd "$work" && exec nsenter --net=/run/netns/relay -- "$build/xdp-rtpproxy" -F -l "$relay_ip" --no-pin \
	-s udp:127.0.0.1:22222 --ctl "$work/ctl.sock" -p "$work/pid" --config relay.conf)
printf 'ttl = 40\n' >"$work/relay.conf"
is "a file without a path is found again" "$(operate reload)" 'changed: ttl, setup-ttl'
is "without pins stop ends the calls" "$(operate stop)" \
	'the daemon leaves; nothing is pinned, so 0 media streams end'
check "the daemon ends" wait_for "$deadline" [ ! -e "$work/pid" ]

# --- instances ---
mount -t bpf bpf /sys/fs/bpf || exit 1
for name in one two; do
	[ $name = one ] && interface=to-alice || interface=to-bob
	: >"$work/$name.log"
	exec nsenter --net=/run/netns/relay -- "$build/xdp-rtpproxy" -f --instance $name \
		--interface $interface -m 3${#interface}000 -M 3${#interface}900 2>"$work/$name.log" &

	check "instance $name starts" wait_for "$deadline" grep -q event=ready "$work/$name.log"
	check "with a control socket of its own" [ -S "/run/xdp-rtpproxy-$name/rtpproxy.sock" ]
	check "and pins of its own" [ -d "/sys/fs/bpf/xdp-rtpproxy-$name" ]
done
is "each is found by its name" \
	"$(for name in one two; do in_ns relay "$build/xdp-rtpctl" --json --instance $name status |
		jq -r '.interfaces[].name'; done | paste -sd ' ')" "to-alice to-bob"
for name in one two; do
	said=$(in_ns relay "$build/xdp-rtpctl" --instance $name detach)
	check "instance $name is detached" grep -q "under /sys/fs/bpf/xdp-rtpproxy-$name;" <<<"$said"
	check "and leaves no pins" [ ! -e "/sys/fs/bpf/xdp-rtpproxy-$name" ]
done
wait
