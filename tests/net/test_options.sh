#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Wrong options, addresses and surroundings: exit 1 and one sentence that names the thing and the mend.
. "$(dirname "$0")/rig.sh"

shopt -s extglob
two_interfaces

# refused SENTENCE PATTERN OPTION...: the daemon, run in the relay's namespace, must refuse so.
refused() {
	local sentence=$1 pattern=$2 said status
	shift 2
	said=$(in_ns relay timeout 10 "$build/xdp-rtpproxy" -f -F --no-pin --ctl "$work/o.sock" \
		-p "$work/o.pid" -s "unix:$work/o.ctl" "$@" 2>&1)
	status=$?
	if [ "$status" = 1 ] && [ "$(grep -c . <<<"$said")" = 1 ] && grep -qE -- "$pattern" <<<"$said"; then
		ok "$sentence is refused and named"
	else
		not_ok "$sentence is refused and named"
		echo "#   exit $status: $said"
	fi
}

refused 'an unknown option' 'unknown option --frobnicate; --help' --frobnicate
refused 'an unknown letter' 'unknown option -Z; --help' -Z
refused 'an argument left out' '-m wants an argument' -m
refused 'a leftover word' "'word' is not an option" word
refused 'a port that is no number' "port-min wants a number from 1 to 65535, not 'x'" -m x
refused 'a port too high' 'port-max wants a number from 1 to 65535' -M 70000
refused 'a range upside down' 'port-min 5000 is above --port-max 4000' -m 5000 -M 4000
refused 'a range without a pair' 'no port pair in 10001 to 10002' -m 10001 -M 10002
refused 'a TOS too high' 'tos wants a number from 0 to 255' -t 256
refused 'a policy that is none' 'learn wants strict, host, auto or any' --learn maybe
refused 'a log level that is none' 'log wants LEVEL' -d loud
refused 'an address that is not on the host' '198.51.100.77 is not on this host.*-A' -l 198.51.100.77
refused 'an address that is none' "'nonsense' is no IPv4 address" -l nonsense
must cp /etc/hosts "$work/hosts"
printf '%s\n' '192.0.2.1 one.test' '192.0.2.1 both.test' '192.0.2.9 both.test' >>"$work/hosts"
must mount --bind "$work/hosts" /etc/hosts
refused 'a name with several addresses' "'both.test' has several IPv4 addresses" -l both.test
refused 'a name without an address' "'none.test' is no IPv4 address, nor a name" -l 192.0.2.1 -l x@none.test
refused 'a name of the other family' "'one.test' is no IPv6 address, nor a name" -6 one.test
refused 'a name with --no_resolve' "'one.test' is a name, and --no_resolve" -l one.test --no_resolve
refused 'an interface that is not there' "'eth77': no such interface" --interface eth77
refused 'a control socket that is none' 'xyz:1' -s xyz:1
refused 'a directory that is missing' '/nonexistent' -s unix:/nonexistent/x.sock

refused 'a group that is not there' "-u :nosuchgroup: there is no group 'nosuchgroup'" -u :nosuchgroup
refused 'a limit of files above the highest' '-L 9999999 is more than .*fs.nr_open=9999999' -L 9999999
must mkdir "$work/roots"
chmod 755 "$work"
refused 'a recording directory that the user may not write to' \
	"recordings cannot be put into $work/roots by the user of -u nobody: .*chown" -u nobody -r "$work/roots"
refused 'and a spool directory' "put into $work/roots by the user of -u nobody" \
	-u nobody -r /tmp -S "$work/roots"
refused 'IPv6 beside IPv4 without a bridge' "'::1': all but.*\(-6 name@::1\), .*\(-6 /::1\)" -l 192.0.2.1 -6 ::1
refused 'a second address without a label' "'::': all but the first need a label" -l 0.0.0.0 -6 ::
refused 'a family that is not the option'"'"'s' "'::1' is no IPv4 address" -l ::1
refused 'a bridge with one network' 'bridging needs both networks' -l 192.0.2.1/
refused 'an advertised address that is none' "'203.0.113.999' cannot be advertised" -A 203.0.113.999
refused 'an advertised name that is none' "'pbx example' cannot|not 'pbx example'" -A 'pbx example'
refused 'the same of one address' "'a:b' cannot be advertised" -l 192.0.2.1=a:b
must mkdir "$work/spool" "$work/records"
must mount -t tmpfs tmpfs "$work/spool"
refused 'a spool on another file system' "from -S $work/spool to -r $work/records: these are on different" \
	-r "$work/records" -S "$work/spool"
refused 'a spool without recordings' '-S .* -r is missing' -S /tmp
refused 'recording all to nowhere' '-a records, so it needs a directory' -a
refused 'a recording directory that is missing' 'recordings cannot be put into /nonexistent' -r /nonexistent
refused 'a notification target that is none' 'tcp:127.0.0.1:0' -n tcp:127.0.0.1:0
refused 'a user that is not there' "-u nosuchuser: there is no user 'nosuchuser'" -u nosuchuser
refused 'a scheduler that is none' 'scheduler wants fifo or rr' -c idle
refused 'a niceness too high' 'nice wants a number from -20 to 19' --nice 20
refused 'an RTCP way that is none' 'rtcp wants forward or regenerate' --rtcp drop
refused 'an instance with a dot' "instance wants up to 32 letters, digits, - and _, not 'a.b'" --instance a.b
refused 'taking over what is not pinned' 'takeover and --no-pin exclude each other' --takeover
refused 'an error code that is none' 'refuse-with wants a number from 7 to 98' --refuse-with 6

said=$(in_ns relay "$build/xdp-rtpproxy" -f --no-pin --ctl "$work/o.sock" -s udp:127.0.0.1:7722 2>&1)
check 'UDP commands as root must be meant' grep -q 'say -F if that is meant' <<<"$said"
said=$(in_ns relay setpriv --bounding-set=-bpf,-perfmon,-sys_admin,-net_raw "$build/xdp-rtpproxy" -f --no-pin \
	--ctl "$work/o.sock" -p "$work/o.pid" -s "unix:$work/o.ctl" 2>&1)
is 'capabilities that are missing are named all at once' "$(cut -d';' -f1 <<<"$said")" \
	'xdp-rtpproxy: these capabilities are missing: CAP_BPF, CAP_PERFMON, CAP_NET_RAW'
said=$(in_ns relay "$build/xdp-rtpproxy" --no-pin --ctl "$work/o.sock" -s stdio: 2>&1)
check 'commands on standard input need the foreground' grep -q 'needs the foreground' <<<"$said"

# --- rtpproxy's own options -------------------------------------------------------------------

help=$("$build/xdp-rtpproxy" --help)
check '--help lists the options' grep -q -- '-l, --listen' <<<"$help"

# help_line OPTION: what --help says of it.
help_line()
{
	grep -E -- "^  ($1, --| *$1( |\[|\$))" <<<"$help"
}

# What tells that an option was taken: with -V behind, all is read and nothing is started.
taken()
{
	"$build/xdp-rtpproxy" "$@" -V >"$work/said" 2>&1
}

# Whether it takes an argument, by the list.
argument_of()
{
	case $(help_line "$1") in
	*"--"+([a-z0-9_-])"[="*) echo maybe ;;
	"  $1, --"+([a-z0-9_-])"  "* | "      $1  "*) echo no ;;
	*) echo yes ;;
	esac
}

rows=0
while IFS='|' read -r option argument default try; do
	option=${option// /} argument=${argument// /} default=$(xargs <<<"$default")
	rows=$((rows + 1))
	# shellcheck disable=SC2086 # a command line
	if ! taken $try; then
		not_ok "rtpproxy's $option is taken:$try"
		sed 's/^/#   /' "$work/said"
	fi
	is "rtpproxy's $option is taken, with an argument: $argument" "$(argument_of "$option")" "$argument"
	[ -z "$default" ] ||
		check "the default of $option is $default" grep -qF "($default)" <<<"$(help_line "$option")"
done < <(grep -v '^#' tests/data/rtpproxy/options)
refused 'a switch with a word that is none' "pcap wants yes or no, not 'maybe'" --pcap=maybe
refused 'an argument too many' '--version takes no argument' --version=3
check 'all rows of the list were tried' [ "$rows" -ge 45 ]

is '-v begins with the basic version' "$("$build/xdp-rtpproxy" -v | head -n 1)" 'Basic version: 20040107'
check '-v lists extensions' grep -qE '^Extension 20260309: .' <<<"$("$build/xdp-rtpproxy" -v)"
check '-V prints the version' grep -qE '^[0-9]+\.[0-9]+' <<<"$("$build/xdp-rtpproxy" -V)"
is '-C names the clock' "$("$build/xdp-rtpproxy" -C)" CLOCK_MONOTONIC
"$build/xdp-rtpproxy" -\? >"$work/out" 2>"$work/err"
is '-? exits with 1' "$?" 1
check '-? prints to standard error' cmp -s "$work/err" <(cat <<<"$help")
is '-? prints nothing to standard output' "$(cat "$work/out")" ''

# warned SENTENCE PATTERN OPTION...: the daemon starts, and its log has the warning.
warned()
{
	local sentence=$1 pattern=$2

	shift 2
	start_daemon --no-xdp --no-pin "$@"
	check "$sentence" daemon_says "warning event=option .*$pattern"
	kill "$daemon" && wait "$daemon"
}

start_daemon --no-xdp --no-pin -l one.test
is 'a name to listen on is looked up' "$(rtpp "U name 192.0.2.2 4000 f" | cut -d ' ' -f 2)" 192.0.2.1
kill "$daemon" && wait "$daemon"
warned '-t -1 is no mark' 'TOS 0' -t -1
warned 'two advertised addresses for one network are one too many' '-A a/b is for two networks' \
	-A 203.0.113.9/203.0.113.10
for facility in auth authpriv cron daemon ftp kern lpr LOG_MAIL news syslog user log_uucp LOG_Local7; do
	check "-d info:$facility is taken" taken -d "INFO:$facility"
done
start_daemon --no-xdp --no-pin -p /nonexistent/pid
check 'a pid file that cannot be is warned of' daemon_says 'warning event=no_pid_file file=/nonexistent/pid'
kill "$daemon" && wait "$daemon"
printf '#!/bin/sh\nexec setpriv --bounding-set=-sys_nice --inh-caps=-sys_nice "%s" "$@"\n' "$build/xdp-rtpproxy" >"$work/plain"
must chmod +x "$work/plain"
program=$work/plain
warned '-c without CAP_SYS_NICE, too' 'real-time scheduling is not allowed' -c fifo
program=

must mkdir "$work/here"
in_background()
{
	(cd "$work/here" && in_ns relay "$build/xdp-rtpproxy" -F --no-pin --no-xdp --no-reserve-ports -s unix:rel.sock \
		-s cunix:crel.sock -p rel.pid --ctl rel.ctl)
}
check 'in the background, with relative paths, it starts' in_background
is 'what they name is where it was started' "$(cd "$work/here" && echo *)" 'crel.sock rel.ctl rel.pid rel.sock'
is 'and answers there' "$(in_ns relay "$build/rtppcmd" -s "unix:$work/here/rel.sock" V)" 20040107
must kill "$(cat "$work/here/rel.pid")"
check 'its sockets and pid file go with it' wait_for "$deadline" [ ! -e "$work/here/rel.pid" ]

warned '-N of old is taken' 'nothing, as in rtpproxy since 2.1' -N random
warned '-w 0660 is not what it looks like' '-w 0660 is decimal, that is mode 1224; for mode 0660 say -w 432' \
	-w 0660
warned 'nor is 660' '-w 660 is decimal.* for mode 0660 say -w 432' -w 660
start_daemon --no-xdp --no-pin -w 432
check 'but 432 is' eval '! daemon_says event=option'
kill "$daemon" && wait "$daemon"
start_daemon --no-xdp --no-pin -u :daemon -s "unix:$work/group.sock"
is '-u :group changes the group and stays root' \
	"$(awk '/^[UG]id:/ { print $3 }' "/proc/$daemon/status" | xargs)" "0 $(getent group daemon | cut -d: -f3)"
is 'its socket is for the group' "$(stat -c '%U:%G %a' "$work/group.sock")" 'root:daemon 755'
kill "$daemon" && wait "$daemon"
said=$(in_ns relay "$build/xdp-rtpproxy" -f --no-pin --ctl "$work/o.sock" -u :daemon -s udp:127.0.0.1:7722 2>&1)
check 'UDP commands must be meant with a group alone, too' grep -q 'say -F if that is meant' <<<"$said"

# --- the configuration file -------------------------------------------------------------------

# config LINE...: writes the file.
config()
{
	printf '%s\n' "$@" >"$work/config"
}

# refused_line SENTENCE PATTERN LINE...: the last line is wrong.
refused_line()
{
	local sentence=$1 pattern=$2

	shift 2
	config "$@"
	refused "$sentence" "--config $work/config, line $#: $pattern" --config "$work/config"
}

refused_line 'a name in the file that is none' "'frobnicate' is not an option" '# ours' 'frobnicate = 1'
refused_line 'a value in the file that is wrong' '--port-min wants a number' 'port-min = high'
refused_line 'a value in the file that is missing' 'ttl wants a value: ttl = SECONDS' '' 'ttl ='
refused_line 'a switch in the file that is neither' "pcap wants yes or no, not 'maybe'" 'pcap = maybe'
refused_line 'an action in the file' "'version' is not an option" 'version'
refused_line 'a file in the file' "'config' is not an option" 'config = /dev/null'
refused_line 'a quote that is not closed' "the quote ' has no second one" "user = 'me # you"
refused_line 'what stands behind quotes' "'you' stands behind the quotes" 'user = "me" you'
refused_line 'a line that is too long' 'the line is longer than' "user = $(printf '%01200d' 0)"
refused_line 'a block without an end' 'a \{ of the modules block has no \}' 'modules {' 'a { load = b'
refused_line 'a block that is none' "'other \{' is not an option" 'other {'
refused 'a file that is missing' '--config /nonexistent: No such file' --config /nonexistent

mkdir "$work/a # b"
config '# names are those of the options: a = b' 'listen = 192.0.2.1' 'port-min = 20000' \
	'port-max = "20100" # "quoted"' "record-dir = '$work/a # b' # there" \
	'  ordered-ports  ' 'foreground = yes' 'pcap = no' 'overload_prot' 'twice = yes' \
	'modules {' '	catch_dtmf { load = /usr/lib/x.so }' '}' 'log = dbug' '' 'ttl = 30 # seconds'
start_daemon --no-pin -M 20050 --config "$work/config" --no_resolve --dso x.so
check 'the file is read, and the command line wins' daemon_says 'event=ready .*ports=20000-20050'
is 'a switch of the file is on' "$(rtpp 'U c 192.0.2.2 4000 a')" '20000 192.0.2.1'
for sentence in '-2 is accepted' '--overload_prot is accepted' '--dso is accepted' \
	'modules \{ \} block .* passed over'; do
	check "what does nothing is said: $sentence" daemon_says "event=option .*$sentence"
done
is 'each of them once' "$(grep -c event=option "$work/daemon.log")" 4
kill "$daemon" && wait "$daemon"

# What a command line and a file make together. Only ordered ports begin with the first.
first_port()
{
	rtpp "U $1 192.0.2.2 4000 a"
}
config 'listen = 198.51.100.1' 'ordered-ports = no' 'port-min = 20000' 'port-max = 20050'
start_daemon --no-pin --config "$work/config" -b -l 192.0.2.1
is "the file's no does not undo a switch of the command line, nor its address the other" \
	"$(first_port c)" '20000 192.0.2.1'
kill "$daemon" && wait "$daemon"
config 'listen6 = ::1' 'ordered-ports' 'no_redirect' 'twice' 'port-max = 30100' \
	'port-max = 60000' 'port-min = 30000'
start_daemon --no-pin --ordered-ports=no --twice=no -l 192.0.2.1 --config "$work/config"
check 'the last of two lines counts' daemon_says 'event=ready .*ports=30000-60000'
firsts=$(for i in 1 2 3; do first_port "no$i"; done | paste -sd' ')
check "--name=no turns off what the file turns on" [ "$firsts" != \
	'30000 192.0.2.1 30002 192.0.2.1 30004 192.0.2.1' ]
check 'a warning is turned off, too' eval '! daemon_says event=option'
kill "$daemon" && wait "$daemon"
config 'ordered-ports' 'ordered-ports = no' 'ordered-ports = yes' 'pcap = yes' 'pcap = no'
start_daemon --no-pin --config "$work/config" -l 192.0.2.1 -m 20000
is 'the last of three lines counts for a switch' "$(first_port d)" '20000 192.0.2.1'
kill "$daemon" && wait "$daemon"

# --- what is hardly meant ---------------------------------------------------------------------

start_daemon --no-pin -l 192.0.2.1 -A no.such.name.invalid -m 22000 -M 23000
check 'a name to advertise that does not resolve is warned of' daemon_says \
	'event=option advertised=no.such.name.invalid does not resolve here'
check 'so is a control socket in the media range' daemon_says \
	'event=option socket=udp:127.0.0.1:22222 lies within the media ports 22000-23000'
is 'the name is told all the same' "$(rtpp 'U e 192.0.2.2 4000 a' | cut -d' ' -f2)" no.such.name.invalid
kill "$daemon" && wait "$daemon"
start_daemon --no-pin -l 192.0.2.1 -A 203.0.113.9 -m 22224 -M 23000
check 'neither is where there is nothing to warn of' eval '! daemon_says event=option'
kill "$daemon" && wait "$daemon"
