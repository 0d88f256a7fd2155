# The programs of tests/sandbox. Included by sandbox/install.mk.
ENTER_OBJ := $(patsubst %,$(B)/tests/sandbox/%.o,enter sweep tries weak)
$(ENTER_OBJ) $(B)/tests/sandbox/stand_in.o: ALL_CFLAGS += -Wno-conversion -Wno-unused-result
$(B)/tests/sandbox/enter: $(ENTER_OBJ) $(SHARED_OBJ) $(PROTO_OBJ)
$(B)/tests/sandbox/stand_in: $(B)/tests/sandbox/stand_in.o $(SHARED_OBJ) $(PROTO_OBJ)
$(B)/tests/sandbox/enter $(B)/tests/sandbox/stand_in:
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(COMMON_LIBS)
sandbox-tests: $(B)/tests/sandbox/enter $(B)/tests/sandbox/stand_in

.PHONY: sandbox-tests
