#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs tests one after the other and sums them up:
#
#   tests/run.sh            all there are: what `make check` runs
#   tests/run.sh TEST...    a TEST is a program or script, or a command line in one argument
#
# A test passes by exit status 0. Each has TEST_TIMEOUT seconds (default 600: the analysers of lint
# want two minutes of a free machine). What it says goes to $B/logs (default build/logs); on failure
# its last lines are shown. The last line counts single
# cases where a test tells them (cmocka's summaries, lines `ok - ...` and `not ok - ...`), else the
# test counts as one case.
set -u

build=${B:-build}
logs=$build/logs
limit=${TEST_TIMEOUT:-600}
tail_lines=${TEST_TAIL:-40}
total_passed=0
total_failed=0

# The name of a test for the screen and for its log.
name_of()
{
	local name=${1#"$build"/}

	name=${name#tests/}
	printf '%s' "${name%.sh}"
}

# Counts the cases in log $1 of a test that ended with status $2: sets passed and failed.
count_cases()
{
	read -r passed failed < <(awk '
		/^\[  PASSED  \] [0-9]+ test\(s\)/ { passed += $4 }
		/^\[  FAILED  \] [0-9]+ test\(s\)/ { failed += $4 }
		/^ok( [0-9]+)? - / && !/# [Ss][Kk][Ii][Pp]/ { passed++ }
		/^not ok( [0-9]+)? - / { failed++ }
		END { print passed + 0, failed + 0 }' "$1")
	if [ "$2" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
	elif [ "$2" -eq 0 ] && [ $((passed + failed)) -eq 0 ]; then
		passed=1
	fi
}

# The command of a test: a path is run as it is, a command line by the shell.
run_one()
{
	case $1 in
	*' '*) timeout -k 10 "$limit" bash -c "$1" ;;
	*/*) timeout -k 10 "$limit" "$1" ;;
	*) timeout -k 10 "$limit" "./$1" ;;
	esac
}

show_failure()
{
	case $2 in 124 | 137) echo "    did not end within $limit s" ;; esac
	tail -n "$tail_lines" "$1" | sed 's/^/    /'
	echo "    (exit status $2; all of it: $1)"
}

run_test()
{
	local name log began status verdict=ok

	name=$(name_of "$1")
	log=$logs/$(printf '%s' "$name" | tr -c 'A-Za-z0-9._-' '-').log
	began=$EPOCHREALTIME
	run_one "$1" >"$log" 2>&1 </dev/null
	status=$?
	count_cases "$log" "$status"
	[ "$failed" -eq 0 ] || verdict=FAILED
	awk -v name="$name" -v verdict="$verdict" -v passed="$passed" -v failed="$failed" \
		-v began="${began/,/.}" -v ended="${EPOCHREALTIME/,/.}" 'BEGIN {
			cases = passed + failed > 1 ? sprintf("  %d cases", passed + failed) : ""
			printf "%-6s  %-44s %6.2f s%s\n", verdict, name, ended - began, cases }'
	grep -iE '^ok.* # skip' "$log" | sed 's/^/    /'
	[ "$failed" -eq 0 ] || show_failure "$log" "$status"
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
}

# Every test by its source, so that one that was not built fails. The quick ones come first.
all_tests()
{
	local source name

	for source in tests/{unit,packet,model}/test_*.c; do
		name=${source##*/}
		tests+=("$build/tests/${name%.c}")
	done
	for source in tests/fuzz/fuzz_*.c; do
		name=${source##*/fuzz_}
		tests+=("$build/tests/replay_${name%.c} tests/fuzz/corpus/${name%.c}")
	done
	tests+=("make -s lint" tests/net/test_*.sh tests/net/security/test_*.sh tests/e2e/test_*.sh)
}

tests=("$@")
if [ $# -eq 0 ]; then
	cd "$(dirname "$0")/.." || exit 1
	shopt -s nullglob
	all_tests
fi
mkdir -p "$logs" || exit 1
for test in "${tests[@]}"; do
	run_test "$test"
done
echo "$total_passed passed, $total_failed failed"
[ "$total_failed" -eq 0 ]
