/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See sandbox.h. The list was made by tracing the network tests, and by reading. */
#include <errno.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <io/sandbox.h>

/* A call whose argument number `arg` must be `value` in the bits of `mask`. */
struct sandbox_rule {
	const char *call;
	unsigned int arg;
	uint32_t mask, value;
};

#define WHOLE	     0xffffffffU
#define SANDBOX_CALL 32 /* room for a name, as in the format of add_calls */

/* Allowed whatever the arguments are. */
static const char sandbox_calls[] =
	/* the loop, its timers and sockets */
	"accept accept4 bind clock_getres clock_gettime clock_nanosleep connect epoll_create1 "
	"epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd2 getpeername getsockname "
	"getsockopt gettimeofday listen nanosleep poll ppoll pselect6 recv recvfrom recvmmsg "
	"recvmsg select send sendmmsg sendmsg sendto setsockopt shutdown time timerfd_create "
	"timerfd_settime "
	/* files: recordings, prompts, configuration, pins, the log */
	"access chdir close dup dup2 dup3 faccessat faccessat2 fadvise64 fallocate fcntl "
	"fdatasync flock fstat fstatfs fsync ftruncate getcwd getdents64 linkat lseek lstat "
	"mkdir mkdirat newfstatat open openat openat2 pipe2 pread64 preadv pwrite64 pwritev "
	"read readlink readlinkat readv rename renameat renameat2 rmdir stat statfs statx "
	"umask unlink unlinkat write writev "
	/* memory, threads, signals, and what a C library asks */
	"brk exit exit_group futex futex_wait futex_waitv futex_wake get_robust_list getcpu "
	"getegid geteuid getgid getpid getppid getrandom getresgid getresuid getrlimit "
	"getrusage gettid getuid madvise membarrier mremap munmap restart_syscall rseq "
	"rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigtimedwait "
	"sched_getaffinity sched_yield set_robust_list sigaltstack sysinfo times uname ";

/*
 * Rows are written, links made, updated and pinned when interfaces come; but no program is loaded:
 * all are there, and one of an intruder's could read the kernel's memory.
 */
static const struct sandbox_rule sandbox_rules[] = {
	{"bpf", 0, WHOLE, BPF_MAP_LOOKUP_ELEM},
	{"bpf", 0, WHOLE, BPF_MAP_UPDATE_ELEM},
	{"bpf", 0, WHOLE, BPF_MAP_DELETE_ELEM},
	{"bpf", 0, WHOLE, BPF_MAP_GET_NEXT_KEY},
	{"bpf", 0, WHOLE, BPF_MAP_LOOKUP_AND_DELETE_ELEM},
	{"bpf", 0, WHOLE, BPF_MAP_LOOKUP_BATCH},
	{"bpf", 0, WHOLE, BPF_MAP_LOOKUP_AND_DELETE_BATCH},
	{"bpf", 0, WHOLE, BPF_MAP_UPDATE_BATCH},
	{"bpf", 0, WHOLE, BPF_MAP_DELETE_BATCH},
	{"bpf", 0, WHOLE, BPF_OBJ_PIN},
	{"bpf", 0, WHOLE, BPF_OBJ_GET},
	{"bpf", 0, WHOLE, BPF_OBJ_GET_INFO_BY_FD},
	{"bpf", 0, WHOLE, BPF_LINK_CREATE},
	{"bpf", 0, WHOLE, BPF_LINK_UPDATE},
	{"bpf", 0, WHOLE, BPF_LINK_DETACH},
	/* to name the program of others that is attached already */
	{"bpf", 0, WHOLE, BPF_PROG_GET_FD_BY_ID},
	{"bpf", 0, WHOLE, BPF_PROG_QUERY},
	{"socket", 0, WHOLE, AF_UNIX},
	{"socket", 0, WHOLE, AF_INET},
	{"socket", 0, WHOLE, AF_INET6},
	{"socket", 0, WHOLE, AF_NETLINK},
	{"ioctl", 1, WHOLE, FIONREAD},
	{"ioctl", 1, WHOLE, FIONBIO},
	{"ioctl", 1, WHOLE, TIOCOUTQ},
	{"ioctl", 1, WHOLE, TCGETS},
	{"ioctl", 1, WHOLE, SIOCGIFINDEX},
	{"ioctl", 1, WHOLE, SIOCGIFNAME},
	{"ioctl", 1, WHOLE, SIOCGIFFLAGS},
	{"ioctl", 1, WHOLE, SIOCGIFHWADDR},
	{"ioctl", 1, WHOLE, SIOCETHTOOL},
	{"prctl", 0, WHOLE, PR_GET_NAME},
	{"prctl", 0, WHOLE, PR_SET_NAME},
	/* memory is written or executed, and what is executed was there at the start */
	{"mmap", 2, PROT_EXEC, 0},
	{"mprotect", 2, PROT_EXEC, 0},
};

/* Nobody but an intruder makes these. */
static const char sandbox_alarms[] =
	"chroot delete_module execve execveat finit_module fsmount init_module "
	"kexec_file_load kexec_load mount move_mount open_by_handle_at perf_event_open "
	"pivot_root ptrace reboot process_vm_readv process_vm_writev setns swapon umount2 "
	"unshare userfaultfd ";

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const char *const sandbox_names[] = {
	[SANDBOX_REFUSE] = "refuse",
	[SANDBOX_KILL] = "kill",
	[SANDBOX_LOG] = "log",
	[SANDBOX_OFF] = "off",
};

const char *sandbox_name(enum sandbox sandbox)
{
	return sandbox_names[sandbox];
}

int sandbox_parse(const char *name, enum sandbox *sandbox)
{
	for (unsigned int i = 0; i < COUNT(sandbox_names); i++) {
		if (strcmp(sandbox_names[i], name) != 0)
			continue;
		*sandbox = (enum sandbox)i;
		return 0;
	}
	return -EINVAL;
}

/* Calls by name; one that this libseccomp does not know the default is for. 0 or -errno. */
static int add_calls(scmp_filter_ctx filter, uint32_t action, const char *calls)
{
	char call[SANDBOX_CALL];
	int number, used, err = 0;

	for (; !err && sscanf(calls, "%31s%n", call, &used) == 1; calls += used) {
		number = seccomp_syscall_resolve_name(call);
		if (number != __NR_SCMP_ERROR)
			err = seccomp_rule_add(filter, action, number, 0);
	}
	return err;
}

static int add_if(scmp_filter_ctx filter, const struct sandbox_rule *rule)
{
	const struct scmp_arg_cmp compare = {rule->arg, SCMP_CMP_MASKED_EQ, rule->mask,
					     rule->value};
	int number = seccomp_syscall_resolve_name(rule->call);

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &compare);
}

static int add_all(scmp_filter_ctx filter, enum sandbox sandbox)
{
	/* abort(3), and nobody else's processes */
	const struct sandbox_rule own[] = {
		{"kill", 0, WHOLE, (uint32_t)getpid()},
		{"tgkill", 0, WHOLE, (uint32_t)getpid()},
	};
	int err = add_calls(filter, SCMP_ACT_ALLOW, sandbox_calls);

	for (unsigned int i = 0; i < COUNT(sandbox_rules) && !err; i++)
		err = add_if(filter, &sandbox_rules[i]);
	for (unsigned int i = 0; i < COUNT(own) && !err; i++)
		err = add_if(filter, &own[i]);
	if (!err && sandbox == SANDBOX_REFUSE)
		err = add_calls(filter, SCMP_ACT_KILL_PROCESS, sandbox_alarms);
	return err;
}

/* What is refused is logged; Spectre's mitigation, which would cost media, is left as it was. */
static int set_up(scmp_filter_ctx filter)
{
	int err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_SSB, 1);
	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return err;
}

int sandbox_enter(enum sandbox sandbox)
{
	const uint32_t actions[] = {
		[SANDBOX_REFUSE] = SCMP_ACT_ERRNO(ENOSYS),
		[SANDBOX_KILL] = SCMP_ACT_KILL_PROCESS,
		[SANDBOX_LOG] = SCMP_ACT_LOG,
	};
	scmp_filter_ctx filter;
	int err;

	if (sandbox == SANDBOX_OFF)
		return 0;
	filter = seccomp_init(actions[sandbox]);
	if (!filter)
		return -ENOMEM;
	err = set_up(filter);
	if (!err)
		err = add_all(filter, sandbox);
	if (!err)
		err = seccomp_load(filter);
	seccomp_release(filter);
	return err;
}
