#!/bin/bash
# "make run" (sandbox/run.sh) in a tree of its own: one at a time, after a SIGKILL of everything, with
# a make that is ended or killed, and what it leaves in the folder.
. "$(dirname "$0")/../lab/lib.sh"

TREE='' MAKE='' OUT=''

# What the recipe needs of the source tree, with the suite that is under test.
tree() {
	TREE=$LAB_DIR/tree OUT=$LAB_DIR/suite-run.log
	mkdir -p "$TREE/build/release" "$TREE/tests/sandbox"
	cp -r "$LAB_TOP/sandbox" "$LAB_TOP/policyd" "$TREE/"
	ln -s "$BIN" "$TREE/build/release/bin"
	printf 'VARIANT = release\nQ = @\nall:\ninclude sandbox/install.mk\n' >"$TREE/Makefile"
	: >"$TREE/tests/sandbox/sandbox.mk"
	printf '#!/bin/sh\n' >"$TREE/tests/deps"
	chmod +x "$TREE/tests/deps"
	RUN=$TREE/build/run ETC=$TREE/build/run/etc
}
export ASAN_OPTIONS=detect_leaks=0	# as suite_launch
run() { on desk make -s --no-print-directory -C "$TREE" run LIFELINE="${1:-off}" CGROUP="${LAB_CG:-off}"; }
run_start() {
	: >"$OUT"
	lab_spawn run </dev/null >>"$OUT" 2>&1
	MAKE=$SPAWNED
	check "$1" lab_wait 20 suite_runs
}
said() { grep -qF -- "$1" "$OUT"; }
gone() { ! kill -0 "$1" 2>/dev/null; }
no_rules() { [ "$(on desk iptables-save | grep -c BW-)" = 0 ] && ! on desk nft list tables | grep -q bulwark; }
# The script's lock, too: a killed make does not wait for it.
taken_back() { gone "$MAKE" && [ ! -e "$RUN/suite" ] && no_rules && flock -n "$TREE/build" true; }
state_of() { find "$RUN" ! -name suite -printf '%p %i %s %T@\n' | sort; cat "$RUN/suite"; }

lab_begin
tree
run_start "it runs"
check "it says how to look" lab_wait 5 said "$TREE/build/release/bin/bulwarkctl -r $RUN status"
[ -z "$LAB_CG" ] || is "CGROUP= is what the kernel path works for" "$(ctl status --json | jq .kernel.on)" true
check "it says where profiles go" lab_wait 5 said "$ETC/profiles"
check "it says how to change them" lab_wait 5 said "--etc $ETC --vendor $TREE/policyd/profiles"
is "and no errors of the shell" "$(grep -c 'run.sh: line' "$OUT")" 0

state_of >"$LAB_DIR/before"
if run >"$LAB_DIR/second" 2>&1; then fail "a second one ends well"; else pass "a second one is refused"; fi
check "it names the first" grep -qF "already runs, pid $(suite_pid bulwarkd); look: " "$LAB_DIR/second"
state_of >"$LAB_DIR/after"
check "it touches nothing" diff "$LAB_DIR/before" "$LAB_DIR/after"
check "the first one still runs" suite_runs

mkdir "$LAB_DIR/empty"
if on desk env VARIANT=release INSTALLED="$RUN" bash -c 'cp -r "$1/sandbox" "$2" && mkdir -p "$2/build/release" && ln -s "$3" "$2/build/release/bin" && "$2/sandbox/run.sh"' \
	- "$TREE" "$LAB_DIR/empty" "$BIN" >"$LAB_DIR/third" 2>&1; then
	fail "one beside an installed suite ends well"
else
	pass "one beside an installed suite is refused"
fi
check "it says why" grep -qF "the installed suite runs here, pid $(suite_pid bulwarkd)" "$LAB_DIR/third"
check "that one still runs" suite_runs

kill -TERM "$MAKE"
check "SIGTERM to make takes it back" lab_wait 10 taken_back
check "the folder is gone" lab_wait 2 test ! -e "$RUN"
run_start "it runs again"
kill -KILL "$MAKE"
check "SIGKILL of make takes it back" lab_wait 10 taken_back

run_start "it runs after that"
suite_pids >"$LAB_DIR/pids"
kill -STOP "$MAKE"
# shellcheck disable=SC2046 # numbers
kill -KILL $(pgrep -P "$MAKE") $(cat "$LAB_DIR/pids")
kill -KILL "$MAKE"
check "all have ended" lab_wait 5 eval 'flock -n "$TREE/build" true && flock -n "$RUN/lock" true'
check "after a SIGKILL of everything its files stay" test -S "$RUN/bulwark.sock" -a -s "$RUN/suite"
run_start "over those it runs"
pause 1
check "and goes on" suite_runs
printf 'profile "mine" { path "/usr/bin/mine" }\n' >"$ETC/profiles/mine.conf"
kill -TERM "$MAKE"
check "it is taken back" lab_wait 10 taken_back
check "what somebody wrote stays" lab_wait 2 said "kept for the next run: \"$ETC/profiles/mine.conf\""
is "and nothing else" "$(find "$RUN" -type f | wc -l)" 1
run_start "it runs with that"
check "and the profile counts" bash -c "'$BIN/bulwarkctl' -r '$RUN' profile list | grep -q mine"
rm "$ETC/profiles/mine.conf"
kill -TERM "$MAKE"
check "it is taken back in the end" lab_wait 10 taken_back

if run "nonsense" >"$OUT" 2>&1; then fail "a wrong lifeline"; else pass "a wrong lifeline is refused"; fi
check "it is named" grep -q 'bulwarkd.conf:2:.*' "$OUT"
if grep -qE 'taken back|taken off|released' "$OUT"; then fail "rules were never there"; else pass "nothing is said of rules"; fi
check "and nothing is left of it" test ! -e "$RUN"
