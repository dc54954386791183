# SPDX-License-Identifier: GPL-2.0-or-later
# xdp-rtpproxy: `make` builds, `make help` lists the rest. V=1 shows the commands.

B        ?= build
CC       := gcc
CLANG    ?= clang
BPFTOOL  ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PREFIX   ?= /usr/local
VERSION  := 0.1.0
Q        := $(if $(V),,@)
say       = $(if $(V),,@printf '  %-8s%s\n' '$(1)' '$(2)')

WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla
HARDEN   := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
PKGS     := libbpf libelf zlib libevent libmnl jansson
CPPFLAGS := -D_GNU_SOURCE -Iinclude -Iuser -I$(B)/gen -DXRP_VERSION='"$(VERSION)"'
OPT      ?= -O2 -g
CFLAGS   := -std=gnu11 $(OPT) $(WARN) $(HARDEN) $(SAN)
LDFLAGS  := -pie -Wl,-z,relro,-z,now $(SAN)
LDLIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
BPFFLAGS := -g -O2 -target bpf -mcpu=v3 -Wall -Werror -Iinclude -I$(B)/gen \
            -I/usr/include/$(shell uname -m)-linux-gnu

BPF      := $(patsubst bpf/%.bpf.c,%,$(wildcard bpf/*.bpf.c))
SKELS    := $(BPF:%=$(B)/gen/%.skel.h)
LIBDIRS  := base core proto datapath io
LIBSRC   := $(foreach d,$(LIBDIRS),$(wildcard user/$(d)/*.c))
LIBOBJ   := $(LIBSRC:%.c=$(B)/%.o)
DAEMON   := $(wildcard user/daemon/*.c)
CTL      := $(wildcard user/ctl/*.c)
UNIT     := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))
PACKET   := $(patsubst tests/packet/%.c,$(B)/tests/%,$(wildcard tests/packet/test_*.c))
MODEL    := $(patsubst tests/model/%.c,$(B)/tests/%,$(wildcard tests/model/test_*.c))
TOOLS    := $(patsubst tools/%.c,$(B)/%,$(wildcard tools/*.c))

all: $(B)/xdp-rtpproxy $(B)/xdp-rtpctl ## build the daemon and the operator's command
.PHONY: all
.DELETE_ON_ERROR:
.SECONDARY:

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# The kernel side: objects, then skeletons. No BTF of this machine is needed to build.
$(B)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPFFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@
$(B)/gen/%.skel.h: $(B)/bpf/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@

# The user side.
$(B)/%.o: %.c | $(SKELS)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@
$(B)/libxrp.a: $(LIBOBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^
$(B)/xdp-rtpproxy: $(DAEMON:%.c=$(B)/%.o) $(B)/libxrp.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@
$(B)/xdp-rtpctl: $(CTL:%.c=$(B)/%.o) $(B)/libxrp.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@
$(TOOLS): $(B)/%: $(B)/tools/%.o $(B)/libxrp.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -lm -o $@
$(UNIT): $(B)/tests/%: $(B)/tests/unit/%.o $(B)/libxrp.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -lcmocka -o $@
$(PACKET): $(B)/tests/%: $(B)/tests/packet/%.o $(B)/libxrp.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -lcmocka -o $@
$(MODEL): $(B)/tests/%: $(B)/tests/model/%.o $(B)/libxrp.a
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -lcmocka -o $@

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 14
clean: ## remove what was built
	rm -rf $(B)
.PHONY: help clean
