#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The unit under a real systemd, which is process 1 of namespaces of its own, on an overlay over this
# host's files: the sandbox fits, and reload, restart, crash and watchdog keep the calls.
. "$(dirname "$0")/rig.sh"

skip()
{
	echo "ok - the unit runs under systemd # skip $1"
	exit 0
}

hierarchy=/sys/fs/cgroup/systemd
[ -e /sys/fs/cgroup/cgroup.controllers ] && hierarchy=/sys/fs/cgroup
cgroup=$hierarchy/xrp-test-$RANDOM$RANDOM
[ -x /lib/systemd/systemd ] || skip "there is no systemd"
mkdir "$cgroup" 2>/dev/null || skip "no control group can be made"
end()
{
	find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
	rig_end
}
trap end EXIT

root=$work/root
units=$root/etc/systemd/system
mkdir "$work/over" && mount -t tmpfs tmpfs "$work/over" && mkdir "$work/over/files" "$work/over/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/over/files,workdir=$work/over/work" "$root" 2>/dev/null ||
	skip "no overlay can be mounted"

# The commands of the operator, each with what it said.
probe()
{
	cat <<-'END'
		exec >/out/said 2>&1
		say() { echo "$1: $(shift; "$@" 2>&1 | paste -sd '|')"; }
		pid() { systemctl show -p MainPID --value xdp-rtpproxy; }
		restarts() { systemctl show -p NRestarts --value xdp-rtpproxy; }
		# Until it was restarted so often and serves again.
		restarted() {
			for i in $(seq 300); do
				[ "$(restarts)" = "$1" ] && systemctl is-active -q xdp-rtpproxy && break
				sleep 0.05
			done
			calls
		}
		calls() { xdp-rtpctl --json calls | jq -r '.calls[].call_id'; }
		say start systemctl start xdp-rtpproxy
		cat /out/daemon.log
		say status grep -E '^(Uid|CapPrm|CapBnd|NoNewPrivs|Seccomp):' /proc/$(pid)/status
		say reserved cat /proc/sys/net/ipv4/ip_local_reserved_ports
		say attached xdp-rtpctl --json status
		say offer rtppcmd -s udp:127.0.0.1:22222 'U one 192.0.2.9 4000 from'
		say answer rtppcmd -s udp:127.0.0.1:22222 'L one 192.0.2.8 4000 from to'
		say calls calls
		echo 'ttl = 99' >>/etc/xdp-rtpproxy.conf
		say reload systemctl reload xdp-rtpproxy
		grep reloaded /out/daemon.log
		say restart systemctl restart xdp-rtpproxy
		say after-restart calls
		kill -9 $(pid)
		say after-kill restarted 1
		kill -STOP $(pid)
		say after-hang restarted 2
		say detach xdp-rtpctl detach
		say pins ls /sys/fs/bpf
		say unreserved cat /proc/sys/net/ipv4/ip_local_reserved_ports
		say state systemctl is-active xdp-rtpproxy
		systemctl --force --force poweroff
	END
}

# What systemd finds: the unit, without the rest of a host that it would come after.
furnish()
{
	must mount -t proc proc "$root/proc"
	must mount -t sysfs sysfs "$root/sys"
	must mount -t bpf -o mode=0700 bpf "$root/sys/fs/bpf"
	must mount --rbind /dev "$root/dev"
	must mount -t tmpfs tmpfs "$root/run"
	must mount -t tmpfs tmpfs "$root/tmp"
	mkdir -p "$work/out" "$root/out" "$units/xdp-rtpproxy.service.d"
	must mount --bind "$work/out" "$root/out"
	rm -rf "$units"/*.wants
	must make -s -o all install B="$build" DESTDIR="$root" PREFIX=/usr/local >/dev/null
	must chroot "$root" systemd-sysusers /usr/local/lib/sysusers.d/xdp-rtpproxy.conf 2>/dev/null
	cp "$build/rtppcmd" "$root/usr/local/bin/"
	echo 'listen = 192.0.2.1' >>"$root/etc/xdp-rtpproxy.conf"
	cat >"$units/xdp-rtpproxy.service.d/test.conf" <<-END
		[Unit]
		DefaultDependencies=no
		Wants=
		After=
		[Service]
		WatchdogSec=1
		StandardError=append:/out/daemon.log
	END
	probe >"$root/probe"
	printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/bin/bash /probe\n' \
		>"$units/probe.service"
	printf '[Unit]\nDefaultDependencies=no\nWants=probe.service\n' >"$units/probe.target"
}

# In the new namespaces: control groups below our own, then process 1.
boot()
{
	if [ "$hierarchy" = /sys/fs/cgroup ]; then
		mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
	else
		mount -t tmpfs tmpfs "$root/sys/fs/cgroup" && mkdir "$root/sys/fs/cgroup/systemd" &&
			mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
	fi || exit 1
	mount -t proc proc "$root/proc" || exit 1
	container=lxc exec chroot "$root" /lib/systemd/systemd --system --unit=probe.target \
		--log-target=null --show-status=no
}

# said NAME: what the probe's command said.
said()
{
	sed -n "s/^$1: //p" "$work/out/said"
}

add_ns relay alice bob
add_link relay to-alice 192.0.2.1/24 alice eth0 192.0.2.9/24
furnish
export -f boot
export hierarchy root
bash -c 'echo $BASHPID >"$0/cgroup.procs" && exec timeout -k 1 60 nsenter --net=/run/netns/relay -- \
	unshare --pid --mount --uts --ipc --cgroup --fork --kill-child bash -c boot' "$cgroup" \
	>"$work/daemon.log" 2>&1
[ -s "$work/out/said" ] || { cat "$work/daemon.log"; skip "systemd does not come up in namespaces"; }

is "the unit starts" "$(said start)" ""
uid=$(chroot "$root" id -u xdp-rtpproxy)
few=000000c000003000
is "it is its user, with four capabilities, no way to others, behind a filter" "$(said status | tr -d '\t')" \
	"Uid:$uid$uid$uid$uid|CapPrm:$few|CapBnd:0000000000000000|NoNewPrivs:1|Seccomp:2"
is "the media ports are reserved" "$(said reserved)" 35000-65000
check "the program is attached" grep -q '"mode": "native"' <<<"$(said attached)"
check "an offer is answered" grep -q ' 192.0.2.1$' <<<"$(said offer)"
check "and an answer" grep -q ' 192.0.2.1$' <<<"$(said answer)"
is "there is a call" "$(said calls)" one
is "a reload works" "$(said reload)" ""
check "and takes over what has changed" grep -q 'event=reloaded changed="ttl,setup-ttl"' "$work/out/said"
is "so does a restart" "$(said restart)" ""
is "which keeps the call" "$(said after-restart)" one
is "so does kill -9" "$(said after-kill)" one
is "and a daemon that hangs is ended and started again, with the call" "$(said after-hang)" one
check "detach says what went" grep -q 'removed .* back: 35000-65000' <<<"$(said detach)"
is "and leaves no pins, no ports, and a unit that is not started again" \
	"$(said pins | grep -c rtpproxy) $(said unreserved) $(said state)" "0  inactive"
