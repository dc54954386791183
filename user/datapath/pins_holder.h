/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which daemon uses a pin root, for those who want it to leave. */
#ifndef XRP_DATAPATH_PINS_HOLDER_H
#define XRP_DATAPATH_PINS_HOLDER_H

/* Its pid; 0: none does, or the root is not there. -EBUSY: one in another container, whose pid is
 * not seen from here. */
int pins_holder(const char *root);

#endif
