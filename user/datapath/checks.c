/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel is asked by loading two programs of two instructions, not by its version number:
 * distributions carry features back, and containers take them away. An XDP link needs no probe of
 * its own: it came with sk_lookup (5.9).
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>
#include <bpf/bpf.h>
#include <datapath/checks.h>

/* Loads "return 1" as a program of this kind. 0 or -errno. */
static int probe(enum bpf_prog_type type, enum bpf_attach_type attach)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach);
	int fd = bpf_prog_load(type, "xrp_probe", "GPL", insns, 2, &opts);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static bool has_capability(unsigned int capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[capability / 32].effective >> capability % 32 & 1;
}

static int complain_permission(struct complaint *complaint)
{
	bool bpf = has_capability(CAP_BPF) || has_capability(CAP_SYS_ADMIN);
	bool net = has_capability(CAP_NET_ADMIN);
	const char *missing = "CAP_BPF and CAP_NET_ADMIN";

	if (bpf && net)
		return complain(complaint, -EPERM,
				"the kernel refuses bpf() although CAP_BPF and CAP_NET_ADMIN are "
				"there: a user namespace, a seccomp filter (of a container) or "
				"kernel lockdown forbids it, run outside of it");
	if (bpf || net)
		missing = bpf ? "CAP_NET_ADMIN" : "CAP_BPF";
	return complain(complaint, -EPERM, "loading XDP programs needs %s: run as root or give it",
			missing);
}

int checks_kernel(struct complaint *complaint)
{
	int err = probe(BPF_PROG_TYPE_XDP, 0);

	if (err == -EPERM || err == -EACCES)
		return complain_permission(complaint);
	if (err == -ENOSYS || err == -EINVAL)
		return complain(complaint, -ENOSYS,
				"this kernel cannot load XDP programs: one built with "
				"CONFIG_BPF_SYSCALL and CONFIG_NET, 6.1 or newer, is needed");
	if (err)
		return complain(complaint, err, "cannot load a small XDP program: %s",
				strerror(-err));
	err = probe(BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP);
	if (err)
		return complain(complaint, -EOPNOTSUPP,
				"this kernel cannot load sk_lookup programs (%s): 6.1 or newer is "
				"needed",
				strerror(-err));
	return 0;
}

const char *checks_refusal(int err)
{
	if (err != -EPERM && err != -EACCES)
		return "";
	if (has_capability(CAP_PERFMON) || has_capability(CAP_SYS_ADMIN))
		return "";
	return "; CAP_PERFMON is missing: give it";
}
