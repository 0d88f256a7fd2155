#!/bin/bash
# Runs the suite from the build tree in the network namespace that it is called in (root), shows
# what it decides, and takes everything back when it ends: Ctrl-C, SIGTERM, SIGHUP or its own end.
# `make run` calls it.
#	VARIANT=release			which build
#	INSTALLED=/run/bulwark		where an installed suite would run
#	LIFELINE='tcp/22 from NET'	a port that stays open whatever happens; over ssh one for the
#					ssh client is the default; LIFELINE=off: none
#	CGROUP=/sys/fs/cgroup/...	the programs whose connections the kernel names and decides itself; in the
#					machine's own network all, elsewhere none (CGROUP=off: none)
# After a SIGKILL of everything: build/release/bin/bulwarkctl -r build/run release
# Its folder is build/run, removed at the end; only what somebody wrote into build/run/etc stays.
set -u

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
bin=$top/build/${VARIANT:-release}/bin
run=$top/build/run
level='level dynamic'
suite='' monitor=''

say() { echo "run: $*" >&2; }

# The ssh client that all this is typed at: sudo hides the variable, our ancestors have it.
ssh_connection() {
	local pid=$$ found
	[ -z "${SSH_CONNECTION:-}" ] || { echo "$SSH_CONNECTION"; return; }
	while [ "${pid:-0}" -gt 1 ]; do
		found=$(tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | sed -n 's/^SSH_CONNECTION=//p')
		[ -z "$found" ] || { echo "$found"; return; }
		pid=$(awk '$1 == "PPid:" { print $2 }' "/proc/$pid/status" 2>/dev/null)
	done
}

lifeline() {
	local client port bits=32
	case ${LIFELINE:-} in
	off)	return ;;
	?*)	echo "lifeline $LIFELINE"; return ;;
	esac
	read -r client _ _ port <<<"$(ssh_connection)"
	[ -n "${port:-}" ] || return
	client=${client%%%*}
	case $client in *:*) bits=128 ;; esac
	say "over ssh from $client: port $port stays open for it (LIFELINE=off: not)"
	echo "lifeline tcp/$port from $client/$bits"
}

cgroup() {
	case ${CGROUP:-} in
	off)	echo "kernel off" ;;
	?*)	echo "cgroup $CGROUP" ;;
	esac
}

# Whose folder it is: a script holds the lock of build/ (inherited: while we live), a bulwarkd that of
# its own folder.
runs_already() {
	local pid
	exec 9<"$top/build"
	if flock -n 9 && { [ ! -e "$run/lock" ] || flock -n "$run/lock" true; }; then
		return 1
	fi
	pid=$(awk '$1 == "bulwarkd" { print $2; exit }' "$run/suite" 2>/dev/null)
	say "already runs${pid:+, pid $pid}; look: $bin/bulwarkctl -r $run status"
}

# Two suites would fight for one network namespace's rules.
installed_one_runs() {
	local pid
	pid=$(awk '$1 == "bulwarkd" { print $2; exit }' "${INSTALLED:-/run/bulwark}/suite" 2>/dev/null)
	[ -n "$pid" ] && [ "$(readlink "/proc/$pid/ns/net" 2>/dev/null)" = "$(readlink /proc/self/ns/net)" ] ||
		return 1
	say "the installed suite runs here, pid $pid: systemctl stop bulwark, or another network namespace"
}

# What somebody set in an earlier run is not written over.
prepare() {
	umask 022
	mkdir -p "$run/etc/profiles" "$run/state" || exit 1
	chown 0:0 "$run" "$run/etc" "$run/etc/profiles" "$run/state"
	{ echo "stop release"; lifeline; cgroup; } >"$run/etc/bulwarkd.conf"
	[ -e "$run/etc/bulwark.conf" ] || echo "$level" >"$run/etc/bulwark.conf"
}

# The one that we started, not what an earlier one left behind.
serves() {
	[ -S "$run/bulwark.sock" ] && [ "$(wc -l 2>/dev/null <"$run/suite" || echo 0)" -ge 5 ] &&
		grep -q "^bulwarkd $suite " "$run/suite"
}

wait_until_it_serves() {
	for _ in $(seq 200); do
		serves && return 0
		kill -0 "$suite" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

how_to_look() {
	say "every new connection is judged from now on; Ctrl-C ends it"
	say "look at it:    $bin/bulwarkctl -r $run status"
	say "profiles go into $run/etc/profiles, count at once and stay for the next run"
	say "settings set, profile edit, import and export find all that with --etc $run/etc --vendor $top/policyd/profiles"
}

# What this script wrote goes, what somebody else wrote into etc stays.
tidy() {
	rm -f "$run/etc/bulwarkd.conf"
	[ "$(cat "$run/etc/bulwark.conf" 2>/dev/null)" != "$level" ] || rm -f "$run/etc/bulwark.conf"
	if [ -z "$(find "$run/etc" ! -type d -print -quit 2>/dev/null)" ]; then
		rm -rf "$run"
		return
	fi
	find "$run" -mindepth 1 -maxdepth 1 ! -name etc -exec rm -rf {} +
	say "kept for the next run: $(find "$run/etc" ! -type d | sed 's/.*/"&"/' | paste -sd' ')"
}

# The parent removes the rules; if it cannot any more, we do.
take_back() {
	trap '' INT TERM HUP
	trap - EXIT
	[ -z "$monitor" ] || kill "$monitor" 2>/dev/null
	if [ -n "$suite" ]; then
		kill -TERM "$suite" 2>/dev/null
		wait "$suite" || "$bin/bulwarkctl" -r "$run" -b "$bin" release
		say "everything is taken back"
	fi
	tidy
}

if [ "$(id -u)" != 0 ]; then
	say "needs root: sudo make run"
	exit 1
fi
[ -x "$bin/bulwarkd" ] || { say "not built: make"; exit 1; }
runs_already && exit 1
installed_one_runs && exit 1
trap 'exit 130' INT
trap 'exit 143' TERM HUP
trap take_back EXIT
prepare
"$bin/bulwarkd" -n -c "$run/etc" || exit 1	# LIFELINE is wrong: nothing was touched yet

modprobe -q nf_conntrack 2>/dev/null	# sandbox/bulwark.modules

# If even this script is killed, the parent still hears of it and stops in order.
setpriv --pdeathsig TERM "$bin/bulwarkd" -u -b "$bin" -c "$run/etc" -r "$run" -s "$run/state" \
	-p "$top/policyd/profiles" -g "$top/build/geo" </dev/null 9<&- &
suite=$!
wait_until_it_serves || { say "the suite does not serve"; exit 1; }
how_to_look
"$bin/bulwarkctl" -r "$run" monitor 9<&- &
monitor=$!
wait -n "$suite" "$monitor"
