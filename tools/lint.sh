#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks what the compiler does not: layers, licences, format, manuals, scripts, and two static
# analysers. All checks run, side by side; each says what it found, the last line sums up.
#
#   tools/lint.sh [CHECK...]   layers purity licences format manuals docs scripts units cppcheck tidy
#
# Wants the skeletons in $B/gen ($B: build), which `make lint` sees to.
set -u

cd "$(dirname "$0")/.." || exit 1
build=${B:-build}
export flags="-std=gnu11 -D_GNU_SOURCE -Itools/lint -Iinclude -Iuser -isystem $build/gen -DXRP_VERSION=\"0\""
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

user_sources()
{
	find user tests tools -name '*.c' ! -name '*.bpf.c' | sort
}

all_sources()
{
	find user tests tools bpf include -name '*.[ch]' | sort
}

# file:line:include of the files under $1, with < > and " " still on.
includes_of()
{
	grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include' "$@" |
		sed -E 's/:[[:space:]]*#[[:space:]]*include[[:space:]]*/:/'
}

# Arrows go down only: layer $1 may include from the layers "$@" of user/.
check_layer()
{
	local layer=$1 others

	others=$(printf '%s\n' base core proto io datapath daemon ctl |
		grep -vxF -f <(printf '%s\n' "$@") | paste -sd '|')
	if includes_of "user/$layer" | grep -E ":[<\"]($others)/"; then
		echo "    user/$layer may include only: $*"
		return 1
	fi
}

check_layers()
{
	local bad=0

	check_layer base base || bad=1
	check_layer core core base || bad=1
	check_layer proto proto core base || bad=1
	check_layer io io core base || bad=1
	check_layer datapath datapath core base || bad=1
	check_layer ctl ctl io datapath core base || bad=1
	check_layer daemon daemon io datapath proto core base || bad=1
	includes_of user | grep -E ':"?<?(\.\./)*bpf/[^<>"]*\.bpf\.|"\.\./' &&
		echo "    user and bpf meet in include/ only" && bad=1
	includes_of bpf include | grep -vE ':<(linux|bpf|xdp-rtpproxy)/[^>]*>|:"[a-z_]+\.h"' &&
		echo "    bpf and include may include only linux/, bpf/, xdp-rtpproxy/ and their own" && bad=1
	includes_of user/core user/proto |
		grep -E ':<(unistd|fcntl|time|poll|signal|pthread|sys/(time|mman|stat|ioctl|wait|random|un|epoll|timerfd)|net/if|event2/.*|libmnl/.*|bpf/.*)\.h>' &&
		echo "    core and proto make no system call and read no clock" && bad=1
	return $bad
}

# What the objects of core and proto ask of the C library: nothing of the world outside.
check_purity()
{
	local objects

	objects=$(find "$build/user/core" "$build/user/proto" -name '*.o' 2>/dev/null)
	[ -n "$objects" ] || return 0
	# shellcheck disable=SC2086 # a list of names without blanks
	nm -A -u $objects | grep -E ' (time|clock_[a-z]+|gettimeofday|rand|random|getrandom|socket|bind|send[a-z]*|recv[a-z]*|open|read|write|ioctl|fopen|printf|puts|syslog|getenv)(@.*)?$' &&
		echo "    core and proto make no system call, read no clock, draw no random number" && return 1
	return 0
}

check_licences()
{
	local bad=0 file wanted

	for file in $(all_sources) $(find tools tests -name '[!.]*.sh') Makefile; do
		wanted=GPL-2.0-or-later
		case $file in bpf/* | include/* | *.bpf.c | tools/bench/traffic.h | tools/storm/storm.h) wanted=GPL-2.0-only ;; esac
		head -n 2 "$file" | grep -q "SPDX-License-Identifier: $wanted" && continue
		echo "    $file does not open with 'SPDX-License-Identifier: $wanted'"
		bad=1
	done
	return $bad
}

check_format()
{
	all_sources | xargs clang-format --dry-run -Werror
}

check_manuals()
{
	mandoc -Tlint -Wwarning docs/*.8
}

# Every option, reason, log event and command must stand in the manual.
check_docs()
{
	local bad=0 word
	local daemon=docs/xdp-rtpproxy.8 ctl=docs/xdp-rtpctl.8

	missing()
	{
		echo "    $1 is not in $2"
		bad=1
	}
	for word in $(grep -oE '^[[:space:]]*X\([A-Z_]+, "[a-z_0-9]+"' include/xdp-rtpproxy/reasons.h |
		sed 's/.*"\(.*\)"/\1/'); do
		grep -qw "$word" $daemon || missing "reason $word" $daemon
	done
	for word in $(sed -nE "s/^	\{('.'|0), \"([a-z0-9_-]+)\".*/\2/p" user/daemon/options.c); do
		grep -qE "^\.It .*Fl Fl $word( |,|\$)" $daemon || missing "option --$word" $daemon
	done
	for word in $(find user -name '*.c' -exec grep -Pzoh '(log_event|_failed)\([^";]*"\K[a-z_]+(?=")' {} + |
		tr '\0' '\n' | sort -u); do
		grep -qw "$word" $daemon || missing "log event $word" $daemon
	done
	# Each type of the journal's records: its level, number and name.
	while read -r word; do
		grep -qF "| $word |" docs/journal.md || missing "type '$word'" docs/journal.md
	done < <(sed -nE 's/^	JOURNAL_(STREAM|LEG|CHANNEL|TOTALS)_([A-Z0-9_]+) = ([0-9]+),/\1 | \3 | `\2`/p' \
		user/core/journal_items.h | tr '[:upper:]' '[:lower:]')
	for word in $(grep -oE '^	\{"[a-z]+", (NULL|")' user/ctl/main.c | grep -oE '[a-z]{2,}' | sort -u) \
		$(grep -oE '\{"[a-z]+", (required_argument|no_argument)' user/ctl/main.c | grep -oE '"[a-z]+"' | tr -d '"'); do
		grep -qE "^\.It .*\b$word\b" $ctl || missing "$word" $ctl
	done
	return $bad
}

# Test scripts share variables with the rig that they source: not 2034 and 2154.
check_scripts()
{
	if ! command -v shellcheck >/dev/null; then
		echo "    skipped: shellcheck is not installed"
		return 0
	fi
	find tools tests .ci -type f \( -name '[!.]*.sh' -o -path .ci/run \) -print0 2>/dev/null |
		xargs -0 shellcheck --severity=warning --exclude=SC2034,SC2154
}

# What systemd says of the units: that they are right, and how exposed a service is (0 to 10, not
# above 3.0). The template is the unit with names of its own.
check_units()
{
	local bad=0 dir unit name said

	if ! command -v systemd-analyze >/dev/null; then
		echo "    skipped: systemd-analyze is not installed"
		return 0
	fi
	dir=$(mktemp -d)
	for unit in tools/systemd/*.service; do
		name=${unit##*/}
		# Commands need not be installed to be checked.
		sed 's|/usr/local/sbin/[a-z-]*|/bin/true|' "$unit" >"$dir/$name"
		said=$(systemd-analyze verify --man=no "$dir/${name/@/@a}" 2>&1 | grep -F "$dir/") && echo "    $said" && bad=1
		systemd-analyze security --offline=true --threshold=30 --no-pager "$dir/$name" >"$dir/said" 2>&1 ||
			{ tail -n 1 "$dir/said" && bad=1; }
	done
	diff <(grep '^[A-Z]' tools/systemd/xdp-rtpproxy.service) \
		<(sed -E 's/, instance %i|--instance %i |-%i//g' tools/systemd/xdp-rtpproxy@.service | grep '^[A-Z]') ||
		{ echo "    the template differs from the unit" && bad=1; }
	rm -rf "$dir"
	return $bad
}

# Not uninitvar: wrong on list macros, and gcc and clang look for that, too.
check_cppcheck()
{
	# shellcheck disable=SC2046 # a list of names without blanks
	cppcheck --quiet -j "$(nproc)" --std=c11 --error-exitcode=1 --inline-suppr \
		--enable=warning,performance,portability \
		--suppress=uninitvar --suppress='*:*/gen/*' \
		--include=tools/lint/cppcheck.h -D__x86_64__ -D_GNU_SOURCE \
		-DXRP_VERSION='"0"' -Itools/lint -Iinclude -Iuser \
		$(user_sources)
}

check_tidy()
{
	# One file a run: clang-tidy 14 takes a va_list for uninitialised when it has seen another file.
	# What it finds inside the generated skeletons is bpftool's, not ours.
	# shellcheck disable=SC2016 # expanded by the inner shell
	user_sources | xargs -P "$(nproc)" -n 1 sh -c '
		found=$(clang-tidy --quiet "$1" -- $flags 2>/dev/null)
		echo "$found" | grep -E "(warning|error):" | grep -vq "\.skel\.h:" || exit 0
		echo "$found"
		exit 1' tidy
}

need()
{
	for tool in clang-format clang-tidy cppcheck mandoc; do
		command -v $tool >/dev/null && continue
		echo "lint: $tool is missing: run 'sudo tools/setup.sh check'" >&2
		exit 1
	done
}

need
[ $# -gt 0 ] || set -- layers purity licences format manuals docs scripts units cppcheck tidy
for check in "$@"; do
	(check_"$check" >"$logs/$check" 2>&1 || echo "$check" >>"$logs/failed") &
done
wait
touch "$logs/failed"
for check in "$@"; do
	if grep -qx "$check" "$logs/failed"; then
		echo "lint: $check"
		sed 's/^/  /' "$logs/$check"
	else
		grep -h skipped "$logs/$check"
	fi
done
if [ -s "$logs/failed" ]; then
	echo "lint: failed: $(paste -sd ' ' "$logs/failed")"
	exit 1
fi
echo "lint: $# checks passed"
