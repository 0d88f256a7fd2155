#!/bin/bash
# Runs the suite from the build tree in the network namespace that it is called in (root), shows
# what it decides, and takes everything back when it ends: Ctrl-C, SIGTERM, SIGHUP or its own end.
# `make run` calls it.
#	VARIANT=release			which build
#	LIFELINE='tcp/22 from NET'	a port that stays open whatever happens; over ssh one for the
#					ssh client is the default; LIFELINE=off: none
# After a SIGKILL of everything: build/release/bin/bulwarkctl -r build/run release
set -u

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
bin=$top/build/${VARIANT:-release}/bin
run=$top/build/run
suite='' monitor=''

say() { echo "run: $*" >&2; }

# The ssh client that all this is typed at: sudo hides the variable, our ancestors have it.
ssh_connection() {
	local pid=$$ found
	[ -z "${SSH_CONNECTION:-}" ] || { echo "$SSH_CONNECTION"; return; }
	while [ "${pid:-0}" -gt 1 ]; do
		found=$(tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=//p')
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

prepare() {
	umask 022
	mkdir -p "$run/etc/profiles" "$run/state" || exit 1
	chown 0:0 "$run" "$run/etc" "$run/etc/profiles" "$run/state"
	{ echo "stop release"; lifeline; } >"$run/etc/bulwarkd.conf"
	echo "level dynamic" >"$run/etc/bulwark.conf"
}

serves() {
	[ -S "$run/bulwark.sock" ] && [ "$(wc -l <"$run/suite" 2>/dev/null || echo 0)" -ge 5 ]
}

wait_until_it_serves() {
	for _ in $(seq 200); do
		serves && return 0
		kill -0 "$suite" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

# The parent removes the rules; if it cannot any more, we do.
take_back() {
	trap '' INT TERM HUP
	trap - EXIT
	[ -z "$monitor" ] || kill "$monitor" 2>/dev/null
	if [ -n "$suite" ]; then
		kill -TERM "$suite" 2>/dev/null
		wait "$suite" || "$bin/bulwarkctl" -r "$run" -b "$bin" release
	fi
	rm -rf "$run"
	say "everything is taken back"
}

if [ "$(id -u)" != 0 ]; then
	say "needs root: sudo make run"
	exit 1
fi
[ -x "$bin/bulwarkd" ] || { say "not built: make"; exit 1; }
prepare
trap 'exit 130' INT
trap 'exit 143' TERM HUP
trap take_back EXIT

# If even this script is killed, the parent still hears of it and stops in order.
setpriv --pdeathsig TERM "$bin/bulwarkd" -u -b "$bin" -c "$run/etc" -r "$run" -s "$run/state" \
	-p "$top/policyd/profiles" </dev/null &
suite=$!
wait_until_it_serves || { say "the suite does not serve"; exit 1; }
say "every new connection is judged from now on; Ctrl-C ends it"
"$bin/bulwarkctl" -r "$run" monitor &
monitor=$!
wait -n "$suite" "$monitor"
