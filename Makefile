# SPDX-License-Identifier: GPL-2.0-or-later
#
# ksrtp: `make help` lists the targets. Everything is built below build/; the
# kernel's own build reads Kbuild, not this file.

VERSION := 0.1.0

# The kernels of the VM, for which the module is always built.
KERNELS := 6.1 6.12

PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR    ?=

.DEFAULT_GOAL := all
.SUFFIXES:
.DELETE_ON_ERROR:

# SANITIZE=1 builds the same things with AddressSanitizer and UBSan;
# SANITIZE=fuzzer is what `make fuzz` uses with clang.
ifeq ($(SANITIZE),)
B := build
HARDEN := -D_FORTIFY_SOURCE=2
else
B := build/$(if $(filter fuzzer,$(SANITIZE)),fuzz,san)
HARDEN := -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	$(if $(filter fuzzer,$(SANITIZE)),-fsanitize=fuzzer-no-link)
endif

CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2
CPPFLAGS_ALL = -D_GNU_SOURCE -DKSRTP_VERSION='"$(VERSION)"' \
	-Idaemon/lib -Idaemon/gateway -Idaemon/proxy -Idaemon/signer -Iuapi -Ikmod $(CPPFLAGS)
CFLAGS_ALL = -std=gnu11 $(CFLAGS) $(WARN) -fstack-protector-strong $(HARDEN)
LDFLAGS_ALL = -Wl,-z,relro,-z,now -Wl,--as-needed $(HARDEN) $(LDFLAGS)

# Asked once, when the first recipe needs it: by then the packages are there.
pkg = $(shell pkg-config $(1))
PKGS := libevent_core libosip2 openssl libnl-3.0 libnl-genl-3.0 jansson libconfig \
	libseccomp libcap-ng libsystemd libcares libcurl sqlite3 libmicrohttpd
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(call pkg,--cflags $(PKGS)))$(PKG_CFLAGS)
# Of libosip2 only the parser; transactions are the project's own.
PKG_LIBS = $(eval PKG_LIBS := $$(filter-out -losip2,$$(call pkg,--libs $(PKGS))))$(PKG_LIBS)

# ---- what there is to build -------------------------------------------------

objects = $(patsubst %.c,$(B)/obj/%.o,$(1))

LIB_SRC     := $(wildcard daemon/lib/*.c)
GATEWAY_SRC := $(filter-out %/main.c,$(wildcard daemon/gateway/*.c))
PROXY_SRC   := $(filter-out %/main.c,$(wildcard daemon/proxy/*.c))
SIGNER_SRC  := $(filter-out %/main.c,$(wildcard daemon/signer/*.c))
CTL_SRC     := $(wildcard tools/srtpctl/*.c)
XT_SRC      := $(wildcard tools/xtables/libxt_*.c)

# The module's bytes-only parts, which the tests also run in user space.
-include kmod/pure.mk
PURE_SRC    := $(patsubst %,kmod/%.c,$(basename $(patsubst kmod/%,%,$(KMOD_PURE))))

UNIT_SRC    := $(wildcard tests/unit/test_*.c)
UNIT_LIB    := $(filter-out $(UNIT_SRC),$(wildcard tests/unit/*.c))
FUZZ_SRC    := $(wildcard tests/fuzz/fuzz_*.c)
PEER_SRC    := $(wildcard tests/module/*.c)
PEER_LIB    := $(wildcard tests/module/lib/*.c)
MODEL       := tests/module/lib/model.c tests/module/lib/model_header.c
BENCH_SRC   := $(wildcard tests/bench/*.c)
BENCH_LIB   := $(wildcard tests/bench/lib/*.c) tests/module/lib/ns.c tests/module/lib/tap.c \
	$(MODEL)
SIGNER_BENCH_SRC := $(wildcard tests/signer-bench/*.c)
SIGNER_BENCH_LIB := $(wildcard tests/signer-bench/lib/*.c)

ARCHIVES := $(if $(GATEWAY_SRC),$(B)/lib/libgateway.a) $(if $(PROXY_SRC),$(B)/lib/libproxy.a) \
	$(if $(SIGNER_SRC),$(B)/lib/libsigner.a) \
	$(if $(LIB_SRC),$(B)/lib/libksrtp.a) \
	$(if $(PURE_SRC),$(B)/lib/libpure.a)
BINS  := $(if $(wildcard daemon/gateway/main.c),$(B)/bin/srtpd) \
	$(if $(wildcard daemon/proxy/main.c),$(B)/bin/sip-proxyd) \
	$(if $(wildcard daemon/signer/main.c),$(B)/bin/sip-signerd) $(if $(CTL_SRC),$(B)/bin/srtpctl)
XT    := $(patsubst tools/xtables/%.c,$(B)/lib/xtables/%.so,$(XT_SRC)) \
	$(if $(XT_SRC),$(B)/lib/xtables/libxt_srtp.so)
UNITS := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))
FUZZ  := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(FUZZ_SRC))
PEERS := $(patsubst tests/module/%.c,$(B)/tests/%,$(PEER_SRC))
BENCH := $(patsubst tests/bench/%.c,$(B)/bench/bin/%,$(BENCH_SRC))
SIGNER_BENCH := $(patsubst tests/signer-bench/%.c,$(B)/signer-bench/%,$(SIGNER_BENCH_SRC))

MODULES := $(addprefix module-,$(KERNELS))
RUNNING := $(shell uname -r)
ifneq ($(wildcard /lib/modules/$(RUNNING)/build/Makefile),)
MODULES += module-running
endif

# ---- targets ----------------------------------------------------------------

.PHONY: all deps deps-build deps-test generate module $(MODULES) user unit peers fuzz fuzz-replay \
	check debug-check demo bench signer-bench experiment install install-tools install-dkms \
	uninstall clean help

all: user module

help:
	@echo 'make              user space and the kernel module, into build/'
	@echo 'make user         srtpd, sip-proxyd, sip-signerd, srtpctl, the iptables extension'
	@echo 'make module       srtp.ko for the kernels of the VM ($(KERNELS)) and, when its'
	@echo '                  headers are installed, for the running kernel; also module-6.1 ...'
	@echo 'make generate     netlink header, policies and reference from uapi/srtp.yaml'
	@echo 'make unit         unit tests; SANITIZE=1 builds them into build/san/'
	@echo 'make peers        test programs that run in the VM'
	@echo 'make fuzz         libFuzzer programs into build/fuzz/fuzz/ (needs clang)'
	@echo 'make check        all tests; tests/check NAME... runs some of them'
	@echo 'make debug-check  the module on a debugging kernel, with faults injected'
	@echo 'make demo         calls between two phones through the gateway, in the VM'
	@echo 'make bench        instructions per packet, ours and others, into build/bench.json'
	@echo 'make signer-bench what a signature costs beside openssl speed, into build/signer-bench.json'
	@echo 'make experiment   hostile proxies, signers and wires against every scheme, into'
	@echo '                  build/experiment.json and build/experiment/'
	@echo 'make install      PREFIX=$(PREFIX), DESTDIR honoured; make uninstall undoes it'
	@echo 'make install-tools  without the module; make install-dkms: its sources, for DKMS'
	@echo 'make deps         installs the Debian packages listed in tools/packages'
	@echo 'make clean        removes what was built; fetched kernels stay'

# Every target first sees to the packages it needs.
deps:
	@tools/install-packages build test demo

deps-build:
	@tools/install-packages build

deps-test:
	@tools/install-packages build test

user: $(BINS) $(XT)

unit: $(UNITS)

peers: $(PEERS)

module: $(MODULES)

# What it writes is kept in git, so that a build needs no python.
generate: deps-test
	@tools/netlink-gen/generate

# As many jobs as there are processors, unless -j was given.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

check: deps
	+@$(MAKE) --no-print-directory $(JOBS) user module peers
	@tests/check

debug-check: deps
	@tools/install-packages debug
	+@$(MAKE) --no-print-directory $(JOBS) user peers module module-debug module-6.1-rt
	@tests/debug-check

demo: deps
	+@$(MAKE) --no-print-directory $(JOBS) user module
	@tests/demo/run

bench: deps
	+@$(MAKE) --no-print-directory $(JOBS) user $(BENCH) module
	@tests/bench/run

experiment: deps
	+@$(MAKE) --no-print-directory $(JOBS) user $(SIGNER_BENCH) module
	@tests/experiment/run

signer-bench: deps
	+@$(MAKE) --no-print-directory $(JOBS) $(B)/bin/sip-signerd $(SIGNER_BENCH)
	@tests/signer-bench/run

# ---- user space -------------------------------------------------------------

$(B)/obj/%.o: %.c Makefile | deps-build
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(CPPFLAGS_ALL) $(PKG_CFLAGS) $(CFLAGS_ALL) -fPIE -MMD -MP -c -o $@ $<

# A source that is gone leaves no trace: archives are made anew, and their list
# of members is a prerequisite.
define archive
$(B)/lib/$(1).a: $(call objects,$(2)) $(B)/lib/$(1).list
	@echo "  AR      $$@"
	@rm -f $$@
	@$$(AR) rcs $$@ $$(filter %.o,$$^)
$(B)/lib/$(1).list: FORCE
	@mkdir -p $$(@D)
	@echo '$(sort $(2))' | cmp -s - $$@ || echo '$(sort $(2))' >$$@
endef
$(eval $(call archive,libksrtp,$(LIB_SRC)))
$(eval $(call archive,libgateway,$(GATEWAY_SRC)))
$(eval $(call archive,libproxy,$(PROXY_SRC)))
$(eval $(call archive,libsigner,$(SIGNER_SRC)))
$(eval $(call archive,libpure,$(PURE_SRC)))

FORCE:

# $(call link,more libraries): from the objects and archives among $^
link = @mkdir -p $(@D); echo "  LD      $@"; \
	$(CC) $(CFLAGS_ALL) -pie $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) \
	-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(1) $(PKG_LIBS) -lm

$(B)/bin/srtpd: $(call objects,daemon/gateway/main.c) $(ARCHIVES)
	$(call link)

$(B)/bin/sip-proxyd: $(call objects,daemon/proxy/main.c) \
		$(filter-out %/libgateway.a %/libsigner.a,$(ARCHIVES))
	$(call link)

$(B)/bin/sip-signerd: $(call objects,daemon/signer/main.c) $(filter-out %/libgateway.a,$(ARCHIVES))
	$(call link)

$(B)/bin/srtpctl: $(call objects,$(CTL_SRC)) $(ARCHIVES)
	$(call link)

$(B)/lib/xtables/%.so: tools/xtables/%.c Makefile | deps-build
	@mkdir -p $(@D)
	@echo "  LD      $@"
	@$(CC) $(CPPFLAGS_ALL) $(call pkg,--cflags xtables libnl-genl-3.0) $(CFLAGS_ALL) -fPIC -shared -MMD -MP \
		-MT $@ -fvisibility=hidden -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $(filter %.c,$^)

# The target and the match in one library of two names, as iptables itself has it; a
# source of each name would be one file where case is not told apart.
$(B)/lib/xtables/libxt_SRTP.so: daemon/lib/nl_srtp_names.c daemon/lib/nl_srtp_words.c
$(B)/lib/xtables/libxt_srtp.so: $(B)/lib/xtables/libxt_SRTP.so
	@ln -sf $(<F) $@

# ---- tests ------------------------------------------------------------------

$(call objects,$(UNIT_SRC) $(UNIT_LIB) $(PEER_SRC) $(PEER_LIB) $(BENCH_SRC) $(BENCH_LIB) \
	$(SIGNER_BENCH_SRC) $(SIGNER_BENCH_LIB)): | deps-test
# cmocka's and libsrtp's headers need no flags of their own on Debian.

$(UNITS): $(B)/unit/%: $(B)/obj/tests/unit/%.o $(call objects,$(UNIT_LIB) $(MODEL)) $(ARCHIVES)
	$(call link,-lcmocka -lsrtp2)

$(PEERS): $(B)/tests/%: $(B)/obj/tests/module/%.o $(call objects,$(PEER_LIB)) $(ARCHIVES)
	$(call link,-lsrtp2)

$(BENCH): $(B)/bench/bin/%: $(B)/obj/tests/bench/%.o $(call objects,$(BENCH_LIB)) $(ARCHIVES)
	$(call link,-lsrtp2)

$(SIGNER_BENCH): $(B)/signer-bench/%: $(B)/obj/tests/signer-bench/%.o \
		$(call objects,$(SIGNER_BENCH_LIB)) $(ARCHIVES)
	$(call link)

ifeq ($(SANITIZE),fuzzer)
$(FUZZ): $(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(call objects,$(MODEL)) $(ARCHIVES)
	$(call link,-fsanitize=fuzzer -lsrtp2)
else
$(FUZZ): $(B)/fuzz/%: $(B)/obj/tests/fuzz/%.o $(B)/obj/tests/fuzz/main.o $(call objects,$(MODEL)) \
		$(ARCHIVES)
	$(call link,-lsrtp2)
endif

fuzz-replay: $(FUZZ)

fuzz: deps-test
	@command -v clang >/dev/null || { echo 'make fuzz: clang is not installed (apt-get install clang)' >&2; exit 1; }
	+@$(MAKE) --no-print-directory $(JOBS) CC=clang SANITIZE=fuzzer fuzz-replay

# ---- kernel module ----------------------------------------------------------

# Kbuild writes beside the sources, so it gets a tree of links to them, a new one
# when the kernel is another. It may find that nothing has to be done: the touch
# says that it was asked. Only the running kernel's needs nothing of what tests need.
# $(call kernel_module,name,command that prints the build tree,its packages,its release)
MODULE_SRC := $(if $(wildcard Kbuild),Kbuild $(shell find kmod uapi -type f 2>/dev/null))
link_tree = mkdir -p $(1) && find $(1) -type l -delete && \
	cp -rs $(addprefix $(CURDIR)/,$(wildcard Kbuild kmod uapi)) $(1)/

ifneq ($(MODULE_SRC),)
define kernel_module
module-$(1): build/module-$(1)/srtp.ko
build/module-$(1)/srtp.ko: $(MODULE_SRC) $(4) | $(3)
	@echo "  MODULE  $$@"
	@$$(if $$(filter %release,$$?),rm -rf $$(@D))
	@$$(call link_tree,$$(@D))
	+@kdir=$$$$($(2)) && $$(MAKE) -s --no-print-directory -C "$$$$kdir" M=$(CURDIR)/$$(@D) modules
	@touch $$@
endef
fetched = $(wildcard build/kernels/$(1)/release)
$(foreach k,$(KERNELS),$(eval $(call kernel_module,$(k),echo $$$$(tests/vm/fetch-kernel $(k))/headers,deps-test,$(call fetched,$(k)))))
$(foreach k,$(KERNELS),$(eval $(call kernel_module,$(k)-rt,echo $$$$(tests/vm/fetch-kernel $(k) --rt)/headers,deps-test,$(call fetched,$(k)-rt))))
$(eval $(call kernel_module,debug,echo $$$$(tests/vm/build-debug-kernel)/headers,deps-test,$(call fetched,debug)))
$(eval $(call kernel_module,running,echo /lib/modules/$(RUNNING)/build,deps-build,build/module-running.release))
build/module-running.release: FORCE
	@mkdir -p $(@D)
	@echo '$(RUNNING)' | cmp -s - $@ || echo '$(RUNNING)' >$@
else
$(MODULES):
	@echo "no Kbuild, no module"
endif

# ---- installation -----------------------------------------------------------

XTLIBDIR = $(call pkg,--variable=xtlibdir xtables)
SAMPLE_CONFIG := $(wildcard daemon/gateway/srtpd.conf daemon/proxy/sip-proxyd.conf daemon/signer/sip-signerd.conf)

install: install-tools $(filter module-running,$(MODULES))
ifneq ($(filter module-running,$(MODULES)),)
	install -D -m 644 build/module-running/srtp.ko $(DESTDIR)/lib/modules/$(RUNNING)/updates/srtp.ko
	$(if $(DESTDIR),,depmod $(RUNNING))
else
	@echo "The module is not installed: install the running kernel's headers" \
		"(linux-headers-$(RUNNING)) and repeat this."
endif

install-tools: user
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/include/linux $(DESTDIR)$(XTLIBDIR)
	$(if $(BINS),install -m 755 $(BINS) $(DESTDIR)$(PREFIX)/sbin/)
	install -m 755 tools/ksrtp-pki/ksrtp-pki $(DESTDIR)$(PREFIX)/sbin/
	install -D -m 644 tools/srtpctl/srtpctl.8 $(DESTDIR)$(PREFIX)/share/man/man8/srtpctl.8
	install -D -m 644 tools/srtpctl/srtpctl.bash-completion $(DESTDIR)$(PREFIX)/share/bash-completion/completions/srtpctl
	$(if $(XT),install -m 644 $(filter-out %/libxt_srtp.so,$(XT)) $(DESTDIR)$(XTLIBDIR)/)
	$(if $(XT),ln -sf libxt_SRTP.so $(DESTDIR)$(XTLIBDIR)/libxt_srtp.so)
	$(if $(wildcard uapi/linux/*.h),install -m 644 $(wildcard uapi/linux/*.h) $(DESTDIR)$(PREFIX)/include/linux/)
	$(if $(SAMPLE_CONFIG),install -d $(DESTDIR)$(SYSCONFDIR)/ksrtp)
	@set -e; $(foreach c,$(SAMPLE_CONFIG),[ -e $(DESTDIR)$(SYSCONFDIR)/ksrtp/$(notdir $(c)) ] || \
		install -m 640 $(c) $(DESTDIR)$(SYSCONFDIR)/ksrtp/$(notdir $(c));)

# What DKMS builds the module from, for each kernel that comes.
DKMS_SRC := $(DESTDIR)/usr/src/ksrtp-$(VERSION)
install-dkms:
	install -d $(DKMS_SRC)
	cp -r Kbuild kmod uapi COPYING LICENSES $(DKMS_SRC)/
	sed 's/@VERSION@/$(VERSION)/' tools/dkms.conf.in >$(DKMS_SRC)/dkms.conf

# The configuration is the operator's and stays.
uninstall: deps-build
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/sbin/,$(notdir $(BINS)) ksrtp-pki) \
		$(addprefix $(DESTDIR)$(XTLIBDIR)/,$(notdir $(XT))) \
		$(addprefix $(DESTDIR)$(PREFIX)/include/linux/,$(notdir $(wildcard uapi/linux/*.h))) \
		$(DESTDIR)$(PREFIX)/share/man/man8/srtpctl.8 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/srtpctl \
		$(DESTDIR)/lib/modules/$(RUNNING)/updates/srtp.ko
	$(if $(DESTDIR),,-depmod $(RUNNING))

clean:
	find build -mindepth 1 -maxdepth 1 ! -name kernels -exec rm -rf {} + 2>/dev/null || true

-include $(shell find $(B)/obj $(B)/lib -name '*.d' 2>/dev/null)
