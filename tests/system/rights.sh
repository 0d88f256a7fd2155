#!/bin/bash
# Who may see and steer: root all; a user reads what belongs to its own processes and steers nothing.
. "$(dirname "$0")/../lab/lib.sh"
USER_ID=65534

as_user() { on desk setpriv --reuid $USER_ID --regid $USER_ID --clear-groups "$@"; }
user_ctl() { as_user "$LAB_DIR/bulwarkctl" -r "$RUN" "$@"; }

lab_begin
talkers
cp "$BIN/bulwarkctl" "$LAB_DIR/bulwarkctl"
suite_start
lab_spawn user_ctl monitor --json </dev/null >"$LAB_DIR/user.json" 2>/dev/null
monitor_start
pause 0.3
fresh
on desk "$ALLOWED" once tcp "$F4" 7
as_user "$ALLOWED" once tcp "$F6" 7
check "root sees root's" told 2 ".dst == \"$F4\""
check "root sees the user's" told 2 ".dst == \"$F6\""
pause 0.3
is "a user sees its own" "$(jq -c "select(.dst == \"$F6\")" "$LAB_DIR/user.json" | wc -l)" 1
is "a user sees nobody else's" "$(jq -c 'select(.type == "event" and .process.uid != '$USER_ID')' "$LAB_DIR/user.json" | wc -l)" 0
check "a user may read the status" user_ctl status
is "a user is shown no notices" "$(user_ctl status --json | jq 'has("notices")')" false
if user_ctl level fortress 2>"$LAB_DIR/refused"; then fail "a user sets the level"; else pass "a user may not set the level: $(head -1 "$LAB_DIR/refused")"; fi
is "the level stays" "$(ctl status --json | jq -r .level)" dynamic
check "root sets the level" ctl level secure
is "the level is set" "$(ctl status --json | jq -r .level)" secure
if user_ctl release 2>/dev/null; then fail "a user releases"; else pass "a user may not release"; fi
check "the suite still runs" suite_runs

# a flood of requests and garbage from a user takes nothing from root
for i in 1 2 3 4 5 6 7 8; do
	lab_spawn as_user socat -u /dev/zero "UNIX-CONNECT:$RUN/bulwark.sock" </dev/null 2>/dev/null
	lab_spawn as_user socat -u /dev/urandom "UNIX-CONNECT:$RUN/steer.sock" </dev/null 2>/dev/null
done
lab_spawn as_user sh -c "while :; do echo '{\"verb\":\"status\"}'; done | socat -u - UNIX-CONNECT:$RUN/bulwark.sock" </dev/null 2>/dev/null
pause 0.5
check "root reads while a user floods" timeout 3 "$BIN/bulwarkctl" -r "$RUN" status
check "root steers while a user floods" timeout 3 "$BIN/bulwarkctl" -r "$RUN" level dynamic
check "connections work while a user floods" on desk "$ALLOWED" once tcp "$F4" 7
check "nobody died of it" suite_runs
is "no restart" "$(ctl status --json | jq '[.processes[].restarts] | add')" 0
