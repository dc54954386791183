/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See pcapwriter.h. libpcap wants a stdio stream to write to. One for each file would cost a buffer
 * and a walk: fclose looks for its stream in a list of all that are open. So there is one stream
 * for all files, which puts the bytes into memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <pcap/pcap.h>
#include <base/endpoint.h>
#include <io/pcapwriter.h>

#define SNAPLEN	      65535
#define NS_PER_S      1000000000ULL
#define HOPS	      127
#define HEADERS_BYTES (ETH_HLEN + sizeof(struct ip6_hdr) + sizeof(struct udphdr))
#define RECORD_HEADER sizeof(struct pcap_sf_pkthdr_32)

/* What stands before each packet (draft-ietf-opsawg-pcap, 5): libpcap does not publish it. */
struct pcap_sf_pkthdr_32 {
	uint32_t seconds, microseconds, caplen, len;
};

struct pcapwriter {
	pcap_t *pcap;
	FILE *stream;
	pcap_dumper_t *dumper; /* the stream, by another name */
	struct pcap_file_header header;
	size_t len; /* of what the stream has put into `record` */
	uint8_t record[RECORD_HEADER + SNAPLEN];
	uint8_t frame[HEADERS_BYTES + CAPTURE_PAYLOAD];
};

/* --- the stream ------------------------------------------------------------------------------ */

static ssize_t put_bytes(void *ctx, const char *data, size_t len)
{
	struct pcapwriter *w = ctx;

	if (len > sizeof(w->record) - w->len)
		return 0; /* an error, to stdio */
	memcpy(w->record + w->len, data, len);
	w->len += len;
	return (ssize_t)len;
}

/* Unbuffered: each write is in `record` when libpcap returns. */
static int open_stream(struct pcapwriter *w)
{
	const cookie_io_functions_t functions = {.write = put_bytes};

	w->pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	w->stream = fopencookie(w, "w", functions);
	if (!w->pcap || !w->stream || setvbuf(w->stream, NULL, _IONBF, 0))
		return -ENOMEM;
	w->dumper = pcap_dump_fopen(w->pcap, w->stream);
	if (!w->dumper || w->len != sizeof(w->header))
		return -EIO;
	memcpy(&w->header, w->record, sizeof(w->header));
	return 0;
}

struct pcapwriter *pcapwriter_new(void)
{
	struct pcapwriter *w = calloc(1, sizeof(*w));
	int err = w ? open_stream(w) : -ENOMEM;

	if (!err)
		return w;
	pcapwriter_free(w);
	errno = -err;
	return NULL;
}

void pcapwriter_free(struct pcapwriter *w)
{
	if (!w)
		return;
	if (w->stream)
		fclose(w->stream);
	if (w->pcap)
		pcap_close(w->pcap);
	free(w);
}

/* --- what is made up ------------------------------------------------------------------------- */

/* Adds to an unfolded one's complement sum (RFC 1071), bytes as they stand in memory. */
static uint64_t sum_bytes(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *at = data;
	uint16_t word;

	for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		sum += word;
	}
	word = 0;
	memcpy(&word, at, len);
	return sum + word;
}

static uint16_t checksum(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* What rtpproxy makes up: two zero bytes and the IPv4 address, or an IPv6 one folded to six. */
static void put_mac(uint8_t mac[ETH_ALEN], const struct xrp_addr *addr)
{
	const uint8_t *bytes = (const uint8_t *)addr;

	memset(mac, 0, ETH_ALEN);
	if (addr_is_v4(addr)) {
		memcpy(mac + 2, &addr->word[3], 4);
		return;
	}
	for (size_t i = 0; i < sizeof(*addr); i++)
		mac[i % ETH_ALEN] ^= bytes[i];
}

/* Each returns the unfolded sum of its pseudo-header (RFC 768; RFC 8200, 8.1). */
static uint64_t put_ipv4(uint8_t *at, const struct capture_packet *p, uint16_t id)
{
	uint16_t udp_length = (uint16_t)(sizeof(struct udphdr) + p->len);
	struct iphdr ip = {
		.version = 4,
		.ihl = sizeof(ip) / 4,
		.tot_len = htons((uint16_t)(sizeof(ip) + udp_length)),
		.id = htons(id),
		.ttl = HOPS,
		.protocol = IPPROTO_UDP,
		.saddr = p->source.addr.word[3],
		.daddr = p->local.addr.word[3],
	};

	ip.check = checksum(sum_bytes(0, &ip, sizeof(ip)));
	memcpy(at, &ip, sizeof(ip));
	return sum_bytes(htons(IPPROTO_UDP) + htons(udp_length), &ip.saddr, 8);
}

static uint64_t put_ipv6(uint8_t *at, const struct capture_packet *p)
{
	uint16_t udp_length = (uint16_t)(sizeof(struct udphdr) + p->len);
	struct ip6_hdr ip = {0};

	ip.ip6_flow = htonl(6U << 28);
	ip.ip6_plen = htons(udp_length);
	ip.ip6_nxt = IPPROTO_UDP;
	ip.ip6_hlim = HOPS;
	memcpy(&ip.ip6_src, &p->source.addr, sizeof(ip.ip6_src));
	memcpy(&ip.ip6_dst, &p->local.addr, sizeof(ip.ip6_dst));
	memcpy(at, &ip, sizeof(ip));
	return sum_bytes(htons(IPPROTO_UDP) + htons(udp_length), &ip.ip6_src, 32);
}

static void put_udp(uint8_t *at, const struct capture_packet *p, uint64_t pseudo)
{
	struct udphdr udp = {
		.source = p->source.port,
		.dest = p->local.port,
		.len = htons((uint16_t)(sizeof(udp) + p->len)),
	};

	udp.check = checksum(sum_bytes(sum_bytes(pseudo, &udp, sizeof(udp)), p->data, p->len));
	if (!udp.check)
		udp.check = 0xffff;
	memcpy(at, &udp, sizeof(udp));
}

/* Lays out the whole frame and returns its length. */
static size_t put_frame(uint8_t *frame, const struct capture_packet *p, uint16_t id)
{
	struct ether_header *eth = (struct ether_header *)frame;
	bool v4 = addr_is_v4(&p->source.addr);
	size_t udp_at = ETH_HLEN + (v4 ? sizeof(struct iphdr) : sizeof(struct ip6_hdr));
	uint64_t pseudo;

	put_mac(eth->ether_dhost, &p->local.addr);
	put_mac(eth->ether_shost, &p->source.addr);
	eth->ether_type = htons(v4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	pseudo = v4 ? put_ipv4(frame + ETH_HLEN, p, id) : put_ipv6(frame + ETH_HLEN, p);
	put_udp(frame + udp_at, p, pseudo);
	memcpy(frame + udp_at + sizeof(struct udphdr), p->data, p->len);
	return udp_at + sizeof(struct udphdr) + p->len;
}

/* --- what is written ------------------------------------------------------------------------- */

const void *pcapwriter_header(const struct pcapwriter *w, size_t *len)
{
	*len = sizeof(w->header);
	return &w->header;
}

const void *pcapwriter_record(struct pcapwriter *w, const struct capture_packet *p, uint16_t id,
			      size_t *len)
{
	size_t bytes = put_frame(w->frame, p, id);
	const struct pcap_pkthdr head = {
		.ts = {(time_t)(p->time / NS_PER_S), (suseconds_t)(p->time % NS_PER_S / 1000)},
		.caplen = (uint32_t)(bytes < SNAPLEN ? bytes : SNAPLEN),
		.len = (uint32_t)bytes,
	};

	w->len = 0;
	pcap_dump((u_char *)w->dumper, &head, w->frame);
	*len = w->len;
	return w->record;
}
