/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See capture.h. stdio buffers 4 KiB, as rtpproxy does; libpcap writes to the same stream, which it
 * is given open, because it knows no directory descriptors.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <pcap/pcap.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <base/endpoint.h>
#include <base/siphash.h>
#include <io/capture.h>
#include <io/leftover.h>

#define BUFFER_BYTES  4096
#define SNAPLEN	      65535
#define PARTS_AT_MOST 100000
#define NS_PER_S      1000000000ULL
#define HASH_DIGITS   17 /* "~" and 16 of them */
#define HOPS	      127
#define UDP_MAX	      (65535 - sizeof(struct iphdr) - sizeof(struct udphdr))
#define HEADERS_BYTES (ETH_HLEN + sizeof(struct ip6_hdr) + sizeof(struct udphdr))

struct capture {
	struct capture_dirs dirs;
	char name[CAPTURE_NAME];
	FILE *file;
	pcap_t *pcap; /* NULL: rtpproxy's own format */
	pcap_dumper_t *dumper;
	uint16_t id; /* IPv4 identification, counted up */
	char buffer[BUFFER_BYTES];
	uint8_t frame[HEADERS_BYTES + UDP_MAX];
};

/* rtpproxy's header of a packet. */
struct adhoc {
	uint16_t family; /* host order */
	__be16 port;	 /* of the source, as its address */
	uint8_t addr[16];
	double time;	 /* s since the epoch, host order */
	uint16_t length; /* host order */
} __attribute__((packed));
_Static_assert(sizeof(struct adhoc) == 30, "as rtpproxy writes it");

/* --- names ----------------------------------------------------------------------------------- */

static bool is_safe(struct text text, size_t i)
{
	unsigned char c = (unsigned char)text.at[i];

	return c >= ' ' && c != 0x7f && c != '/' && c != '%' && (c != '.' || i > 0);
}

/* Writes as much of `text` as fits whole into `room` characters; returns how many these are. */
static size_t escape(char *out, size_t room, struct text text, bool *cut)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		size_t width = is_safe(text, i) ? 1 : 3;

		*cut = len + width > room;
		if (*cut)
			break;
		if (width == 1) {
			out[len++] = text.at[i];
		} else {
			out[len++] = '%';
			out[len++] = hex[(unsigned char)text.at[i] >> 4];
			out[len++] = hex[text.at[i] & 15];
		}
	}
	return len;
}

char *capture_name(char name[CAPTURE_NAME], struct text text, const char *suffix)
{
	static const uint8_t key[16] = "recording's name"; /* the same name at every start */
	size_t room = CAPTURE_NAME - 1 - strlen(suffix), len;
	bool cut = false;

	len = escape(name, room, text, &cut);
	if (cut) {
		len = escape(name, room - HASH_DIGITS, text, &cut);
		len += (size_t)snprintf(name + len, HASH_DIGITS + 1, "~%016llx",
					(unsigned long long)siphash(key, text.at, text.len));
	}
	memcpy(name + len, suffix, strlen(suffix) + 1);
	return name;
}

/* --- opening and closing --------------------------------------------------------------------- */

/* Where what follows a part's number begins. */
static size_t suffix_at(const char *name)
{
	static const char *const suffixes[] = {".o.rtp", ".a.rtp", ".o.rtcp", ".a.rtcp",
					       ".rtp",	 ".rtcp",  ".pcap"};
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t end = strlen(suffixes[i]);

		if (len > end && !strcmp(name + len - end, suffixes[i]))
			return len - end;
	}
	return len;
}

/* Where ".partN" begins that ends `at`, and its N; `at` and 1 when there is none. */
static size_t part_at(const char *name, size_t at, unsigned int *number)
{
	size_t digits = at, word = strlen(".part");

	*number = 1;
	while (digits && name[digits - 1] >= '0' && name[digits - 1] <= '9')
		digits--;
	if (digits == at || digits <= word || at - digits > 6 ||
	    memcmp(name + digits - word, ".part", word) != 0)
		return at;
	*number = (unsigned int)strtoul(name + digits, NULL, 10);
	return digits - word;
}

char *capture_part(char name[CAPTURE_NAME], unsigned int number)
{
	size_t end = suffix_at(name), len, room;
	char suffix[8], part[24];
	unsigned int had;

	if (number < 2)
		return name;
	snprintf(suffix, sizeof(suffix), "%s", name + end);
	len = part_at(name, end, &had);
	snprintf(part, sizeof(part), ".part%u", had + number - 1);
	room = CAPTURE_NAME - 1 - strlen(part) - strlen(suffix);
	if (len > room)
		len = room;
	snprintf(name + len, CAPTURE_NAME - len, "%s%s", part, suffix);
	return name;
}

int capture_move(const struct capture_dirs *dirs, const char *name)
{
	char to[CAPTURE_NAME];
	int err = -EEXIST;

	for (unsigned int number = 1; err == -EEXIST && number < PARTS_AT_MOST; number++) {
		snprintf(to, sizeof(to), "%s", name);
		capture_part(to, number);
		err = renameat2(dirs->spool, name, dirs->record, to, RENAME_NOREPLACE) ? -errno : 0;
	}
	return err;
}

/* One that is recorded again replaces what was there, as in rtpproxy; but not a later part. */
static int move_complete(const struct capture_dirs *dirs, const char *name)
{
	unsigned int number;

	part_at(name, suffix_at(name), &number);
	if (number > 1)
		return capture_move(dirs, name);
	return renameat(dirs->spool, name, dirs->record, name) ? -errno : 0;
}

static bool is_in(int dir, const char *name)
{
	struct stat st;

	return dir >= 0 && (!fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || errno != ENOENT);
}

bool capture_exists(const struct capture_dirs *dirs, const char *name)
{
	return is_in(dirs->record, name) || is_in(dirs->spool, name);
}

/* 0 when the file is now ours alone, and empty. */
static int claim(int fd)
{
	struct stat st;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -EINVAL;
	if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return -EBUSY;
	return ftruncate(fd, 0) ? -errno : 0;
}

/* O_NONBLOCK: else a FIFO that somebody left there would stop us. */
static int open_file(int dir, const char *name, int flags)
{
	int fd = openat(dir, name,
			O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags,
			0666);
	int err;

	if (fd < 0)
		return errno == ENXIO ? -EINVAL : -errno;
	err = claim(fd);
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int open_where_written(const struct capture_dirs *dirs, const char *name)
{
	uint64_t cut;
	int fd;

	if (dirs->spool < 0)
		return open_file(dirs->record, name, 0);
	fd = open_file(dirs->spool, name, O_EXCL);
	if (fd == -EEXIST) {
		fd = leftover_move(dirs, name, &cut);
		if (!fd || fd == -ENOENT)
			fd = open_file(dirs->spool, name, O_EXCL);
	}
	return fd;
}

static int open_pcap(struct capture *c)
{
	c->pcap = pcap_open_dead(DLT_EN10MB, SNAPLEN);
	if (!c->pcap)
		return -ENOMEM;
	c->dumper = pcap_dump_fopen(c->pcap, c->file);
	if (!c->dumper || pcap_dump_flush(c->dumper))
		return errno ? -errno : -EIO;
	return 0;
}

/* The dumper is the stream, by another name. */
static int close_file(struct capture *c)
{
	int err = fclose(c->file) ? -errno : 0;

	if (c->pcap)
		pcap_close(c->pcap);
	return err;
}

int capture_open(const struct capture_dirs *dirs, const char *name, enum capture_format format,
		 struct capture **capture)
{
	struct capture *c = calloc(1, sizeof(*c));
	int fd, err = 0;

	if (!c)
		return -ENOMEM;
	c->dirs = *dirs;
	snprintf(c->name, sizeof(c->name), "%s", name);
	fd = open_where_written(dirs, name);
	c->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!c->file) {
		err = fd < 0 ? fd : -errno;
		if (fd >= 0)
			close(fd);
		free(c);
		return err;
	}
	setvbuf(c->file, c->buffer, _IOFBF, sizeof(c->buffer));
	if (format == CAPTURE_PCAP)
		err = open_pcap(c);
	if (err) {
		close_file(c);
		free(c);
		return err;
	}
	*capture = c;
	return 0;
}

int capture_flush(struct capture *c)
{
	if (ferror(c->file))
		return -EIO;
	return fflush(c->file) ? -errno : 0;
}

/* It moves before its lock goes with the descriptor. */
int capture_close(struct capture *c)
{
	int failed = capture_flush(c), err = 0;

	if (c->dirs.spool >= 0)
		err = move_complete(&c->dirs, c->name);
	if (!failed)
		failed = err;
	err = close_file(c);
	if (!failed)
		failed = err;
	free(c);
	return failed;
}

/* --- packets --------------------------------------------------------------------------------- */

static int write_adhoc(struct capture *c, const struct capture_packet *p)
{
	uint64_t seconds = p->time / NS_PER_S; /* ns since the epoch are too many for a double */
	struct adhoc head = {
		.family = (uint16_t)addr_family(&p->source.addr),
		.port = p->source.port,
		.time = (double)seconds + (double)(p->time % NS_PER_S) / NS_PER_S,
		.length = (uint16_t)p->len,
	};

	if (addr_is_v4(&p->source.addr))
		memcpy(head.addr, &p->source.addr.word[3], 4);
	else
		memcpy(head.addr, &p->source.addr, 16);
	if (fwrite(&head, sizeof(head), 1, c->file) != 1 ||
	    (p->len && fwrite(p->data, p->len, 1, c->file) != 1))
		return errno ? -errno : -EIO;
	return 0;
}

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
static uint64_t put_ipv4(struct capture *c, uint8_t *at, const struct capture_packet *p)
{
	uint16_t udp_length = (uint16_t)(sizeof(struct udphdr) + p->len);
	struct iphdr ip = {
		.version = 4,
		.ihl = sizeof(ip) / 4,
		.tot_len = htons((uint16_t)(sizeof(ip) + udp_length)),
		.id = htons(c->id++),
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
static size_t put_frame(struct capture *c, const struct capture_packet *p)
{
	struct ether_header *eth = (struct ether_header *)c->frame;
	bool v4 = addr_is_v4(&p->source.addr);
	size_t udp_at = ETH_HLEN + (v4 ? sizeof(struct iphdr) : sizeof(struct ip6_hdr));
	uint64_t pseudo;

	put_mac(eth->ether_dhost, &p->local.addr);
	put_mac(eth->ether_shost, &p->source.addr);
	eth->ether_type = htons(v4 ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	pseudo = v4 ? put_ipv4(c, c->frame + ETH_HLEN, p) : put_ipv6(c->frame + ETH_HLEN, p);
	put_udp(c->frame + udp_at, p, pseudo);
	memcpy(c->frame + udp_at + sizeof(struct udphdr), p->data, p->len);
	return udp_at + sizeof(struct udphdr) + p->len;
}

/* libpcap does not tell when it could not write, the stream does. */
static int write_pcap(struct capture *c, const struct capture_packet *p)
{
	size_t len = put_frame(c, p);
	const struct pcap_pkthdr head = {
		.ts = {(time_t)(p->time / NS_PER_S), (suseconds_t)(p->time % NS_PER_S / 1000)},
		.caplen = (uint32_t)(len < SNAPLEN ? len : SNAPLEN),
		.len = (uint32_t)len,
	};

	pcap_dump((u_char *)c->dumper, &head, c->frame);
	return ferror(c->file) ? -EIO : 0;
}

int capture_write(struct capture *c, const struct capture_packet *packet)
{
	if (packet->len > UDP_MAX)
		return -EMSGSIZE;
	if (ferror(c->file)) /* a torn record stands in it: nothing behind could be read */
		return -EIO;
	errno = 0;
	return c->pcap ? write_pcap(c, packet) : write_adhoc(c, packet);
}
