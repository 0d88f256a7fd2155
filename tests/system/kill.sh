#!/bin/bash
# Each process of the suite killed and stopped under load, at many moments: not one packet of a
# forbidden program passes, permitted connections go on, and a permitted new one works within a
# second. KILLS: how often each is killed (5), for a soak test.
# Alone: within a second.
. "$(dirname "$0")/../lab/lib.sh"
KILLS=${KILLS:-5}

# Milliseconds until a permitted new connection works. A try each 100 ms: one whose first packet
# was lost hears of it a second later.
until_open() {
	local begin i
	begin=$(now_ms)
	rm -f "$LAB_DIR/open"
	for ((i = 0; i < 150; i++)); do
		fresh
		lab_spawn sh -c "nsenter --net=$(ns desk) '$ALLOWED' once tcp '$F4' 7 && >'$LAB_DIR/open'" </dev/null
		pause 0.1
		[ ! -e "$LAB_DIR/open" ] || break
	done
	echo $(($(date -r "$LAB_DIR/open" +%s%3N 2>/dev/null || now_ms) - begin))
}

leaks() { wire_count "src host ($DESK4 or $DESK6) and (dst host $BAD4 or dst host $BAD6)"; }

# hit SIGNAL NAME LIMIT: at a moment that differs each time
hit() {
	local pid worst=0 ms i
	for ((i = 0; i < KILLS; i++)); do
		sleep "0.$((RANDOM % 900 + 100))"
		pid=$(suite_pid "$2")
		kill "-$1" "$pid"
		ms=$(until_open)
		[ "$ms" -le $worst ] || worst=$ms
		lab_wait 10 suite_runs || fail "$1 $2: not whole again"
	done
	soon "$1 $2: permitted connections work again" $worst "$3"
	is "$1 $2: forbidden packets on the wire" "$(leaks)" 0
}

whod_is_fresh() { local now; now=$(suite_pid whod); [ -n "$now" ] && [ "$now" != "$pid" ]; }

# Those that were kept open
kept() {
	local k
	for k in keep4 keep6; do
		check "$1: $k goes on" kill -0 "${!k}"
	done
}

lab_begin
wire_start
talkers
START=$(now_ms)
suite_start
START=$(($(now_ms) - START))	# with nothing else to do
KERNEL=$(ctl status --json | jq .kernel.on)

# The parent, stopped together with intercept, goes on first: from a moment after a question, which it asks at each full
# second, until shortly before the next but one.
pid=$(suite_pid bulwarkd) old=$(suite_pid intercept)
until [[ $(</proc/uptime) =~ ^[0-9]+\.1 ]]; do :; done
kill -STOP "$pid" "$old"
sleep 1.8
kill -CONT "$pid"
[ "${LAB_SLOW:-1}" != 1 ] || sleep 0.3	# for what is left until then; on a slow machine that is over
kill -CONT "$old"
lab_wait 10 suite_runs || fail "STOP bulwarkd and intercept: not whole again"
is "stopped together with bulwarkd, intercept is not ended for its silence" "$(suite_pid intercept)" "$old"

fresh
BAD4=$F4 BAD6=$F6
for proto in tcp udp; do
	lab_spawn on desk "$DENIED" flood $proto "$BAD4" 7 </dev/null >/dev/null
	lab_spawn on desk "$DENIED" flood $proto "$BAD6" 7 </dev/null >/dev/null
done
lab_spawn on stranger "$DENIED" flood tcp $DESK4 2222 </dev/null >/dev/null
fresh
lab_spawn on desk "$ALLOWED" keep "$F4" 7 </dev/null >"$LAB_DIR/keep4" 2>&1
keep4=$SPAWNED
lab_spawn on desk "$ALLOWED" keep "$F6" 7 </dev/null >"$LAB_DIR/keep6" 2>&1
keep6=$SPAWNED
pause 0.5
for name in intercept policyd whod uid; do
	hit KILL $name 1000
done
for name in intercept policyd whod uid; do
	KILLS=1 hit STOP $name 4000
done

# The policy changes while whod is stopped: the fresh one is asked whose all that lives is, beside all that
# waited meanwhile.
pid=$(suite_pid whod)
kill -STOP "$pid"
allowed other "$LAB_DIR/other"
lab_wait 10 whod_is_fresh || fail "STOP whod: it is not started again"
soon "judged anew by a fresh whod, permitted connections work again" "$(until_open)" 1000
lab_wait 10 suite_runs || fail "STOP whod: not whole again"
kept "judged anew by a fresh whod"

# The parent: what it watched ends with it; a service manager starts all anew.
pid=$(suite_pid bulwarkd)
kill -STOP "$pid"
pause 1
kill -CONT "$pid"
lab_wait 10 suite_runs || fail "STOP bulwarkd: not whole again"

kill -KILL "$pid"
pause 0.5
fresh
check "KILL bulwarkd: closed" bash -c "! nsenter --net=$(ns desk) $ALLOWED once tcp $F4 7"
suite_launch
limit=$((4 * START / ${LAB_SLOW:-1}))
soon "started anew, permitted connections work, at first all after $START ms" "$(until_open)" $((limit > 2000 ? limit : 2000))
lab_wait 10 suite_runs || fail "KILL bulwarkd: not whole again"
is "started anew, with the kernel's part where it was there before" "$(ctl status --json | jq .kernel.on)" "$KERNEL"
is "forbidden packets on the wire" "$(leaks)" 0

kill -TERM $keep4 $keep6
pause 0.3
for k in keep4 keep6; do
	check "$k went on through all of it: $(cat "$LAB_DIR/$k")" grep -q '^echoes' "$LAB_DIR/$k"
done
mapfile -t pids < <(suite_pids)
kill -9 "${pids[@]}"
pause 1
is "all killed: forbidden packets on the wire" "$(leaks)" 0
fresh
check "all killed: closed" bash -c "! nsenter --net=$(ns desk) $ALLOWED once tcp $F4 7"
check "release opens" ctl release
check "open" on desk "$ALLOWED" once tcp "$F4" 7
