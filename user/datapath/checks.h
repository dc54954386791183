/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start-up checks: may this process use BPF, and can this kernel do what the datapath needs? */
#ifndef XRP_DATAPATH_CHECKS_H
#define XRP_DATAPATH_CHECKS_H

#include <datapath/complaint.h>

/* 0; or -EPERM, -ENOSYS, -EOPNOTSUPP or another -errno with the sentence. */
int checks_kernel(struct complaint *complaint);

/*
 * What may be wrong when the kernel's verifier refused our programs with `err`, as the end of a
 * sentence; "" when there is nothing to say.
 */
const char *checks_refusal(int err);

#endif
