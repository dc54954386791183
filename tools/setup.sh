#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs the Debian packages that are missing, and says which:
#
#   tools/setup.sh build    what `make` and `make run` need
#   tools/setup.sh check    that, and what `make check`, `demo`, `bench`, `lint`, `asan` and `fuzz` need
#
# With nothing missing it says nothing and takes a few milliseconds, so make calls it each time.
# SKIP_SETUP=1 skips it, for hosts that have the same things by other names.
set -u

build=(make gcc libc6-dev clang llvm bpftool pkg-config libbpf-dev libelf-dev zlib1g-dev
	libevent-dev libmnl-dev uthash-dev libjansson-dev libpcap-dev libcap-ng-dev libseccomp-dev
	libcmocka-dev)
check=(libclang-rt-14-dev clang-tidy clang-format cppcheck
	iproute2 nftables ethtool procps jq python3 mandoc kamailio sip-tester tshark
	sox libsox-fmt-base ffmpeg libbcg729-dev shellcheck systemd strace)

die()
{
	printf 'tools/setup.sh: %s\n' "$*" >&2
	exit 1
}

# The packages among "$@" that are not installed, a line each.
missing()
{
	dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
		awk -v wanted="$*" '
			$2 == "installed" { have[$1] = 1 }
			END {
				n = split(wanted, want, " ")
				for (i = 1; i <= n; i++)
					if (!(want[i] in have))
						print want[i]
			}'
}

# Debian starts a service as soon as it is installed. None is wanted here: tests start their own.
forbid_service_start()
{
	[ ! -e /usr/sbin/policy-rc.d ] || return 0
	printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
	trap 'rm -f /usr/sbin/policy-rc.d "$log"' EXIT
}

# ... nor after the next boot. Only for a Kamailio that this script brought.
disable_kamailio()
{
	[[ " $* " == *" kamailio "* ]] && [ -d /run/systemd/system ] || return 0
	systemctl --quiet disable kamailio.service 2>/dev/null
	return 0
}

apt()
{
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
		-o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1
}

# Fresh lists are fetched only when the ones at hand do not do.
install_packages()
{
	apt install -y --no-install-recommends "$@" && return
	echo "tools/setup.sh: fetching package lists (apt-get update)"
	apt update && apt install -y --no-install-recommends "$@" && return
	sed 's/^/    /' "$log" | tail -n 15 >&2
	die "apt-get could not install: $*. Is the network up, and are Debian's sources in /etc/apt?"
}

case "${1-}" in
build) wanted=("${build[@]}") ;;
check) wanted=("${build[@]}" "${check[@]}") ;;
*) die "usage: tools/setup.sh build|check" ;;
esac
[ -z "${SKIP_SETUP-}" ] || exit 0
command -v dpkg-query >/dev/null ||
	die "this is not Debian. Install what these packages hold, then set SKIP_SETUP=1: ${wanted[*]}"

mapfile -t absent < <(missing "${wanted[@]}")
[ ${#absent[@]} -gt 0 ] || exit 0
[ "$(id -u)" -eq 0 ] ||
	die "packages are missing and installing them takes root; run: sudo apt-get install ${absent[*]}"

echo "tools/setup.sh: installing ${absent[*]}"
log=$(mktemp) || die "no temporary file can be made"
trap 'rm -f "$log"' EXIT
forbid_service_start
install_packages "${absent[@]}"
disable_kamailio "${absent[@]}"
