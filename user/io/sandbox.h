/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --seccomp: the system calls that the daemon may make once it has started. Everything is open and
 * attached then, so that few are left; who takes the daemon over by a packet can start no
 * program, load none into the kernel and open no socket of another kind.
 *
 * A call that is not on the list fails with ENOSYS: a C library that is newer than the list takes
 * that for an old kernel and does without, so an upgrade does not take the relay down. Calls that
 * only an intruder makes (execve, ptrace, mount, ...) end the process at once; the media goes on in
 * the kernel, and the next start has an address space of its own.
 */
#ifndef XRP_IO_SANDBOX_H
#define XRP_IO_SANDBOX_H

enum sandbox {
	SANDBOX_REFUSE, /* the default, as above */
	SANDBOX_KILL,	/* whatever is not on the list ends the process */
	SANDBOX_LOG,	/* nothing is refused, the kernel logs it */
	SANDBOX_OFF,
};

/* The word of --seccomp. */
const char *sandbox_name(enum sandbox sandbox);
/* 0, or -EINVAL: no such word. */
int sandbox_parse(const char *name, enum sandbox *sandbox);
/*
 * Puts the filter on all threads of the process, for good. No thread can be started after it. 0 or
 * -errno: -EOPNOTSUPP where the kernel, or a filter that is there already, has none of it.
 */
int sandbox_enter(enum sandbox sandbox);

#endif
