/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Features have dates, and VF asks for them: a SIP server that is told yes uses it. Known are all
 * those of rtpproxy 3.2. Not 20170313 (modifier t, which asks for a ttl) and 20210524: no rtpproxy
 * 3.2 says yes to them, and OpenSIPS would send a t that is not understood.
 */
#include <proto/rtpproxy.h>

#define NOTIFICATION "20081224"

static const struct {
	const char *date;
	const char *what;
} features[] = {
	{"20040107", "Basic RTP proxy functionality"},
	{"20050322", "Several media streams a call, and prompts"},
	{"20060704", "Version query with a date"},
	{"20071116", "Re-packetization (modifier z)"},
	{"20071218", "Copying what a party sends to another address or a file"},
	{"20080403", "Statistics of a call"},
	{"20081102", "Payload types given with update and lookup"},
	{NOTIFICATION, "Notification of timeouts (with -n)"},
	{"20090810", "Local address chosen by the remote one (modifier r)"},
	{"20140323", "Load shown by the information command (modifier l)"},
	{"20140617", "A limit of its own for calls that are set up"},
	{"20141004", "Counters of the whole relay"},
	{"20150330", "New port pair on demand (modifier n)"},
	{"20150420", "Loss and duplicates counted by sequence number"},
	{"20150617", "Notification to whoever gave the command (%%CC_SELF%%)"},
	{"20191015", "Subcommands after &&"},
	{"20200226", "Recording can be stopped (command N)"},
	{"20230205", "Telephone events hidden once they are notified"},
	{"20230314", "A query that deletes the call"},
	{"20230424", "Gaps and jitter in the statistics of a call"},
	{"20250523", "The port that a copy comes from is told (modifier p of C)"},
	{"20251015", "Time limit and TOS set for one side (subcommand S)"},
	{"20260306", "Local addresses named by labels"},
	{"20260308", "Update and lookup in one command (subcommand L)"},
	{"20260309", "A call that gets a copy of another one (subcommand C)"},
};

const char *rtpproxy_feature_at(unsigned int i, const char **what)
{
	if (i >= sizeof(features) / sizeof(features[0]))
		return NULL;
	*what = features[i].what;
	return features[i].date;
}

bool rtpproxy_feature(const struct rtpproxy_config *config, struct text date)
{
	if (text_equal(date, text_of(NOTIFICATION)) && !config->notify)
		return false;
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (text_equal(date, text_of(features[i].date)))
			return true;
	return false;
}
