/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Egress: which of the interfaces relayed frames may leave by. A frame that is sent out of an
 * interface whose driver is not ready for it is lost without a trace, so this must be known before.
 */
#ifndef XRP_DATAPATH_EGRESS_H
#define XRP_DATAPATH_EGRESS_H

#include <datapath/datapath.h>

/*
 * Sets `egress` of each interface (mode and why are set already), and `why` of those where XDP is
 * native but nothing can be sent. Marks as `changed` those whose egress is not as it was.
 */
void egress_judge(struct datapath_interface *interfaces, unsigned int count);

#endif
