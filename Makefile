# SPDX-License-Identifier: GPL-2.0-or-later
# xdp-rtpproxy: `make` builds, `make help` lists the rest. V=1 shows the commands, B=DIR builds in
# another directory. One Makefile for the whole tree; it calls itself only to build a second time
# with other flags (asan, fuzz), and after a target has installed packages.

B        ?= build
CC       := gcc
CLANG    ?= clang
BPFTOOL  ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PREFIX   ?= /usr/local
SBINDIR  ?= $(PREFIX)/sbin
MANDIR   ?= $(PREFIX)/share/man
UNITDIR  ?= $(PREFIX)/lib/systemd/system
USERSDIR ?= $(PREFIX)/lib/sysusers.d
CONFDIR  ?= /etc
ARGS     ?=
SECONDS  ?= 60
VERSION  := 0.1.0
Q        := $(if $(V),,@)
say       = $(if $(V),,@printf '  %-8s%s\n' '$(1)' '$(2)')
MAKEFLAGS += --no-builtin-rules --no-print-directory

WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
PKGS     := libbpf libelf zlib libevent libmnl jansson libpcap libcap-ng libseccomp
CPPFLAGS := -D_GNU_SOURCE -Iinclude -Iuser -I$(B)/gen -DXRP_VERSION='"$(VERSION)"'
OPT      ?= -O2 -g
CFLAGS   := -std=gnu11 $(OPT) $(WARN) $(HARDEN) $(SAN)
LDFLAGS  := -pie -Wl,-z,relro,-z,now $(SAN)
LDLIBS    = $(shell pkg-config --libs $(PKGS))
BPFFLAGS := -g -O2 -target bpf -mcpu=v3 -Wall -Werror -Iinclude -I$(B)/gen \
            -I/usr/include/$(shell $(CC) -print-multiarch 2>/dev/null)
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

TOOLBPF  := $(wildcard tools/*/*.bpf.c)
SKELS    := $(patsubst %.bpf.c,$(B)/gen/%.skel.h,$(notdir $(wildcard bpf/*.bpf.c) $(TOOLBPF)))
LIBDIRS  := base core proto datapath io
LIBSRC   := $(foreach d,$(LIBDIRS),$(wildcard user/$(d)/*.c))
LIBOBJ   := $(LIBSRC:%.c=$(B)/%.o)
DAEMON   := $(wildcard user/daemon/*.c)
CTL      := $(wildcard user/ctl/*.c)
unit     := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
packet   := $(patsubst tests/packet/%.c,%,$(wildcard tests/packet/test_*.c))
model    := $(patsubst tests/model/%.c,%,$(wildcard tests/model/test_*.c))
fuzz     := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
UNIT     := $(unit:%=$(B)/tests/%)
PACKET   := $(packet:%=$(B)/tests/%)
MODEL    := $(model:%=$(B)/tests/%)
REPLAY   := $(fuzz:%=$(B)/tests/replay_%)
TOOLS    := $(patsubst tools/%.c,$(B)/%,$(wildcard tools/*.c))
FAULT    := $(B)/tests/xdp-rtpproxy-fault
PROGRAMS := $(B)/xdp-rtpproxy $(B)/xdp-rtpctl
MAN      := $(wildcard docs/*.8)
UNITS    := xdp-rtpproxy.service xdp-rtpproxy@.service

all: $(PROGRAMS) ## build the daemon and the operator's command
tests: $(UNIT) $(PACKET) $(MODEL) $(REPLAY) $(TOOLS) $(FAULT) ## build all test programs, run none
.PHONY: all tests FORCE
.DELETE_ON_ERROR:
.PRECIOUS: $(B)/%.o $(B)/bpf/%.bpf.o $(B)/gen/%.skel.h

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# What must be on the machine to build. Asked before the first compilation, not at each `make`.
$(B)/tools.ok:
	@for c in $(CC) $(CLANG) $(BPFTOOL) pkg-config; do command -v $$c >/dev/null || missing="$$missing $$c"; done; \
	if command -v pkg-config >/dev/null; then for p in $(PKGS) cmocka; do \
		pkg-config --exists $$p || missing="$$missing $$p"; done; fi; \
	if [ -n "$$missing" ]; then \
		echo "make: these are missing:$$missing. Run 'sudo tools/setup.sh build', which installs them." >&2; \
		exit 1; \
	fi; mkdir -p $(@D); touch $@

# Stamps: other flags make everything anew, another list of sources links anew.
$(B)/flags: export STAMP := $(CC) $(CLANG) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(BPFFLAGS)
$(B)/sources: export STAMP := $(LIBSRC) $(DAEMON) $(CTL) $(wildcard tools/*/*.c tests/*/*/*.c)
$(B)/flags $(B)/sources: FORCE
	@mkdir -p $(@D); printf '%s\n' "$$STAMP" | cmp -s - $@ || printf '%s\n' "$$STAMP" > $@

# The kernel side: objects, then skeletons. No BTF of this machine is needed to build.
bpf-object = $(Q)mkdir -p $(@D) && $(CLANG) $(BPFFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@
$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(B)/flags | $(B)/tools.ok
	$(call say,BPF,$@)
	$(bpf-object)
$(B)/bpf/%.bpf.o: tools/bench/%.bpf.c $(B)/flags | $(B)/tools.ok
	$(call say,BPF,$@)
	$(bpf-object)
$(B)/bpf/%.bpf.o: tools/storm/%.bpf.c $(B)/flags | $(B)/tools.ok
	$(call say,BPF,$@)
	$(bpf-object)
$(B)/bpf/%.bpf.o: tools/attack/%.bpf.c $(B)/flags | $(B)/tools.ok
	$(call say,BPF,$@)
	$(bpf-object)
$(B)/gen/%.skel.h: $(B)/bpf/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)mkdir -p $(@D)
	$(Q){ echo '/* NOLINTBEGIN */' && $(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf && \
		echo '/* NOLINTEND */'; } > $@

# The user side.
$(B)/%.o: %.c $(B)/flags | $(SKELS) $(B)/tools.ok
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(B)/libxrp.a: $(LIBOBJ) $(B)/sources
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $(LIBOBJ)

link = $(Q)mkdir -p $(@D) && $(CC) $(LDFLAGS) $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS) $(1) -o $@
$(B)/xdp-rtpproxy: $(DAEMON:%.c=$(B)/%.o) $(B)/libxrp.a $(B)/sources
	$(call say,LD,$@)
	$(call link)
# The daemon that tests can kill between two writes (user/base/fault.h).
$(B)/tests/xdp-rtpproxy-fault: $(DAEMON:%.c=$(B)/%.o) $(B)/tests/fault/fault.o $(B)/libxrp.a $(B)/sources
	$(call say,LD,$@)
	$(call link)
$(B)/xdp-rtpctl: $(CTL:%.c=$(B)/%.o) $(B)/libxrp.a $(B)/sources
	$(call say,LD,$@)
	$(call link)
# A program X.c may have parts of its own in the directory X beside it (test_X.c: in X).
parts = $$(addprefix $(B)/,$$(addsuffix .o,$$(basename \
	$$(filter-out $(TOOLBPF),$$(wildcard $(1)/$$(subst test_,,$$*)/*.c)))))
.SECONDEXPANSION:
$(TOOLS): $(B)/%: $(B)/tools/%.o $(call parts,tools) $(B)/libxrp.a $(B)/sources
	$(call say,LD,$@)
	$(call link)
$(UNIT): $(B)/tests/%: $(B)/tests/unit/%.o $(call parts,tests/unit) $(B)/libxrp.a $(B)/sources
	$(call say,LD,$@)
	$(call link,-lcmocka)
$(B)/tests/test_ctl: | $(B)/xdp-rtpctl
$(PACKET): $(B)/tests/%: $(B)/tests/packet/%.o $(call parts,tests/packet) $(B)/libxrp.a $(B)/sources
	$(call say,LD,$@)
	$(call link,-lcmocka)
# The rig and the frames are shared by all tests of the XDP program.
$(PACKET) $(MODEL): $(patsubst %.c,$(B)/%.o,$(filter-out tests/packet/test_%,$(wildcard tests/packet/*.c)))
$(MODEL): $(B)/tests/%: $(B)/tests/model/%.o $(call parts,tests/model) $(B)/libxrp.a $(B)/sources
	$(call say,LD,$@)
	$(call link,-lcmocka)
$(REPLAY): $(B)/tests/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay.o $(B)/libxrp.a
	$(call say,LD,$@)
	$(call link)
$(B)/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(B)/libxrp.a
	$(call say,LD,$@)
	$(call link,-fsanitize=fuzzer)
# Parts of the daemon's own, not in the library.
$(B)/tests/replay_config $(B)/fuzz_config: $(patsubst %.c,$(B)/%.o,$(wildcard user/daemon/options*.c))
world := $(patsubst %,$(B)/user/daemon/%.o,sync store)
$(B)/tests/replay_engine $(B)/fuzz_engine: $(world)
$(B)/tests/replay_operator $(B)/fuzz_operator: $(world) $(patsubst %,$(B)/user/daemon/%.o,report report_call report_verdict report_privileges reach)
$(B)/tests/test_taps_restart: $(patsubst %.c,$(B)/%.o,$(wildcard user/daemon/taps*.c))

# What is done with it. Each of these works from a fresh clone.
check: ## install what the tests need (root), build, run every test and lint
	$(Q)tools/setup.sh check
	$(Q)$(MAKE) all tests
	$(Q)B=$(B) tests/run.sh
run: ## install what the build needs (root), build, run the relay in the foreground; ARGS=...
	$(Q)tools/setup.sh build
	$(Q)$(MAKE) all
	$(B)/xdp-rtpproxy -f -F $(or $(ARGS),-s udp:127.0.0.1:22222 --no-pin)
demo: all tests ## one call in network namespaces, narrated (root)
	$(Q)B=$(B) tools/demo.sh
bench: all tests ## measure relay, floor, slow path and control plane (root); ARGS='--json FILE'
	$(Q)B=$(B) tools/bench.sh $(ARGS)
lint: $(B)/libxrp.a ## layers, format, clang-tidy, cppcheck, docs
	$(Q)B=$(B) tools/lint.sh
asan: ## the unit tests under address and undefined-behaviour sanitizers
	$(Q)$(MAKE) B=build/asan WARN='$(WARN) -Wno-format-truncation' HARDEN=-fPIE OPT='-O1 -g' \
		SAN='$(SANITIZE)' unit-run
unit-run: $(UNIT) $(REPLAY)
	$(Q)for t in $(UNIT); do $$t >$$t.log 2>&1 && echo "  PASS    $$t" || \
		{ cat $$t.log; echo "  FAIL    $$t"; failed=1; }; done; \
	for f in $(fuzz); do $(B)/tests/replay_$$f tests/fuzz/corpus/$$f || failed=1; done; [ -z "$$failed" ]
check-security: all tests ## the attacks of tests/net/security, at length (root)
	$(Q)XRP_LONG=1 B=$(B) TEST_TIMEOUT=3600 tests/run.sh tests/net/security/test_*.sh
soak: all tests ## ten minutes of calls coming and going, the daemon killed every 20 s (root); SECONDS=600
	$(Q)XRP_SOAK=$(if $(filter file,$(origin SECONDS)),600,$(SECONDS)) B=$(B) TEST_TIMEOUT=100000 tests/run.sh tests/net/test_soak.sh
fuzz: ## fuzz each parser for SECONDS (60) with clang's libFuzzer
	$(Q)$(MAKE) B=build/fuzz CC=$(CLANG) WARN= HARDEN=-fPIE OPT='-O1 -g' \
		SAN='$(SANITIZE) -fsanitize=fuzzer-no-link' fuzz-run
fuzz-run: $(fuzz:%=$(B)/fuzz_%)
	$(Q)for f in $(fuzz); do mkdir -p $(B)/corpus/$$f; echo "  FUZZ    $$f for $(SECONDS) s"; \
		$(B)/fuzz_$$f -max_total_time=$(SECONDS) -max_len=8192 -print_final_stats=1 \
			-artifact_prefix=$(B)/corpus/$$f- $(B)/corpus/$$f tests/fuzz/corpus/$$f \
			>$(B)/corpus/$$f.log 2>&1 || { tail -40 $(B)/corpus/$$f.log; exit 1; }; \
		grep stat::number_of_executed_units $(B)/corpus/$$f.log; done
install: all ## install binaries, manual pages and systemd units; DESTDIR, PREFIX
	install -d $(addprefix $(DESTDIR),$(SBINDIR) $(MANDIR)/man8 $(UNITDIR) $(USERSDIR) $(CONFDIR))
	install -m 0755 $(PROGRAMS) $(DESTDIR)$(SBINDIR)
	install -m 0644 $(MAN) $(DESTDIR)$(MANDIR)/man8
	for unit in $(UNITS); do sed 's|/usr/local/sbin|$(SBINDIR)|' tools/systemd/$$unit \
		>$(DESTDIR)$(UNITDIR)/$$unit && chmod 0644 $(DESTDIR)$(UNITDIR)/$$unit || exit 1; done
	install -m 0644 tools/systemd/xdp-rtpproxy.sysusers $(DESTDIR)$(USERSDIR)/xdp-rtpproxy.conf
	[ -e $(DESTDIR)$(CONFDIR)/xdp-rtpproxy.conf ] || \
		install -m 0644 tools/systemd/xdp-rtpproxy.conf $(DESTDIR)$(CONFDIR)
uninstall: ## remove what install put there, but for the configuration
	rm -f $(UNITS:%=$(DESTDIR)$(UNITDIR)/%) $(DESTDIR)$(USERSDIR)/xdp-rtpproxy.conf
	rm -f $(PROGRAMS:$(B)/%=$(DESTDIR)$(SBINDIR)/%) $(MAN:docs/%=$(DESTDIR)$(MANDIR)/man8/%)
clean: ## remove what was built
	rm -rf $(B)
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12
.PHONY: check check-security run demo bench soak lint asan unit-run fuzz fuzz-run install uninstall clean help
