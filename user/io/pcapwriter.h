/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of pcap files (2.4, host order), as libpcap writes them, for any number of files: those
 * of a file's start, and those of a packet with Ethernet, IP and UDP headers made up, all valid.
 */
#ifndef XRP_IO_PCAPWRITER_H
#define XRP_IO_PCAPWRITER_H

#include <io/capture.h>

/* NULL with errno set. */
struct pcapwriter *pcapwriter_new(void);
void pcapwriter_free(struct pcapwriter *writer);
/* What each file begins with; to be called from any thread. */
const void *pcapwriter_header(const struct pcapwriter *writer, size_t *len);
/*
 * A packet of at most CAPTURE_PAYLOAD bytes; `id` is its IPv4 identification. One thread at a time,
 * and good until the next call.
 */
const void *pcapwriter_record(struct pcapwriter *writer, const struct capture_packet *packet,
			      uint16_t id, size_t *len);

#endif
