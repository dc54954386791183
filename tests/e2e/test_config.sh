#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The Kamailio configuration that we ship: each of its switches is understood, passwords are asked
# for, and strangers are not relayed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# valid OPTION...: does Kamailio take the configuration?
valid()
{
	in_ns relay kamailio -c -f docs/kamailio.cfg "$@" >"$work/valid.log" 2>&1 && return
	sed 's/^/#   /' "$work/valid.log"
	return 1
}

# refused HOST CALL-ID STATUS: did the phone's scenario end by this answer?
refused()
{
	! wait "${phone[$1]}" && grep -q "SIP/2.0 $3" "$work/$1.$2.errors"
}

switches()
{
	check "the configuration is valid as it is" valid
	check "with an address to advertise" valid -A SIP_LISTEN=udp:127.0.0.1:5060 \
		-A SIP_ADVERTISE=198.51.100.7:5060
	check "with a domain and another socket" valid -A 'SIP_DOMAIN="example.org"' \
		-A 'RTPPROXY="unix:/run/rtpproxy.sock"'
	check "with all switches" valid -A WITH_AUTH -A WITH_OPEN_RELAY -A WITH_MHOMED \
		-A WITH_RECORDING -A WITH_STATISTICS -A RTPPROXY_RETRY=60 -A 'HOLD_MUSIC="/srv/hold"'
	check "the configuration of the other tests, too" valid -f tests/e2e/verbs.cfg \
		-A SIP_LISTEN=udp:127.0.0.1:5060
}

passwords()
{
	start_phone alice register_auth wrong -s alice -au alice -ap no
	check "a wrong password is refused" refused alice wrong 401
	start_phone alice register_auth unknown -s carol -au carol -ap ''
	check "an unknown user is refused" refused alice unknown 401
	start_phone alice options_out stranger -s "bob@${address[bob]}:5060"
	check "who is not registered is not relayed" refused alice stranger 403
	start_phone alice register_auth right -s alice -au alice -ap change-me-1
	check "the right password is taken" phone_done alice right
}

# Alice is registered from her address. Somebody who takes her name elsewhere is not.
relaying()
{
	start_phone bob options_in out
	start_phone alice options_out out -s "bob@${address[bob]}:5060"
	check "who is registered is relayed" phone_done alice out
	check "bob was reached" phone_done bob out
	start_phone home options_out forged -s "bob@${address[bob]}:5060"
	check "with her name from another address, nobody is" refused home forged 403
}

sip_world
switches
start_kamailio -A WITH_AUTH
passwords
relaying
