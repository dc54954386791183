/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Features have dates, and VF asks for them. Only what this program does stands here: a SIP server
 * that is told yes uses it. Missing on purpose, and known to rtpproxy 3.2, are for example
 * re-packetization (20071116), copying and recording (20071218), notifications (20081224) and
 * subcommands (20191015).
 */
#include <proto/rtpproxy.h>

static const struct {
	const char *date;
	const char *what;
} features[] = {
	{"20040107", "Basic RTP proxy functionality"},
	{"20050322", "Several media streams a call"},
	{"20060704", "Version query with a date"},
	{"20080403", "Statistics of a call"},
	{"20081102", "Payload types given with update and lookup"},
	{"20090810", "Local address chosen by the remote one (modifier r)"},
	{"20140323", "Load shown by the information command (modifier l)"},
	{"20141004", "Counters of the whole relay"},
	{"20150330", "New port pair on demand (modifier n)"},
	{"20150420", "Loss and duplicates counted by sequence number"},
};

const char *rtpproxy_feature_at(unsigned int i, const char **what)
{
	if (i >= sizeof(features) / sizeof(features[0]))
		return NULL;
	*what = features[i].what;
	return features[i].date;
}

bool rtpproxy_feature(struct text date)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (text_equal(date, text_of(features[i].date)))
			return true;
	return false;
}
