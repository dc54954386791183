/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Complaints: the one sentence for the operator that says what is wrong and how to mend it, and
 * what libbpf said meanwhile, which often holds the kernel's own reason.
 */
#ifndef XRP_DATAPATH_COMPLAINT_H
#define XRP_DATAPATH_COMPLAINT_H

struct complaint { /* where the sentence goes */
	char *text;
	unsigned int size;
};

/* Writes the sentence and returns `err`, so that `return complain(...)` does both. */
int complain(struct complaint *complaint, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* From here on libbpf prints nothing; what it says is kept. */
void complaint_listen(void);
/* Forgets what was heard: to be called before the step that may fail. */
void complaint_forget(void);
/*
 * The most telling line since complaint_forget: the kernel's own reason (netlink's extended ack),
 * else the verifier's last word, else libbpf's first warning; "" where nothing was said. Valid
 * until the next call into libbpf.
 */
const char *complaint_heard(void);

#endif
