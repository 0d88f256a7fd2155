# Tests: what is built for them and the targets that run them. Included by the Makefile.
#
# A unit test tests/unit/test_X.c or fuzz target tests/fuzz/fuzz_X.c says near its top which
# sources of the product it is linked with, beside proto/ and sandbox/shared/, on one or more lines (so does a program
# tests/instructions/count_X.c):
#	/* links: @policy policyd/decide.c resolverd/lookup.c */
# It sees the headers of their folders. policyd/lang.y stands for the generated grammar; a pattern
# such as policyd/[a-z]*.c takes all but main.c; @NAME is a group of sources, one of these:
#	@language	policyd: reads the policy language and builds all that one file says
#	@policy		@language, and the layers of files that make a policy
#	@decide		@policy, and decide() with every check
#	@level		policyd: the level in force and how it changes
#	@current	@policy, @level and the policy in force with its changes
#	@message	resolverd: reads and builds DNS messages
#	@resolve	@message, and all that asks upstream servers
#	@front		@resolve, and all that answers clients
GROUP_language := $(patsubst %,policyd/%,arena.c diag.c scan.c lang.y words.c value_build.c conf.c file.c \
	  settings.c profile.c upstream.c upstreams.c rules.c rule_build.c condition.c condition_build.c moment.c \
	  name.c name_build.c name_index.c net_index.c scope.c geo.c geo_value.c country.c place_index.c \
	  framework_build.c identity.c regex.c list_tags.c related_build.c registrable.c answers_build.c)
GROUP_policy := $(GROUP_language) $(patsubst %,policyd/%,layers.c builtin.c policy.c schedule.c)
GROUP_decide := $(GROUP_policy) $(patsubst %,policyd/%,decide.c check_packet.c check_profile.c check_flow.c \
	  check_name.c check_related.c check_bypass.c check_lists.c resolvers_known.c framework.c check_answers.c check_inspection.c \
	  memory.c hash.c choice.c agents.c say.c)
GROUP_level := $(patsubst %,policyd/%,level.c level_auto.c level_hand.c state_file.c replace_file.c)
GROUP_current := $(GROUP_policy) $(GROUP_level) $(patsubst %,policyd/%,current.c changes.c slice.c)
GROUP_message := $(patsubst %,resolverd/%,dname.c query.c reply.c build.c)
GROUP_resolve := $(GROUP_message) $(patsubst %,resolverd/%,ask.c udp_port.c cache.c hints.c keep.c alias.c \
	  servers.c resolve.c multicast.c heard.c tls.c tls_dot.c tls_doh.c tls_stream.c tls_peer.c doh.c h2.c \
	  address.c route.c captive.c special.c)
GROUP_front := $(GROUP_resolve) $(patsubst %,resolverd/%,front.c front_udp.c front_tcp.c udp_out.c sift.c asked.c \
	  share.c selfcheck.c told.c recent.c bogus.c validate.c endpoint.c lookup.c insecure.c probe.c lists.c \
	  list_file.c list_line.c list_set.c settings.c server_url.c designate.c svcb.c)

UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:%.c=$(B)/%)
COUNT_SRC := $(wildcard tests/instructions/count_*.c)
COUNT_BIN := $(COUNT_SRC:%.c=$(B)/%)
FUZZ	:= build/fuzz
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/fuzz_%.c=$(FUZZ)/bin/%)
FUZZ_SECONDS ?= 300
LANG_C	:= $(if $(wildcard policyd/lang.y),$(GEN)/lang.c)

# $(call links,FILE): the sources that it names; $(call objects,FILE,OBJDIR): their objects.
group	= $(or $(GROUP_$(1:@%=%)),$(error no group $(1) of sources for a test))
links	= $(sort $(filter-out %/main.c,$(foreach f,$(shell sed -n 's|.*/\* links: \(.*\) \*/.*|\1|p' $(1)),$(if \
	  $(filter @%,$(f)),$(call group,$(f)),$(if $(findstring *,$(f)),$(wildcard $(f)),$(f))))))
objects	= $(patsubst %.c,$(2)/%.o,$(patsubst policyd/lang.y,gen/lang.c,$(links)))
folders	= $(patsubst %/,-I%,$(sort $(dir $(links))))

TEST_LIBS := $(sort $(POLICY_LIBS) $(INTERCEPT_LIBS) $(SETUP_LIBS) $(WHO_LIBS) $(RESOLVE_LIBS))
TEST_WARN := -Wno-missing-prototypes -Wno-conversion -Wno-shadow

define unit_rule
$(B)/$(1:%.c=%): $(B)/$(1:%.c=%.o) $(call objects,$(1),$(B)) $(SHARED_OBJ) $(PROTO_OBJ)
$(B)/$(1:%.c=%.o): ALL_CFLAGS += $(call folders,$(1)) $(TEST_WARN)
$(B)/$(1:%.c=%.o): | $(LANG_C)
endef
$(foreach s,$(UNIT_SRC) $(COUNT_SRC),$(eval $(call unit_rule,$(s))))
# One loads the suite's part in the kernel: only its tracepoints, which change nothing.
$(B)/tests/unit/test_whod_kernel: | $(GEN)/bulwark.bpf.o
$(UNIT_BIN):
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) -lcriterion $(TEST_LIBS)
unit: $(UNIT_BIN)
# What a program whose instructions are counted has in place of a function of the product's: __wrap_FUNCTION.
$(COUNT_BIN): wraps = $(shell sed -n 's/^[a-z].*[^a-z]__wrap_\([a-z_]*\)(.*);$$/-Wl,--wrap=\1/p' $(@:$(B)/%=%).c)
$(COUNT_BIN):
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(wraps) -o $@ $(filter %.o,$^) $(TEST_LIBS)
instructions: $(COUNT_BIN)
test-libs: # for tests/decide-without
	@echo $(TEST_LIBS)
test-links: # too: the sources that TEST is linked with
	@echo $(call links,$(TEST))

test-folders: # for compile_commands.json
	@echo $(call folders,$(TEST))

# Fuzz targets: clang, everything instrumented, objects of their own.
FUZZ_CC	:= clang
FUZZ_FLAGS := -std=gnu17 -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	   -fno-sanitize-recover=all $(CPPFLAGS) -DBULWARK_TEST -DBULWARK_FUZZ -MMD -MP $(INC)
FUZZ_SHARED := $(patsubst $(B)/%,$(FUZZ)/%,$(SHARED_OBJ) $(PROTO_OBJ))
$(FUZZ)/%.o: %.c | $(PROTO_GEN) $(LANG_C)
	@mkdir -p $(@D)
	$(call say,FUZZCC,$<)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -I$(<D) $(FUZZ_INC) -c -o $@ $<
$(FUZZ)/gen/%.o: $(GEN)/%.c
	@mkdir -p $(@D)
	$(call say,FUZZCC,$<)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -Ipolicyd -c -o $@ $<
$(FUZZ)/intercept/setup/rules_%.o: $(GEN)/rules_%.c
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -c -o $@ $<

define fuzz_rule
$(FUZZ)/bin/$(1:tests/fuzz/fuzz_%.c=%): $(FUZZ)/$(1:%.c=%.o) $(call objects,$(1),$(FUZZ)) $(FUZZ_SHARED)
$(FUZZ)/$(1:%.c=%.o): FUZZ_INC = $(call folders,$(1))
endef
$(foreach s,$(FUZZ_SRC),$(eval $(call fuzz_rule,$(s))))
$(FUZZ_BIN):
	@mkdir -p $(@D)
	$(call say,FUZZLD,$@)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(TEST_LIBS)
fuzz-bin: $(FUZZ_BIN)

fuzz: fuzz-bin ## fuzz every parser; FUZZ_SECONDS (300) is shared out among the targets
	tests/fuzz/run $(FUZZ_SECONDS) $(FUZZ_BIN)

# Programs of benchmarks and lab, always built like a release.
TALK	:= build/release/tests
$(TALK)/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -std=gnu17 -O2 -g $(WARN) $(CPPFLAGS) -o $@ $< -lmnl
$(TALK)/lab/%: tests/lab/%.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -std=gnu17 -O2 -g $(WARN) $(CPPFLAGS) -o $@ $<

# Of several files.
SENDERS	:= $(TALK)/lab/senders/senders
$(SENDERS): $(wildcard tests/lab/senders/*.[ch])
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) -std=gnu17 -O2 -g $(WARN) $(CPPFLAGS) -pthread -o $@ $(filter %.c,$^)

# This one speaks over the suite's own channels, as parent and policyd.
STAND_IN := $(B)/tests/bench/names_stand_in
$(STAND_IN): $(STAND_IN).o $(B)/sandbox/spawn.o $(B)/sandbox/users.o $(SHARED_OBJ) $(PROTO_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(COMMON_LIBS)
# And this one is policyd's sources with a program of its own on top.
SPEED	:= $(B)/tests/bench/decide_speed
$(SPEED): $(SPEED).o $(filter-out %/main.o,$(POLICY_OBJ)) $(SHARED_OBJ) $(PROTO_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(POLICY_LIBS)
$(SPEED).o: ALL_CFLAGS += -Ipolicyd
talkers: $(SPEED) $(patsubst tests/%.c,$(TALK)/%,$(filter-out %/names_stand_in.c %/decide_speed.c,$(wildcard tests/bench/*.c tests/lab/*.c))) $(STAND_IN) $(SENDERS) \
	$(B)/policyd/geo/compile

# Static analysis reads the flags from compile_commands.json.
OUR_SRC	:= $(wildcard proto/*.c sandbox/*.c sandbox/shared/*.c intercept/*.c intercept/*/*.c policyd/*.c policyd/geo/*.c resolverd/*.c \
	   uid/*.c uid/ctl/*.c tests/fuzz/*.c tests/sandbox/*.c tests/bench/*.c tests/instructions/*.c tests/lab/*.c tests/lab/senders/*.c)
compile_commands.json: Makefile tests/tests.mk $(OUR_SRC) $(UNIT_SRC) | $(PROTO_GEN) $(LANG_C)
	$(call say,GEN,$@)
	$(Q){ printf '['; sep=; for f in $(OUR_SRC); do \
	  case $$f in \
	  *.bpf.c) how="clang $(BPF_FLAGS)";; \
	  tests/instructions/*) how="cc -std=gnu17 $(WARN) $(CPPFLAGS) $(INC) $$($(MAKE) -s --no-print-directory test-folders TEST=$$f)";; \
	  *) how="cc -std=gnu17 $(WARN) $(CPPFLAGS) $(INC) -I$$(dirname $$f) -Ipolicyd -Iintercept -Iuid -Iresolverd -Iintercept/who";; esac; \
	  printf '%s\n{"directory":"%s","file":"%s","command":"%s -c %s"}' "$$sep" "$(CURDIR)" "$$f" "$$how" "$$f"; sep=,; \
	done; echo; echo ']'; } >$@

check: compile_commands.json ## clang-tidy and cppcheck over all our sources: no finding
	tests/check $(OUR_SRC)

test: deps ## all tests (root): unit, sandbox, end to end, sanitizers, instructions, a little fuzzing
	tests/run

bench: deps ## all benchmarks (root), figures in build/bench.tsv; BENCH=NAME runs one
	$(MAKE) --no-print-directory VARIANT=release all talkers
	tests/bench/run $(BENCH)

vm-test: deps ## the end-to-end tests on Debian's own kernel under qemu (root)
	tests/deps vm
	$(MAKE) --no-print-directory all talkers
	tests/vm/run

demo: deps ## see the suite at work in a lab of its own (root), less than a minute
	$(MAKE) --no-print-directory all
	tests/lab/demo

.PHONY: unit instructions test-libs test-links test-folders fuzz-bin talkers fuzz check test bench vm-test demo compile_commands.json

# This test runs the program that makes databases of AS.
$(B)/tests/unit/test_geo: | $(B)/policyd/geo/compile
