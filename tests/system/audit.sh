#!/bin/bash
# The audit: clean as started and after restarts, and it notices a process that holds more than
# its row of the table.
. "$(dirname "$0")/../lab/lib.sh"

notices() { # TEXT
	if ctl audit >"$LAB_DIR/audit.out" 2>&1; then
		fail "$1: not noticed"
	else
		pass "$1: noticed: $(grep -iE 'differ|not|more|!' "$LAB_DIR/audit.out" | head -1)"
	fi
}

lab_begin
talkers
suite_start
check "clean" audits
check "as JSON" bash -c "$(declare -f ctl on ns); LAB='' LAB_EXEC=''; BIN=$BIN RUN=$RUN; ctl audit --json | jq -e . >/dev/null"
for name in intercept whod uid; do
	kill -9 "$(suite_pid $name)"
	pause 0.3
	lab_wait 10 suite_runs
done
check "clean after restarts" audits

# weakened on purpose
sleep 1000 &
fake=$!
sed "s/^uid [0-9]*/uid $fake/" "$RUN/suite" | put "$LAB_DIR/fake"
cp "$RUN/suite" "$LAB_DIR/true"
cp "$LAB_DIR/fake" "$RUN/suite"
notices "a process in no sandbox in uid's place"
cp "$LAB_DIR/true" "$RUN/suite"
kill $fake

# The hooks of test builds are in no binary that people install.
no_hooks() { ! grep -l BULWARK_TEST "$LAB_TOP"/build/release/bin/* >&2; }
check "release binaries know no test hook" no_hooks
