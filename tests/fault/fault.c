/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's fault points in the build for tests: XRP_FAULT=NAME:N in the environment kills the
 * process, as kill -9 does, when it comes to the point NAME for the N-th time.
 * XRP_FAULT=NAME:N:WHAT does what an intruder would, and says on stderr what the kernel made of it.
 */
#include <base/fault.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

/* Each is 0 or more when it is let. */
static long start_program(void)
{
	char *const none[] = {NULL};

	return execve("/bin/true", none, none);
}

static long start_process(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	return child;
}

static long ask_group(void)
{
	return syscall(SYS_getpgid, 0);
}

static long open_packet_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static long map_code(void)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return code == MAP_FAILED ? -1 : 0;
}

/* Without a program: EINVAL or EFAULT when it is let. */
static long load_bpf(void)
{
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_XDP};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static long kill_another(void)
{
	return kill(1, 0);
}

static const struct {
	const char *name;
	long (*try)(void);
} intrusions[] = {
	{"exec", start_program},	{"fork", start_process}, {"getpgid", ask_group},
	{"packet", open_packet_socket}, {"code", map_code},	 {"bpf", load_bpf},
	{"kill", kill_another},
};

/* True: the name stands for one, which was tried. */
static bool intrude(const char *name)
{
	for (unsigned int i = 0; i < sizeof(intrusions) / sizeof(intrusions[0]); i++) {
		if (strcmp(intrusions[i].name, name) != 0)
			continue;
		errno = 0;
		dprintf(STDERR_FILENO, "intrusion=%s ", name);
		intrusions[i].try();
		dprintf(STDERR_FILENO, "errno=%d\n", errno);
		return true;
	}
	return false;
}

void fault_point(const char *name)
{
	static unsigned long seen;
	const char *wanted = getenv("XRP_FAULT");
	size_t len = strlen(name);
	char *end;

	if (!wanted || strncmp(wanted, name, len) != 0 || wanted[len] != ':')
		return;
	if (++seen != strtoul(wanted + len + 1, &end, 10))
		return;
	if (*end != ':' || !intrude(end + 1))
		kill(getpid(), SIGKILL);
}
