# The suite under test: its folders, start and stop, profiles, what it says. Sourced by lib.sh.
#	ETC RUN STATE	its folders, below LAB_DIR
#	VENDOR		profiles that come with it
#	SUITE		pid of bulwarkd
# shellcheck shell=bash
# shellcheck disable=SC2034 # for the scripts

SUITE='' SUITE_LOG=''

suite_folders() {
	ETC=$LAB_DIR/etc RUN=$LAB_DIR/run STATE=$LAB_DIR/state
	mkdir -p "$ETC/profiles" "$RUN" "$STATE"
	chmod 755 "$ETC" "$ETC/profiles" "$RUN"
	: >"$ETC/trust-anchors"	# nothing of the lab's Internet is signed
	SUITE_LOG=$LAB_DIR/suite.log
	VENDOR=$LAB_TOP/policyd/profiles
}

# suite_start [OPTION...]: starts it in the desk and waits until it serves. What ETC holds by then
# is its configuration; without a bulwark.conf: level Dynamic.
suite_start() {
	suite_launch "$@"
	lab_wait 20 suite_serves || die "the suite does not serve"
}

# Where the kernel path is attached: to the lab's own cgroup, never to another; LAB_KERNEL=off: nowhere.
suite_conf() {
	[ -e "$ETC/bulwarkd.conf" ] || echo "stop release" >"$ETC/bulwarkd.conf"
	grep -qE '^(cgroup|kernel) ' "$ETC/bulwarkd.conf" && return
	if [ "${LAB_KERNEL:-on}" = off ] || [ -z "$LAB_CG" ]; then
		echo "kernel off"
	else
		echo "cgroup $LAB_CG"
	fi >>"$ETC/bulwarkd.conf"
}

# The sanitizers' search for leaks traces its process, which bulwarkd's filter does not permit.
suite_launch() {
	export ASAN_OPTIONS=detect_leaks=0
	suite_conf
	[ -e "$ETC/bulwark.conf" ] || echo "level dynamic" >"$ETC/bulwark.conf"
	lab_spawn on desk "$BIN/bulwarkd" -u -b "$BIN" -c "$ETC" -r "$RUN" -s "$STATE" \
		-p "$VENDOR" -g "$LAB_DIR/geo" "$@" </dev/null >>"$SUITE_LOG" 2>&1
	SUITE=$SPAWNED
}

suite_serves() {
	kill -0 "$SUITE" 2>/dev/null || die "bulwarkd ended at start"
	suite_runs
}

# All its processes run, the rules are loaded, and intercept has said what it has of the kernel's part.
suite_runs() {
	[ -S "$RUN/bulwark.sock" ] && ctl status --json 2>/dev/null | jq -e '
		(.rules | IN("loaded", "kept", "put-back")) and (.processes | length >= 6) and
		(.kernel.why | test("has not said yet") | not) and all(.processes[]; .state == "running")' >/dev/null 2>&1
}

# suite_anew NAME PID: NAME is another process than PID, which the suite knows too, and all run
suite_anew() {
	ctl status --json 2>/dev/null | jq -e --arg name "$1" --argjson old "$2" '
		any(.processes[]; .name == $name and .state == "running" and .pid != $old)' >/dev/null 2>&1 && suite_runs
}

# suite_stop: in order, as Ctrl-C does
suite_stop() {
	[ -n "$SUITE" ] || return 0
	kill -TERM "$SUITE" 2>/dev/null
	lab_wait 10 suite_gone
}

suite_gone() { ! kill -0 "$SUITE" 2>/dev/null; }

# suite_pid NAME: of one of its processes
suite_pid() { awk -v n="$1" '$1 == n { print $2 }' "$RUN/suite"; }
suite_pids() { awk '{ print $2 }' "$RUN/suite"; }

ctl() { on desk "$BIN/bulwarkctl" -r "$RUN" "$@"; }

# audits: the audit finds nothing; what it found otherwise is said
audits() {
	ctl audit >"$LAB_DIR/audit" 2>&1 && return
	sed 's/^/#   /' "$LAB_DIR/audit"
	false
}

# put FILE: standard input becomes that file at once, never a half of it
put() {
	local tmp
	tmp=$(mktemp "$LAB_DIR/put.XXXXXX")
	cat >"$tmp"
	chmod 644 "$tmp"
	mv "$tmp" "$1"
}

# profile NAME PATH [LINE...]: an exact profile; settled after suite_settle
profile() {
	local name=$1 path=$2
	shift 2
	{
		printf 'profile "%s" {\n\tpath "%s"\n' "$name" "$path"
		[ $# = 0 ] || printf '\t%s\n' "$@"
		echo "}"
	} | put "$ETC/profiles/$name.conf"
}

profile_gone() { rm -f "$ETC/profiles/$1.conf"; }

# talkers: the permitted one, $ALLOWED, and the forbidden one, $DENIED, with their profiles
talkers() {
	ALLOWED=$LAB_DIR/allowed DENIED=$LAB_DIR/denied
	talker allowed
	talker denied
	allowed allowed "$ALLOWED"
	blocked denied "$DENIED"
}

OPEN="flags internet localnet service directconnect gateway"

# talker NAME: a program of that name that talks (talk.c), in LAB_DIR
talker() { cp "$LAB_TOP/build/release/tests/lab/talk" "$LAB_DIR/$1"; }

# allowed NAME PATH: may do anything; blocked NAME PATH: nothing
allowed() { profile "$1" "$2" "$OPEN" "default permit"; }
blocked() { profile "$1" "$2" "$OPEN" "default deny"; }

# suite_settle: waits until what changed in ETC is in force
suite_settle() { pause 0.4; }

# monitor_start [OPTION...]: everything that it tells from now on, as JSON lines, in MONITOR
monitor_start() {
	MONITOR=$LAB_DIR/monitor.json
	: >"$MONITOR"
	lab_spawn ctl monitor --json "$@" </dev/null >"$MONITOR" 2>"$LAB_DIR/suite-monitor.log"
	sleep 0.2
}

# told SECONDS JQ-CONDITION: the monitor says something for which it holds
told() { lab_wait "$1" told_now "$2"; }
told_now() { [ -n "$(jq -c "select($1)" "$MONITOR" 2>/dev/null | head -1)" ]; }
