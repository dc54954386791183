# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Words to tell a SIP call with, in the world of tools/world.sh. Sourced, not run.

# shellcheck source=tools/world.sh
. tools/world.sh

declare -A MEDIA_PORT=([alice]=4000 [bob]=5000 [home]=4000)
declare -A SSRC=([alice]=0xa11ce [bob]=0xb0b [home]=0x803e)
failures=0

# check SENTENCE COMMAND...: a case that passes when the command does.
check()
{
	local sentence=$1

	shift
	if "$@"; then
		echo "ok - $sentence"
	else
		echo "not ok - $sentence"
		failures=$((failures + 1))
	fi
}

# kamailio_up [OPTION...]: with the configuration that we ship.
kamailio_up()
{
	at relay kamailio -f docs/kamailio.cfg -DD -E -m 32 -M 4 -w "$work" -P "$work/kamailio.pid" \
		-A "SIP_LISTEN=udp:$RELAY:5060" "$@" >"$work/kamailio.log" 2>&1 &
	wait_for 5 listens relay 5060 || die "Kamailio does not start"
}

# phone HOST SCENARIO CALL-ID [OPTION...]: starts a sipp there. What it is told goes to the file
# $work/HOST.CALL-ID.told: a line `ADDRESS PORT` for each SDP, `ringing` for a 180 that is awaited.
phone()
{
	local host=$1 scenario=$2 id=$3

	at "$host" sipp -sf "tests/e2e/sipp/$scenario.xml" -i "${ADDRESS[$host]}" -p 5060 \
		-key audio_port "${MEDIA_PORT[$host]}" -cid_str "$id" -m 1 -nostdin \
		-timeout 20s -trace_err -error_file "$work/$host.$id.errors" -trace_logs \
		-log_file "$work/$host.$id.told" "${@:4}" $RELAY:5060 >"$work/$host.$id.sipp" 2>&1 &
	declare -g "phone_$host=$!"
	wait_for 5 listens "$host" 5060
}

# Did the phone's scenario go as it is written?
phone_done()
{
	local pid=phone_$1

	wait "${!pid}"
}

# register HOST: under its own name.
register()
{
	phone "$1" register "register-$1" -s "$1"
	phone_done "$1"
}

# Tells a phone to go on: its scenario waits for this message, not for a time.
go_on()
{
	local host=$1 id=$2

	messages=$((${messages-0} + 1))
	printf '%s\r\n' "INFO sip:go@on SIP/2.0" "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK-$messages" \
		"From: <sip:test@go>;tag=$messages" "To: <sip:test@on>" "Call-ID: $id" \
		"CSeq: $messages INFO" "Content-Length: 0" "" |
		at "$host" bash -c "cat >/dev/udp/${ADDRESS[$host]}/5060"
}

# told HOST CALL-ID N: has the phone been told N things?
told()
{
	[ "$(grep -c . "$work/$1.$2.told" 2>/dev/null)" -ge "$3" ]
}

# relay_of HOST CALL-ID: where the last SDP told this phone to send, as ADDRESS:PORT.
relay_of()
{
	tail -n 1 "$work/$1.$2.told" | tr ' ' ':'
}

# speak HOST CALL-ID COUNT EXPECT FROM: sends RTP and hears FROM's, as it came from the relay and
# unharmed; the report goes to $work/HOST.rtp.
speak()
{
	local host=$1 to

	to=$(relay_of "$host" "$2")
	at "$host" "$B/rtpgen" --local "${ADDRESS[$host]}:${MEDIA_PORT[$host]}" --remote "$to" \
		--ssrc "${SSRC[$host]}" --count "$3" --interval-ms 5 --expect "$4" \
		--expect-from "$to" --expect-ssrc "${SSRC[$5]}" --json \
		>"$work/$host.rtp" 2>"$work/$host.rtp.errors"
}

# Shows what may explain a failure, and ends the script.
finish()
{
	if [ $failures -gt 0 ]; then
		status | jq -c '[.reasons[] | select(.packets > 0) | {(.name): .packets}] | add'
		tail -n 30 "$work"/relay.log "$work"/kamailio.log "$work"/*.errors "$work"/*.rtp
		exit 1
	fi
	exit 0
}
