/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Learning, as a table of sentences and scripts (the language is told in learn_script.h), and a
 * random walk that checks what must never happen. Mallory's packets stand in many rows: she knows
 * the port, at times the SSRC, and always sends too early, too late or from the wrong place.
 */
#include <errno.h>
#include "learn_script.h"

static const struct learn_case first_packets[] = {
	{"nobody is signalled: nothing to send to, everybody may try", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 row = a", "0 sweep = no expecting - -")},
	{"strict and host wait for a signalled address", LEARN_STRICT, ON_RTP,
	 SCRIPT("0 row = -", "0 rtp alice 7 1 = refuse", "20 rtp alice 7 2 = refuse",
		"20 rtp alice 7 3 = refuse expecting - -")},
	{"host, nobody signalled: no strangers", LEARN_HOST, ON_RTP,
	 SCRIPT("0 row = -", "0 rtp alice 7 1 = refuse", "20 rtp alice 7 2 = refuse")},
	{"the signalled endpoint may send and is sent to at once", LEARN_STRICT, ON_RTP,
	 SCRIPT("0 signal alice = yes! expecting alice alice", "0 row = P",
		"20 rtp alice 7 1 = accept! locked alice alice", "40 rtp alice 7 2 = accept")},
	{"its first packet may be anything: DTLS, STUN, UDPTL", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 stun alice = accept! locked alice alice")},
	{"RTCP on the RTP port (RFC 5761) is the peer's too", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtcp alice = accept! locked alice alice",
		"30 rtcp alice = accept")},
	{"it spoke in the kernel: confirmed by the sweep", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "500 sweep = no expecting alice alice",
		"1000 kernel 7 1 = yes! locked alice alice", "2000 kernel 7 50 = no")},
	{"it spoke in the kernel: confirmed before a stranger is judged", LEARN_ANY, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp mallory 9 1 = refuse", "30 kernel 7 1 = yes!",
		"40 rtp mallory 9 2 = refuse locked alice alice")},
	{"strict: another port of the address is refused", LEARN_STRICT, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice/4444 7 1 = refuse",
		"40 rtp alice/4444 7 2 = refuse", "60 rtp alice/4444 7 3 = refuse",
		"80 rtp alice 7 4 = accept! locked alice alice")},
	{"host: the first RTP of another port decides", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "0 row = Pp",
		"20 rtp alice/4444 7 1 = accept! locked alice/4444 alice/4444",
		"40 rtp alice 8 1 = refuse", "60 rtp alice 8 2 = refuse")},
	{"host: another port needs RTP, not just anything", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 stun alice/4444 = refuse",
		"40 rtcp alice/4444 = refuse expecting alice alice")},
	{"host: a stranger is refused, before and after", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal home = yes!", "10 rtp mallory 9 1 = refuse",
		"20 rtp mallory 9 2 = refuse", "30 rtp home 7 1 = accept! locked home home",
		"40 rtp mallory 9 3 = refuse", "50 rtp mallory 9 4 = refuse locked home home")},
	{"auto: a global address is believed, strangers are not", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "0 row = Pp", "20 rtp nat 7 1 = refuse",
		"40 rtp nat 7 2 = refuse", "60 rtp nat 7 3 = refuse expecting alice alice")},
	{"auto: a global IPv6 address likewise", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal six = yes!", "0 row = Pp",
		"20 rtp six/9 7 1 = accept! locked six/9 six/9")},
	{"the null address counts as not given", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal null = no expecting - -", "0 signal null6 = no expecting - -",
		"0 signal alice = yes!", "0 signal null = no expecting alice alice")},
	{"so do multicast, broadcast, loopback and port 0", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal group = no", "0 signal group6 = no", "0 signal all = no",
		"0 signal local = no", "0 signal alice/0 = no expecting - -")},
	{"nor are they learned", LEARN_ANY, ON_RTP,
	 SCRIPT("0 rtp group 7 1 = refuse", "1 rtp group 7 2 = refuse", "2 rtp all 7 1 = refuse",
		"3 rtp all 7 2 = refuse", "4 rtp local 7 1 = refuse", "5 rtp local 7 2 = refuse",
		"6 rtp null 7 1 = refuse", "7 rtp null 7 2 = refuse", "8 rtp nat/0 7 1 = refuse",
		"9 rtp nat/0 7 2 = refuse expecting - -")},
	{"our own endpoints are never learned", LEARN_ANY, ON_RTP,
	 SCRIPT("0 own bob = refuse", "1 own bob = refuse", "2 signal bob = yes!",
		"3 own bob = refuse expecting bob bob")},
	{"a leg on loopback has peers on loopback", LEARN_AUTO, ON_LOOPBACK,
	 SCRIPT("0 signal local = yes! expecting local local",
		"1 rtp local 7 1 = accept! locked local local")},
	{"the same address again changes nothing", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "0 signal alice = no expecting alice alice",
		"9 rtp alice 7 1 = accept!", "10 signal alice = no locked alice alice")},
	{"another address before anybody spoke replaces the first", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "5 signal home = yes! expecting home home",
		"9 signal bob = yes! expecting bob bob", "20 rtp alice 7 1 = refuse",
		"40 rtp bob 7 1 = accept! locked bob bob")},
};

static const struct learn_case strangers[] = {
	{"private: a stranger is learned from the second packet in sequence on", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes! expecting home home", "0 row = Ppa",
		"20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept! latched nat nat",
		"60 rtp nat 7 3 = accept", "60 row = Ppe home")},
	{"shared (RFC 6598) and link-local addresses likewise", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal shared = yes!", "20 rtp nat 7 1 = refuse",
		"40 rtp nat 7 2 = accept! latched nat nat", "99 signal link = yes!",
		"99 row = Ppea link")},
	{"nobody signalled: the stranger is locked, nobody better can come", LEARN_AUTO, ON_RTP,
	 SCRIPT("20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept! locked nat nat",
		"40 row = Pp")},
	{"any: strangers even though the address is global", LEARN_ANY, ON_RTP,
	 SCRIPT("0 signal alice = yes! expecting alice alice", "0 row = Ppa",
		"20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept! latched nat nat")},
	{"over the wrap-around of the sequence number", LEARN_AUTO, ON_RTP,
	 SCRIPT("20 rtp nat 7 65535 = refuse", "40 rtp nat 7 0 = accept! locked nat nat")},
	{"one or two packets between may be lost, not more", LEARN_AUTO, ON_RTP,
	 SCRIPT("20 rtp nat 7 10 = refuse", "40 rtp nat 7 14 = refuse",
		"60 rtp nat 7 17 = accept! locked nat nat")},
	{"the same packet twice, or backwards, is no sequence", LEARN_AUTO, ON_RTP,
	 SCRIPT("20 rtp nat 7 10 = refuse", "21 rtp nat 7 10 = refuse", "22 rtp nat 7 9 = refuse",
		"60 rtp nat 7 11 = accept! locked nat nat")},
	{"another SSRC or another port is no sequence", LEARN_AUTO, ON_RTP,
	 SCRIPT("20 rtp nat 7 10 = refuse", "40 rtp nat 8 11 = refuse",
		"60 rtp nat/9 8 12 = refuse", "80 rtp nat 8 12 = accept! locked nat nat")},
	{"a stranger's STUN or RTCP teaches nothing", LEARN_ANY, ON_RTP,
	 SCRIPT("20 stun nat = refuse", "21 stun nat = refuse", "22 rtcp nat = refuse",
		"23 rtcp nat = refuse expecting - -")},
	{"two strangers at once: the first with two packets", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp mallory 9 1 = refuse", "21 rtp nat 7 1 = refuse",
		"40 rtp nat 7 2 = accept! latched nat nat", "41 rtp mallory 9 2 = refuse",
		"60 rtp mallory 9 3 = refuse latched nat nat")},
	{"a spray of single packets from many places does no harm", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "1 rtp mallory/1 9 1 = refuse",
		"2 rtp mallory/2 9 2 = refuse", "3 rtp nat 7 1 = refuse",
		"4 rtp mallory/3 9 3 = refuse", "5 rtp mallory/4 9 4 = refuse",
		"6 rtp mallory/5 9 5 = refuse", "7 rtp nat 7 2 = accept! latched nat nat",
		"8 rtp mallory/1 9 2 = refuse", "9 rtp mallory/5 9 6 = refuse latched nat nat")},
	{"the oldest of five candidates is forgotten", LEARN_AUTO, ON_RTP,
	 SCRIPT("1 rtp nat 7 1 = refuse", "2 rtp mallory/2 9 1 = refuse",
		"3 rtp mallory/3 9 1 = refuse", "4 rtp mallory/4 9 1 = refuse",
		"5 rtp mallory/5 9 1 = refuse", "6 rtp nat 7 2 = refuse",
		"7 rtp nat 7 3 = accept! locked nat nat")},
	{"the signalled endpoint wins over a latched stranger", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp mallory 9 1 = refuse",
		"40 rtp mallory 9 2 = accept! latched mallory mallory",
		"60 stun home = accept! locked home home", "80 rtp mallory 9 3 = refuse",
		"99 rtp mallory 9 4 = refuse locked home home", "99 row = Pp")},
	{"so does another port of the signalled address, with one RTP packet", LEARN_ANY, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp mallory 9 1 = refuse",
		"40 rtp mallory 9 2 = accept!", "50 stun alice/4444 = refuse",
		"60 rtp alice/4444 7 1 = accept! locked alice/4444 alice/4444",
		"80 rtp mallory 9 3 = refuse", "99 rtp mallory 9 4 = refuse")},
	{"after the lock nobody gets in, however silent the peer is", LEARN_ANY, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!",
		"9000 rtp mallory 9 1 = refuse", "9020 rtp mallory 9 2 = refuse",
		"9040 rtp mallory 7 2 = refuse", "9060 rtp mallory 7 3 = refuse locked alice alice",
		"9060 row = Pp")},
};

static const struct learn_case rebinding[] = {
	{"a NAT rebinds: the new port goes on with the stream", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"120 rtp alice/5000 7 105 = refuse",
		"140 rtp alice/5000 7 106 = accept! locked alice/5000 alice/5000",
		"160 rtp alice 7 107 = refuse")},
	{"of a latched stranger too, which stays latched", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!",
		"200 rtp nat/5 7 10 = refuse", "220 rtp nat/5 7 11 = accept! latched nat/5 nat/5",
		"240 rtp home 8 1 = accept! locked home home")},
	{"of one learned without a signalled address", LEARN_AUTO, ON_RTP,
	 SCRIPT("20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!",
		"200 rtp nat/5 7 10 = refuse", "220 rtp nat/5 7 11 = accept! locked nat/5 nat/5")},
	{"what the kernel saw last counts", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 100 = accept!", "5000 kernel 7 350 = no",
		"5200 rtp alice/5 7 101 = refuse", "5220 rtp alice/5 7 102 = refuse",
		"5240 rtp alice/5 7 361 = refuse",
		"5260 rtp alice/5 7 362 = accept! locked alice/5 alice/5")},
	{"over the wrap-around", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 65530 = accept!",
		"200 rtp alice/5 7 3 = refuse",
		"220 rtp alice/5 7 4 = accept! locked alice/5 alice/5")},
	{"the old port must have been silent for 100 ms", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"40 rtp alice/5 7 101 = refuse", "60 rtp alice/5 7 102 = refuse",
		"119 rtp alice/5 7 103 = refuse",
		"120 rtp alice/5 7 104 = accept! locked alice/5 alice/5")},
	{"while the old port talks the new one waits", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"30 rtp alice/5 7 101 = refuse", "100 rtp alice 7 104 = accept",
		"130 rtp alice/5 7 105 = refuse",
		"150 rtp alice/5 7 106 = refuse locked alice alice")},
	{"50 sequence numbers ahead at most, and not behind", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"200 rtp alice/5 7 99 = refuse", "210 rtp alice/5 7 100 = refuse",
		"220 rtp alice/5 7 101 = refuse", "230 rtp alice/5 7 150 = refuse",
		"240 rtp alice/5 7 151 = refuse", "250 rtp alice/5 7 152 = refuse",
		"260 rtp alice/5 7 149 = refuse",
		"270 rtp alice/5 7 150 = accept! locked alice/5 alice/5")},
	{"where nothing was RTP yet there is nothing to go on with", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 stun alice = accept!", "200 rtp alice/5 0 1 = refuse",
		"220 rtp alice/5 0 2 = refuse locked alice alice")},
	{"another SSRC does not rebind", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"200 rtp alice/5 8 101 = refuse", "220 rtp alice/5 8 102 = refuse",
		"240 rtp alice/5 8 103 = refuse locked alice alice")},
	{"one packet does not rebind, nor STUN", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"200 rtp alice/5 7 101 = refuse", "220 stun alice/5 = refuse",
		"240 rtp alice 7 110 = accept locked alice alice")},
	{"strict never follows", LEARN_STRICT, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"200 rtp alice/5 7 101 = refuse",
		"220 rtp alice/5 7 102 = refuse locked alice alice", "220 row = P")},
	{"another address never rebinds", LEARN_ANY, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"200 rtp mallory 7 101 = refuse",
		"220 rtp mallory 7 102 = refuse locked alice alice")},
};

static const struct learn_case moving[] = {
	{"a believable address is sent to at once, the old peer is heard until it speaks",
	 LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!",
		"1000 signal bob = yes! expecting alice bob", "1000 row = Pe bob",
		"1020 rtp alice 7 2 = accept expecting alice bob",
		"1040 rtp bob 8 1 = accept! locked bob bob", "1041 row = Pp")},
	{"late packets of the old address do not steal the leg back", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!", "1000 signal bob = yes!",
		"1040 rtp bob 8 1 = accept!", "1060 rtp alice 7 3 = refuse",
		"1080 rtp alice 7 4 = refuse", "3000 rtp alice 7 5 = refuse locked bob bob")},
	{"another port of the new address is enough, with RTP", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!", "1000 signal bob = yes!",
		"1010 stun bob/9 = refuse", "1020 rtp bob/9 8 1 = accept! locked bob/9 bob/9")},
	{"strict: only the exact new endpoint", LEARN_STRICT, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!",
		"1000 signal bob = yes! expecting alice bob", "1000 row = Pe bob",
		"1010 rtp bob/9 8 1 = refuse", "1020 rtp bob/9 8 2 = refuse",
		"1030 stun bob = accept! locked bob bob")},
	{"strangers get nothing of a believable move", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!", "1000 signal bob = yes!",
		"9000 rtp mallory 9 1 = refuse", "9020 rtp mallory 9 2 = refuse",
		"9040 rtp mallory 9 3 = refuse expecting alice bob")},
	{"the one who leaves cannot change its port", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!", "1000 signal bob = yes!",
		"1020 rtp alice/5 7 2 = refuse",
		"1040 rtp alice/5 7 3 = refuse expecting alice bob")},
	{"what the kernel still hears of the old peer confirms nothing", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!", "1000 signal bob = yes!",
		"1500 kernel 7 20 = no expecting alice bob",
		"9000 kernel 7 400 = no expecting alice bob",
		"9020 rtp bob 8 1 = accept! locked bob bob")},
	{"another port of the same address", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!",
		"1000 signal alice/5 = yes! expecting alice alice/5", "1010 rtp alice 7 2 = accept",
		"1020 rtp alice/5 7 3 = accept! locked alice/5 alice/5",
		"1030 rtp alice 7 4 = refuse")},
	{"moved twice before anybody spoke: the last one counts", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!", "1000 signal bob = yes!",
		"1010 signal nat = yes! expecting alice nat", "1020 rtp bob 8 1 = refuse",
		"1030 rtp nat 9 1 = accept! locked nat nat")},
	{"moved and moved back: as if nothing had been", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!", "1000 signal bob = yes!",
		"1010 signal alice = yes! locked alice alice", "1020 rtp bob 8 1 = refuse",
		"1030 rtp alice 7 2 = accept")},
	{"a private address keeps the learned peer", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!",
		"1000 signal home/5 = yes! expecting nat nat", "1000 row = Ppea home/5",
		"1020 rtp nat 7 3 = accept expecting nat nat", "1040 rtp mallory 9 1 = refuse",
		"1060 rtp mallory 9 2 = refuse", "1080 rtp nat 7 4 = accept expecting nat nat")},
	{"the new port of the phone behind NAT, once the old one is silent", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!",
		"1000 rtp nat 7 50 = accept", "1010 signal home/5 = yes!",
		"1020 rtp nat/9 8 1 = refuse", "1040 rtp nat/9 8 2 = refuse",
		"1499 rtp nat/9 8 3 = refuse", "1500 rtp nat/9 8 4 = accept! latched nat/9 nat/9",
		"1510 rtp nat 7 51 = refuse")},
	{"or from another network", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!",
		"1000 signal work = yes!", "1020 rtp trent 8 1 = refuse",
		"1040 rtp trent 8 2 = accept! latched trent trent", "1050 rtp nat 7 3 = refuse",
		"1060 rtp nat 7 4 = refuse")},
	{"or directly: the signalled endpoint need not wait", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!",
		"50 signal work = yes! expecting nat nat",
		"60 stun work = accept! locked work work")},
	{"a peer that goes on talking for five seconds has not moved", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!",
		"1000 signal home/5 = yes!", "5000 kernel 7 200 = no expecting nat nat",
		"5040 kernel 7 202 = yes! latched nat nat", "9000 rtp mallory 9 1 = refuse",
		"9020 rtp mallory 9 2 = refuse",
		"9040 rtp home/5 8 1 = accept! locked home/5 home/5")},
	{"a silent one may have", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!",
		"1000 signal home/5 = yes!", "9000 sweep = no expecting nat nat")},
	{"a rebinding NAT is followed after a private re-INVITE too", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!",
		"50 signal home/5 = yes!", "150 rtp nat/9 7 5 = refuse",
		"170 rtp nat/9 7 6 = accept! latched nat/9 nat/9")},
	{"no NAT: a private address after one that was right is believed", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp home 7 1 = accept!",
		"1000 signal work = yes! expecting home work",
		"1020 rtp work 8 1 = accept! locked work work")},
	{"a private address after a public one that was right is not", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!",
		"1000 signal home = yes! expecting alice alice")},
	{"any: nothing is believed, not even a global address", LEARN_ANY, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!",
		"1000 signal bob = yes! expecting alice alice", "1020 rtp mallory 9 1 = refuse",
		"1040 rtp mallory 9 2 = accept! latched mallory mallory",
		"1060 rtp bob 8 1 = accept! locked bob bob")},
	{"an address that comes after a peer was learned: it is the better one", LEARN_AUTO, ON_RTP,
	 SCRIPT("20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept! locked nat nat",
		"60 signal alice = yes! expecting nat alice", "80 rtp nat 7 3 = accept",
		"90 rtp alice 8 1 = accept! locked alice alice")},
	{"unless it is the learned one's own", LEARN_AUTO, ON_RTP,
	 SCRIPT("20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!",
		"60 signal nat = yes! locked nat nat")},
	{"hold by the null address changes nothing", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!",
		"1000 signal null = no locked alice alice", "1020 rtp alice 7 2 = accept")},
};

static const struct learn_case asymmetric[] = {
	{"asymmetric: any port of the host, sent to where it was signalled", LEARN_STRICT, ON_RTP,
	 SCRIPT("0 asym alice = yes! expecting alice alice", "0 row = PH",
		"20 rtp alice/9 7 1 = accept! locked alice alice", "40 stun alice/8 = accept",
		"60 rtp mallory 9 1 = refuse", "80 rtp mallory 9 2 = refuse locked alice alice")},
	{"without an address it learns nothing", LEARN_ANY, ON_RTP,
	 SCRIPT("0 asym null = yes! expecting - -", "0 row = -", "20 rtp nat 7 1 = refuse",
		"40 rtp nat 7 2 = refuse expecting - -")},
	{"the flag is taken over without an address", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice/9 7 1 = accept! locked alice/9 alice/9",
		"30 asym null = yes! expecting alice alice", "40 rtp alice/9 7 2 = accept!",
		"50 asym alice = no locked alice alice")},
	{"moved: the new host at once, the old one no more", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 asym alice = yes!", "20 rtp alice/9 7 1 = accept!",
		"30 asym home = yes! expecting home home", "40 rtp alice/9 7 2 = refuse",
		"50 rtp home/2 7 3 = accept! locked home home")},
	{"back to symmetric: learned anew", LEARN_HOST, ON_RTP,
	 SCRIPT("0 asym alice = yes!", "20 rtp alice/9 7 1 = accept!",
		"30 signal alice = yes! expecting alice alice", "40 sweep = no",
		"50 rtp alice/9 7 2 = accept! locked alice/9 alice/9")},
};

static const struct learn_case rtcp[] = {
	{"before the RTP peer is known, only the exact signalled endpoint", LEARN_ANY, ON_RTCP,
	 SCRIPT("0 signal alice/4001 = yes! expecting alice/4001 alice/4001", "0 row = P",
		"20 rtcp alice/9 = refuse", "40 rtcp mallory = refuse", "41 rtcp mallory = refuse",
		"60 rtcp alice/4001 = accept! locked alice/4001 alice/4001")},
	{"nobody signalled: nobody", LEARN_ANY, ON_RTCP,
	 SCRIPT("0 row = -", "20 rtcp alice = refuse", "40 rtcp alice = refuse expecting - -")},
	{"the RTP peer is elsewhere: RTCP is, one port up", LEARN_AUTO, ON_RTCP,
	 SCRIPT("0 signal home/4001 = yes!",
		"40 follow nat/61000 = yes! expecting nat/61001 nat/61001", "40 row = Pp",
		"50 rtcp home/4001 = refuse",
		"60 rtcp nat/61001 = accept! locked nat/61001 nat/61001")},
	{"or at another port: one packet of RTCP is enough", LEARN_AUTO, ON_RTCP,
	 SCRIPT("0 signal home/4001 = yes!", "40 follow nat/61000 = yes!",
		"50 rtp nat/9 7 1 = refuse", "51 rtp nat/9 7 2 = refuse",
		"60 rtcp nat/9 = accept! locked nat/9 nat/9")},
	{"no others than the RTP peer's address", LEARN_ANY, ON_RTCP,
	 SCRIPT("0 signal home/4001 = yes!", "40 follow nat/61000 = yes!",
		"50 rtcp mallory = refuse",
		"51 rtcp mallory = refuse expecting nat/61001 nat/61001")},
	{"the same address: the signalled port is kept", LEARN_AUTO, ON_RTCP,
	 SCRIPT("0 signal alice/7777 = yes!",
		"10 follow alice/4000 = yes! expecting alice/7777 alice/7777",
		"20 follow alice/4000 = no expecting alice/7777 alice/7777", "20 row = Pp")},
	{"port 65535 has no next one", LEARN_AUTO, ON_RTCP,
	 SCRIPT("0 signal home/4001 = yes!", "40 follow nat/65535 = yes! expecting - -",
		"40 row = e nat", "60 rtcp nat/9 = accept! locked nat/9 nat/9")},
	{"a rebound port, once the old one is silent", LEARN_AUTO, ON_RTCP,
	 SCRIPT("0 signal alice/4001 = yes!", "10 follow alice = yes!",
		"20 rtcp alice/4001 = accept!", "119 rtcp alice/9 = refuse",
		"120 rtcp alice/9 = accept! locked alice/9 alice/9")},
	{"strict: the exact endpoint only", LEARN_STRICT, ON_RTCP,
	 SCRIPT("0 signal alice/4001 = yes!", "10 follow alice = yes!", "10 row = P",
		"20 rtcp alice/9 = refuse",
		"900 rtcp alice/9 = refuse expecting alice/4001 alice/4001")},
	{"what was heard of the peer before confirms nothing of the next", LEARN_AUTO, ON_RTCP,
	 SCRIPT("0 signal home/4001 = yes!", "20 rtcp home/4001 = accept!",
		"40 follow nat/61000 = yes! expecting nat/61001 nat/61001", "50 sweep = no",
		"60 kernel 0 0 = yes! locked nat/61001 nat/61001")},
	{"moved: the new exact endpoint at once, the signalled one when RTP follows", LEARN_AUTO,
	 ON_RTCP,
	 SCRIPT("0 signal alice/4001 = yes!", "10 follow alice = yes!",
		"20 rtcp alice/4001 = accept!",
		"1000 signal bob/7777 = yes! expecting alice/4001 bob/7777",
		"1000 row = Pe bob/7777", "1010 rtcp alice/9 = refuse",
		"1020 follow bob/4000 = yes! expecting bob/7777 bob/7777",
		"1030 rtcp bob/7777 = accept! locked bob/7777 bob/7777",
		"1040 rtcp alice/4001 = refuse")},
	{"moved: RTCP of the new host before its RTP", LEARN_AUTO, ON_RTCP,
	 SCRIPT("0 signal alice/4001 = yes!", "10 follow alice = yes!",
		"20 rtcp alice/4001 = accept!", "1000 signal bob/4001 = yes!",
		"1010 rtcp bob/9 = accept! locked bob/9 bob/9")},
	{"late RTCP of the old host does not steal it back before RTP has followed", LEARN_AUTO,
	 ON_RTCP,
	 SCRIPT("0 signal alice/4001 = yes!", "10 follow alice = yes!",
		"20 rtcp alice/4001 = accept!", "1000 signal bob/4001 = yes!",
		"1010 rtcp bob/4001 = accept! locked bob/4001 bob/4001",
		"2000 rtcp alice/4001 = refuse", "2010 follow bob = no locked bob/4001 bob/4001")},
	{"a private address while RTP comes from elsewhere changes nothing", LEARN_AUTO, ON_RTCP,
	 SCRIPT("0 signal home/4001 = yes!", "10 follow nat/61000 = yes!",
		"20 signal work/4001 = yes! expecting nat/61001 nat/61001", "20 row = Pp",
		"30 rtcp work/4001 = refuse")},
	{"asymmetric: as signalled", LEARN_AUTO, ON_RTCP,
	 SCRIPT("0 asym alice/4001 = yes! expecting alice/4001 alice/4001",
		"10 follow bob = yes! expecting alice/4001 alice/4001",
		"20 rtcp alice/9 = accept! locked alice/4001 alice/4001")},
};

static const struct learn_case handover[] = {
	{"off: another address does not go on with the stream", LEARN_HOST, ON_RTP,
	 SCRIPT("0 handover off = no", "0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"600 rtp bob 7 120 = refuse", "620 rtp bob 7 121 = refuse locked alice alice",
		"620 row = Pp")},
	{"on: it does after 500 ms of silence, from the second packet on", LEARN_HOST, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 row = -", "0 signal alice = yes!", "0 row = Pp",
		"20 rtp alice 7 100 = accept!", "20 row = Pph", "520 rtp bob 7 120 = refuse",
		"540 rtp bob 7 121 = accept! latched bob bob", "560 rtp bob 7 122 = accept",
		"580 row = Ppeh alice", "600 rtp mallory 7 123 = refuse")},
	{"the old address speaks again, where it was signalled: it was not gone", LEARN_AUTO,
	 ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"600 rtp bob 7 120 = refuse", "620 rtp bob 7 121 = accept! latched bob bob",
		"640 rtp alice 7 122 = accept! locked alice alice", "660 rtp bob 7 123 = refuse")},
	{"the new one is signalled: locked", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"600 rtp bob 7 120 = refuse", "620 rtp bob 7 121 = accept!",
		"800 signal bob = yes! locked bob bob", "820 rtp alice 7 122 = refuse")},
	{"not before the 500 ms are over", LEARN_HOST, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"200 rtp bob 7 110 = refuse", "500 rtp bob 7 111 = refuse",
		"519 rtp bob 7 112 = refuse locked alice alice",
		"520 rtp bob 7 113 = accept! latched bob bob")},
	{"not while the peer talks, in the kernel or here", LEARN_HOST, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"600 rtp mallory 7 130 = refuse", "610 kernel 7 129 = no",
		"620 rtp mallory 7 131 = refuse", "640 rtp mallory 7 132 = refuse",
		"1100 rtp mallory 7 133 = refuse locked alice alice")},
	{"not with another SSRC", LEARN_ANY, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"600 rtp bob 8 120 = refuse", "620 rtp bob 8 121 = refuse locked alice alice")},
	{"not from 51 sequence numbers ahead on, and not behind", LEARN_HOST, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"600 rtp bob 7 151 = refuse", "620 rtp bob 7 152 = refuse",
		"640 rtp bob 7 99 = refuse", "660 rtp bob 7 100 = refuse locked alice alice",
		"680 rtp bob 7 149 = refuse", "700 rtp bob 7 150 = accept! latched bob bob")},
	{"over the wrap-around", LEARN_HOST, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp alice 7 65530 = accept!",
		"600 rtp bob 7 20 = refuse", "620 rtp bob 7 21 = accept! latched bob bob")},
	{"not with STUN or RTCP", LEARN_ANY, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"600 stun bob = refuse", "601 stun bob = refuse", "602 rtcp bob = refuse",
		"603 rtcp bob = refuse locked alice alice")},
	{"not of a peer that never spoke, or only STUN", LEARN_HOST, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "600 rtp bob 0 1 = refuse",
		"620 rtp bob 0 2 = refuse expecting alice alice", "700 stun alice = accept!",
		"1300 rtp bob 0 1 = refuse", "1320 rtp bob 0 2 = refuse locked alice alice")},
	{"strict never", LEARN_STRICT, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"20 row = P", "600 rtp bob 7 120 = refuse",
		"620 rtp bob 7 121 = refuse locked alice alice")},
	{"nor of an asymmetric leg", LEARN_HOST, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 asym alice = yes!", "20 rtp alice 7 100 = accept!",
		"20 row = PH", "600 rtp bob 7 120 = refuse",
		"620 rtp bob 7 121 = refuse locked alice alice")},
	{"nor of a peer that leaves for a believable address", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"100 signal bob = yes!", "100 row = Pe bob", "700 rtp mallory 7 120 = refuse",
		"720 rtp mallory 7 121 = refuse expecting alice bob")},
	{"nor of RTCP, which follows RTP", LEARN_HOST, ON_RTCP,
	 SCRIPT("0 handover on = yes!", "0 signal alice/4001 = yes!", "10 follow alice = yes!",
		"20 rtcp alice/4001 = accept!", "20 row = Pp", "600 rtcp bob/4001 = refuse",
		"620 follow bob = yes! expecting bob/4001 bob/4001")},
	{"of a latched stranger too: from NAT to NAT", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal home = yes!", "20 rtp nat 7 1 = refuse",
		"40 rtp nat 7 2 = accept!", "40 row = Ppeh home", "600 rtp trent 7 30 = refuse",
		"620 rtp trent 7 31 = accept! latched trent trent",
		"640 rtp home 8 1 = accept! locked home home")},
	{"switched off again", LEARN_HOST, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"30 handover off = yes!", "30 row = Pp", "600 rtp bob 7 120 = refuse",
		"620 rtp bob 7 121 = refuse locked alice alice")},
	{"our own endpoints, multicast and loopback never", LEARN_HOST, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"600 own bob 7 120 = refuse", "610 own bob 7 121 = refuse",
		"620 rtp group 7 122 = refuse", "630 rtp group 7 123 = refuse",
		"640 rtp local 7 124 = refuse", "650 rtp local 7 125 = refuse locked alice alice")},
};

static const struct learn_case policies[] = {
	{"the same policy changes nothing", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!", "30 policy host = no",
		"30 policy auto = yes! locked alice alice")},
	{"a latched stranger goes where the policy would not have let him in", LEARN_ANY, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp mallory 9 1 = refuse",
		"40 rtp mallory 9 2 = accept! latched mallory mallory",
		"50 policy host = yes! expecting alice alice", "50 row = Pp",
		"60 rtp mallory 9 3 = refuse", "80 rtp mallory 9 4 = refuse expecting alice alice",
		"90 rtp alice 7 1 = accept! locked alice alice")},
	{"and stays where it would", LEARN_ANY, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!",
		"50 policy auto = yes! latched nat nat",
		"60 policy host = yes! expecting home home", "70 rtp nat 7 3 = refuse")},
	{"a peer at another port: host keeps it, strict does not", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice/5 7 1 = accept! locked alice/5 alice/5",
		"30 policy host = yes! locked alice/5 alice/5",
		"40 policy strict = yes! expecting alice alice", "40 row = P",
		"50 rtp alice/5 7 2 = refuse", "60 rtp alice 7 3 = accept! locked alice alice")},
	{"nothing signalled: the learned one goes, nobody is left", LEARN_AUTO, ON_RTP,
	 SCRIPT("20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept! locked nat nat",
		"50 policy host = yes! expecting - -", "50 row = -", "60 rtp nat 7 3 = refuse",
		"70 signal nat = yes! expecting nat nat",
		"80 rtp nat 7 4 = accept! locked nat nat")},
	{"who was put out cannot come back by continuing his own stream", LEARN_ANY, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp mallory 9 1 = refuse",
		"40 rtp mallory 9 2 = accept! latched mallory mallory", "50 policy host = yes!",
		"50 row = Pp", "600 rtp mallory 9 20 = refuse",
		"620 rtp mallory 9 21 = refuse expecting alice alice")},
	{"a half-learned stranger starts anew", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp nat 7 1 = refuse", "30 policy any = yes!",
		"40 rtp nat 7 2 = refuse", "60 rtp nat 7 3 = accept! latched nat nat")},
	{"a wider policy lets strangers in only while nobody has spoken", LEARN_HOST, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!", "30 policy any = yes!",
		"40 rtp mallory 9 1 = refuse", "60 rtp mallory 9 2 = refuse locked alice alice")},
	{"moved: the old peer is not the new address", LEARN_ANY, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "20 rtp alice 7 1 = accept!",
		"30 signal bob = yes! expecting alice alice",
		"40 policy host = yes! expecting bob bob", "40 row = Pp",
		"50 rtp alice 7 2 = refuse", "60 rtp bob 8 1 = accept! locked bob bob")},
	{"an asymmetric leg goes by the address in any case", LEARN_ANY, ON_RTP,
	 SCRIPT("0 asym alice = yes!", "20 rtp alice/9 7 1 = accept!",
		"30 policy strict = yes! locked alice alice", "40 rtp alice/8 7 2 = accept")},
	{"RTCP: strict wants the signalled endpoint", LEARN_AUTO, ON_RTCP,
	 SCRIPT("0 signal alice/4001 = yes!", "10 follow alice = yes!",
		"20 rtcp alice/9 = accept! locked alice/9 alice/9",
		"30 policy strict = yes! expecting alice/4001 alice/4001")},
	{"RTCP: RTP has lost its peer", LEARN_AUTO, ON_RTCP,
	 SCRIPT("0 follow nat = yes! expecting nat/4001 nat/4001", "20 rtcp nat/4001 = accept!",
		"30 follow - = yes! expecting - -", "30 row = -", "40 rtcp nat/4001 = refuse",
		"50 follow - = no")},
};

static const struct learn_case forged[] = {
	{"two forged packets start a stream that ends after five seconds", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp nat 7 1 = refuse",
		"40 rtp nat 7 2 = accept! latched nat nat", "5039 lapse = no",
		"5040 lapse = yes! latched nat -", "5040 row = Ppe home", "6000 lapse = no",
		"7000 rtp mallory 9 1 = refuse", "7020 rtp mallory 9 2 = refuse latched nat -")},
	{"it goes on when he is heard again, whatever he sends", LEARN_AUTO, ON_RTP,
	 SCRIPT("20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!", "5040 lapse = yes!",
		"8000 stun nat = accept! locked nat nat", "20000 lapse = no locked nat nat")},
	{"or by another port of his, or in the kernel", LEARN_AUTO, ON_RTP,
	 SCRIPT("20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!", "5040 lapse = yes!",
		"8000 kernel 7 90 = yes! locked nat nat", "20000 lapse = no")},
	{"who was heard again within the time is left alone for ever", LEARN_AUTO, ON_RTP,
	 SCRIPT("20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!", "60 kernel 7 3 = no",
		"5040 lapse = no", "99000 lapse = no locked nat nat")},
	{"the party itself displaces him, withheld or not", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal home = yes!", "20 rtp nat 7 1 = refuse", "40 rtp nat 7 2 = accept!",
		"5040 lapse = yes!", "5060 rtp home 8 1 = accept! locked home home",
		"99000 lapse = no")},
	{"a handover is a stranger, too", LEARN_HOST, ON_RTP,
	 SCRIPT("0 handover on = yes!", "0 signal alice = yes!", "20 rtp alice 7 100 = accept!",
		"600 rtp nat 7 120 = refuse", "620 rtp nat 7 121 = accept!",
		"5620 lapse = yes! latched nat -")},
	{"who was signalled is not: he may be silent for ever", LEARN_AUTO, ON_RTP,
	 SCRIPT("0 signal alice = yes!", "99000 lapse = no expecting alice alice",
		"99010 rtp alice/9 7 1 = accept! locked alice/9 alice/9",
		"199000 lapse = no locked alice/9 alice/9")},
};

static void run_cases(const struct learn_case *c, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		print_message("  %s: %s\n", learn_policy_name(c[i].policy), c[i].sentence);
		script_run(&c[i]);
	}
}

#define TABLE_TEST(table)                                                                          \
	static void test_##table(void **state)                                                     \
	{                                                                                          \
		(void)state;                                                                       \
		run_cases(table, sizeof(table) / sizeof((table)[0]));                              \
	}

TABLE_TEST(first_packets)
TABLE_TEST(strangers)
TABLE_TEST(rebinding)
TABLE_TEST(moving)
TABLE_TEST(asymmetric)
TABLE_TEST(rtcp)
TABLE_TEST(handover)
TABLE_TEST(policies)
TABLE_TEST(forged)

static const char *const walkers[] = {"alice", "alice/9", "bob",  "home", "work",    "nat",
				      "nat/9", "mallory", "null", "-",	  "alice/5", "home/9"};

static struct xrp_endpoint random_walker(void)
{
	return script_endpoint(walkers[(size_t)rand() % (sizeof(walkers) / sizeof(walkers[0]))]);
}

/* What must hold after any packet, whatever came before it. */
static void check_packet(const struct learn *before, const struct learn *after)
{
	bool same_host = xrp_addr_equal(&before->peer.addr, &after->peer.addr);

	if (before->state == LEARN_LOCKED && !before->handover)
		assert_true(same_host);
	if (before->state == LEARN_LATCHED && !same_host && !before->handover)
		assert_true(xrp_addr_equal(&after->peer.addr, &after->signalled.addr));
	if (after->policy == LEARN_STRICT && !xrp_endpoint_equal(&before->peer, &after->peer))
		assert_true(xrp_endpoint_equal(&after->peer, &after->signalled));
	if (after->policy == LEARN_HOST && !same_host && !after->rtcp && !after->handover)
		assert_true(xrp_addr_equal(&after->peer.addr, &after->signalled.addr));
	if (after->asymmetric)
		assert_true(xrp_endpoint_equal(&before->peer, &after->peer));
	assert_true(xrp_endpoint_equal(&before->signalled, &after->signalled));
	if (!after->moved && !learn_is_withheld(after))
		assert_true(xrp_endpoint_equal(&after->peer, &after->dest));
}

static void random_step(struct script_run *run, unsigned long now)
{
	struct learn_packet p = {.source = random_walker(), .now = now * 1000000};
	struct learn before = run->learn;
	unsigned int what = (unsigned int)rand() % 64;

	if (what == 0)
		learn_signal(&run->learn, &p.source, rand() % 8 == 0);
	if (what == 1 && run->learn.rtcp && p.source.port)
		learn_follow(&run->learn, &p.source);
	if (what == 2)
		run->seen.last_seen = p.now;
	if (what == 3)
		learn_lapse(&run->learn, 0, p.now);
	if (what == 4)
		learn_set_policy(&run->learn, (enum learn_policy)(rand() % 4));
	if (what <= 4)
		return;
	p.media = (enum xrp_media)(rand() % 3);
	p.rtp = (struct xrp_rtp){.ssrc = (uint32_t)rand() % 2, .sequence = (uint16_t)(rand() % 6)};
	p.own = rand() % 32 == 0;
	script_packet(run, &p);
	check_packet(&before, &run->learn);
}

static void test_random_walk(void **state)
{
	(void)state;
	srand(1);
	for (int i = 0; i < 4000; i++) {
		struct script_run run = {.line = "random walk"};
		unsigned long now = 1;

		learn_init(&run.learn, (enum learn_policy)(i % 4), i % 8 >= 4, false);
		learn_set_handover(&run.learn, i % 16 >= 8);
		for (int step = 0; step < 200; step++)
			random_step(&run, now += (unsigned long)rand() % 300);
	}
}

static void test_policy_names(void **state)
{
	static const char *const names[] = {"strict", "host", "auto", "any"};
	enum learn_policy policy;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(learn_policy_parse(names[i], &policy), 0);
		assert_int_equal(policy, i);
		assert_string_equal(learn_policy_name(policy), names[i]);
	}
	assert_int_equal(learn_policy_parse("Any", &policy), -EINVAL);
	assert_int_equal(learn_policy_parse("", &policy), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_packets), cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_rebinding),     cmocka_unit_test(test_moving),
		cmocka_unit_test(test_asymmetric),    cmocka_unit_test(test_rtcp),
		cmocka_unit_test(test_handover),      cmocka_unit_test(test_policies),
		cmocka_unit_test(test_forged),	      cmocka_unit_test(test_random_walk),
		cmocka_unit_test(test_policy_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
