# Bulwark. One file, no recursion. "make help" lists the targets.
VARIANT ?= release
B	:= build/$(VARIANT)
GEN	:= build/gen
PREFIX	?= /usr
DESTDIR	?=

CC	?= gcc
PROTOC_C := protoc-c

ARCH	:= $(or $(shell $(CC) -dumpmachine 2>/dev/null | cut -d- -f1),$(shell uname -m))
ifneq ($(ARCH),x86_64)
$(error Bulwark is built and tested on x86_64 only; $(ARCH) needs its system call tables checked first)
endif

WARN	:= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion -Wformat=2 -Wvla \
	   -Wno-sign-conversion $(WERROR)
HARDEN	:= -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
CFLAGS	?= -O2 -g
CPPFLAGS += -D_GNU_SOURCE
ALL_CFLAGS = -std=gnu17 $(CFLAGS) $(HARDEN) $(WARN) $(CPPFLAGS) $(VARIANT_CFLAGS) -MMD -MP
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed $(LDFLAGS) $(VARIANT_LDFLAGS)

ifeq ($(VARIANT),release)
VARIANT_CFLAGS	:= -D_FORTIFY_SOURCE=3
else ifeq ($(VARIANT),test)
VARIANT_CFLAGS	:= -D_FORTIFY_SOURCE=3 -DBULWARK_TEST
else ifeq ($(VARIANT),asan)
VARIANT_CFLAGS	:= -DBULWARK_TEST -DBULWARK_ASAN -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
VARIANT_LDFLAGS	:= -fsanitize=address,undefined
else
$(error VARIANT is release, test or asan)
endif

Q = @
ifdef V
Q =
endif
say = @printf '  %-7s %s\n' $(1) $(2)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

# What each binary is made of. A process sees its own folder, proto/ and sandbox/, nothing else.
PROTOS	:= $(wildcard proto/*.proto)
PROTO_GEN := $(PROTOS:proto/%.proto=$(GEN)/%.pb-c.c)
PROTO_OBJ := $(PROTO_GEN:$(GEN)/%.c=$(B)/gen/%.o) $(patsubst %.c,$(B)/%.o,$(wildcard proto/*.c))
# sandbox/: shared/ goes into every binary, the parent's files only into bulwarkd.
SHARED_SRC := $(wildcard sandbox/shared/*.c)
SHARED_OBJ := $(SHARED_SRC:%.c=$(B)/%.o)
PARENT_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard sandbox/*.c))
INTERCEPT_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard intercept/*.c))
# What reads the kernel's side (bulwark.bpf.c, built for it), in both.
KERNEL_OBJ := $(patsubst %.c,$(B)/%.o,$(filter-out %.bpf.c,$(wildcard intercept/bpf/*.c)))
# What the gate is asked for by, in those who put it and take it away.
GATE_OBJ := $(B)/intercept/gate/message.o
WHO_OBJ	:= $(patsubst %.c,$(B)/%.o,$(wildcard intercept/who/*.c))
SETUP_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard intercept/setup/*.c)) $(B)/intercept/setup/rules_v4.o \
	   $(B)/intercept/setup/rules_v6.o $(B)/gen/kernel_object.o
POLICY_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard policyd/*.c)) $(B)/gen/lang.o
RESOLVE_OBJ := $(patsubst %.c,$(B)/%.o,$(wildcard resolverd/*.c))
UI_OBJ	:= $(patsubst %.c,$(B)/%.o,$(wildcard uid/*.c))
CTL_OBJ	:= $(patsubst %.c,$(B)/%.o,$(wildcard uid/ctl/*.c))

COMMON_LIBS := -lprotobuf-c -levent_core -lseccomp -lcap
INTERCEPT_LIBS := $(COMMON_LIBS) -lmnl
WHO_LIBS := $(COMMON_LIBS) -lsodium
SETUP_LIBS := $(COMMON_LIBS) -lmnl -lnftnl -lbpf
POLICY_LIBS := $(COMMON_LIBS) -ljansson -lmaxminddb -lpcre2-8 -lpsl
RESOLVE_LIBS := $(COMMON_LIBS) -lsodium -lssl -lcrypto -lunbound -lnghttp2 -ljansson
UI_LIBS	:= $(COMMON_LIBS) -ljansson
CTL_LIBS := -lprotobuf-c -levent_core -lseccomp -lcap -ljansson
PARENT_LIBS := $(COMMON_LIBS)

BIN	:= bulwarkd intercept whod bulwark-setup policyd resolverd uid bulwarkctl
BINS	:= $(BIN:%=$(B)/bin/%)

# Databases of places, if `make deps` could fetch what they are made of.
GEO	:= $(patsubst build/geo/%.tgz,build/geo/%.mmdb,$(wildcard build/geo/country.tgz build/geo/as.tgz))

all: $(BINS) $(GEO) ## build the suite (no root needed)

$(B)/bin/bulwarkd: $(PARENT_OBJ) $(SHARED_OBJ) $(PROTO_OBJ)
$(B)/bin/bulwarkd: LIBS = $(PARENT_LIBS)
$(B)/bin/intercept: $(INTERCEPT_OBJ) $(KERNEL_OBJ) $(GATE_OBJ) $(SHARED_OBJ) $(PROTO_OBJ)
$(B)/bin/intercept: LIBS = $(INTERCEPT_LIBS)
$(B)/bin/whod: $(WHO_OBJ) $(KERNEL_OBJ) $(SHARED_OBJ) $(PROTO_OBJ)
$(B)/bin/whod: LIBS = $(WHO_LIBS)
$(B)/bin/bulwark-setup: $(SETUP_OBJ) $(GATE_OBJ) $(SHARED_OBJ) $(PROTO_OBJ)
$(B)/bin/bulwark-setup: LIBS = $(SETUP_LIBS)
$(B)/bin/policyd: $(POLICY_OBJ) $(SHARED_OBJ) $(PROTO_OBJ)
$(B)/bin/policyd: LIBS = $(POLICY_LIBS)
$(B)/bin/resolverd: $(RESOLVE_OBJ) $(SHARED_OBJ) $(PROTO_OBJ)
$(B)/bin/resolverd: LIBS = $(RESOLVE_LIBS)
$(B)/bin/uid: $(UI_OBJ) $(SHARED_OBJ) $(PROTO_OBJ)
$(B)/bin/uid: LIBS = $(UI_LIBS)
$(B)/bin/bulwarkctl: $(CTL_OBJ) $(SHARED_OBJ) $(PROTO_OBJ)
$(B)/bin/bulwarkctl: LIBS = $(CTL_LIBS)

$(B)/bin/%:
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIBS)

INC	:= -Iproto -Isandbox -I$(GEN)
$(B)/%.o: %.c | $(PROTO_GEN)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) $(INC) -I$(<D) -c -o $@ $<

# Generated code: its own, quieter flags.
$(B)/gen/%.o: $(GEN)/%.c | $(PROTO_GEN)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -std=gnu17 $(CFLAGS) $(HARDEN) $(CPPFLAGS) $(VARIANT_CFLAGS) -MMD -MP $(INC) -Ipolicyd -c -o $@ $<
$(GEN)/%.pb-c.c: proto/%.proto
	@mkdir -p $(GEN)
	$(call say,PROTOC,$<)
	$(Q)$(PROTOC_C) -Iproto --c_out=$(GEN) $<
$(GEN)/lang.c: policyd/lang.y
	@mkdir -p $(GEN)
	$(call say,BISON,$<)
	$(Q)bison -Wall -Werror --defines=$(GEN)/lang.h -o $@ $<
$(patsubst %.c,$(B)/%.o,$(wildcard policyd/*.c)): | $(GEN)/lang.c
# The rule sets are part of bulwark-setup: no file to tamper with.
$(GEN)/rules_%.c: intercept/rules/bulwark.%
	@mkdir -p $(GEN)
	$(call say,EMBED,$<)
	$(Q){ echo 'extern const char rules_$*[];'; echo 'const char rules_$*[] ='; \
	  sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/\t"/' -e 's/$$/\\n"/' $<; echo ';'; } >$@
$(B)/intercept/setup/rules_%.o: $(GEN)/rules_%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<
# So is its part in the kernel, which BPF's own compiler makes.
BPF_CC	:= clang
BPF_FLAGS := -O2 -g -target bpf -D__TARGET_ARCH_x86 -Wall -Wextra -Wno-unused-parameter -Werror \
	   -I/usr/include/x86_64-linux-gnu
$(GEN)/bulwark.bpf.o: intercept/bpf/bulwark.bpf.c $(wildcard intercept/bpf/*.h)
	@mkdir -p $(GEN)
	$(call say,BPF,$<)
	$(Q)$(BPF_CC) $(BPF_FLAGS) -c -o $@ $<
$(GEN)/kernel_object.c: $(GEN)/bulwark.bpf.o
	$(call say,EMBED,$<)
	$(Q){ echo '#include "kernel_object.h"'; echo 'const unsigned char kernel_object[] = {'; \
	  od -An -v -tx1 $< | sed 's/ \([0-9a-f]*\)/0x\1,/g'; echo '};'; \
	  echo 'const unsigned long kernel_object_bytes = sizeof(kernel_object);'; } >$@
$(B)/gen/kernel_object.o: INC += -Iintercept/setup

build/geo/country.mmdb: build/geo/country.tgz
	$(call say,GEO,$@)
	$(Q)tar -xzOf $< package/geo-whois-asn-country.mmdb >$@
build/geo/as.mmdb: build/geo/as.tgz $(B)/policyd/geo/compile
	$(call say,GEO,$@)
	$(Q)rm -rf build/geo/as && mkdir build/geo/as && tar -xzf $< -C build/geo/as --strip-components=1
	$(Q)$(B)/policyd/geo/compile build/geo/as/asn-ipv4.csv build/geo/as/asn-ipv6.csv >$@
	$(Q)rm -rf build/geo/as
$(B)/policyd/geo/compile: $(B)/policyd/geo/compile.o
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $<

-include $(shell find build -path build/vm -prune -o -name '*.d' -type f -print 2>/dev/null)

include tests/tests.mk
include sandbox/install.mk

deps: ## install what Debian has for building and testing (root)
	tests/deps
	policyd/geo/fetch

clean: ## remove build/
	rm -rf build

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:[^#]*## /\t/' | expand -t16

.PHONY: all deps clean help
