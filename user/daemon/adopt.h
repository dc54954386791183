/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adoption: the calls of an earlier daemon, which the kernel relayed on meanwhile, become this
 * one's. The journal says what should be; the rows that are there already are taken for written;
 * then the synchroniser makes the map equal, as after any command.
 */
#ifndef XRP_DAEMON_ADOPT_H
#define XRP_DAEMON_ADOPT_H

struct relay;

/*
 * To be called once all parts are there, before the programs are exchanged and before anything is
 * served. Records that cannot be read are set aside and told; the rest is adopted. Returns 0, or
 * -errno where the maps cannot be walked.
 */
int adopt_run(struct relay *relay);

#endif
