#!/bin/bash
# A profile that changes while a process of the suite is dead: what it forbids ends once that
# process is there again, and what is permitted goes on, even if that takes longer than a question
# may wait. ROUNDS: how often each is killed (1), for a soak test.
# Alone: within two seconds.
. "$(dirname "$0")/../lab/lib.sh"
ROUNDS=${ROUNDS:-1}
GUEST4=10.77.2.2
KEPT=() CHANGED=()

# Another machine that the desk forwards for, as the box is, which is behind a bridge. Nothing of them may pass
# without a profile of its device.
guest_up() {
	ip netns add "${LAB}guest"
	lab_batch desk <<-E
		link add g0 type veth peer name v0 netns ${LAB}guest
		addr add 10.77.2.1/24 dev g0
		link set g0 up
		link add br0 type bridge forward_delay 0 mcast_snooping 0
		addr del 10.77.0.1/24 dev c0
		addr add 10.77.0.1/24 dev br0
		link set c0 master br0
		link set br0 up
	E
	lab_batch guest <<-E
		link set lo up
		addr add $GUEST4/24 dev v0
		link set v0 up
		route add default via 10.77.2.1
	E
	ip -n "${LAB}router" route add 10.77.2.0/24 via "$DESK4"
}

keeps() { # HOST CMD...
	lab_spawn on "$@" </dev/null >"$LAB_DIR/kept.${#KEPT[@]}" 2>&1
	KEPT+=("$SPAWNED")
}

# entries ADDRESS|port=N...: numbers of what the kernel carries to them, or by that port either way; a flow that
# ended and came again has another
entries() {
	local a
	for a; do
		case $a in
		port=*) on desk conntrack -L -o id 2>/dev/null | grep "$a ";;
		*:*) on desk conntrack -L -f ipv6 -o id -d "$a" 2>/dev/null;;
		*) on desk conntrack -L -o id -d "$a" 2>/dev/null;;
		esac
	done | sed -n 's/.* id=//p' | sort | paste -sd' '
}
carries() { # NUMBER ADDRESS...
	# shellcheck disable=SC2046 # a list of numbers
	[ "$(set -- $(entries "${@:2}"); echo $#)" = "$1" ]
}
stopped() { carries 0 "$F4"; }

# Out, in, and through
keep_going() {
	fresh
	KEPT4=$F4 KEPT6=$F6
	keeps desk "$ALLOWED" keep "$KEPT4" 7
	keeps desk "$ALLOWED" keep "$KEPT6" 7
	keeps desk "$ALLOWED" steady udp "$KEPT4" 7
	keeps stranger "$ALLOWED" keep $DESK4 8007
	keeps guest "$ALLOWED" keep "$KEPT4" 7
	lab_wait 5 carries 5 "$KEPT4" "$KEPT6" port=8007 || die "what is permitted does not pass"
	# What came in was its listener's at first: judged anew, it is its own socket's from then on.
	blocked changes "$CHANGES"
	suite_settle
	allowed changes "$CHANGES"
	fresh
	lab_wait 5 on desk "$CHANGES" once tcp "$F4" 7 || die "a changed profile is not in force"
	lab_wait 5 carries 5 "$KEPT4" "$KEPT6" port=8007 || die "what is permitted does not go on"
	GOES_ON=$(entries "$KEPT4" "$KEPT6" port=8007)
}

went_on() { # TEXT
	is "$1: what is permitted goes on" "$(entries "$KEPT4" "$KEPT6" port=8007)" "$GOES_ON"
}

# What will be forbidden. Forwarded flows are judged by the program there, too.
begin_changed() {
	allowed changes "$CHANGES"
	suite_settle
	fresh
	CHANGED=()
	lab_spawn on desk "$CHANGES" keep "$F4" 7 </dev/null >/dev/null 2>&1
	CHANGED+=("$SPAWNED")
	lab_spawn on desk "$CHANGES" steady udp "$F4" 7 </dev/null >/dev/null 2>&1
	CHANGED+=("$SPAWNED")
	lab_spawn on box "$CHANGES" keep "$F4" 7 </dev/null >/dev/null 2>&1
	CHANGED+=("$SPAWNED")
	lab_wait 5 carries 3 "$F4" || die "what is still permitted does not pass"
}

# ended TEXT NAME PID: by the process that comes after this one
ended() {
	local begin n
	lab_wait 10 suite_anew "$2" "$3" || fail "$1: not whole again"
	begin=$(now_ms)
	lab_wait 5 stopped
	soon "$1: what is forbidden ends" $(($(now_ms) - begin)) 2000
	pause 0.2
	n=$(wire_to "$F4")
	pause 0.3
	is "$1: nothing of it is on the wire afterwards" "$(wire_to "$F4")" "$n"
	went_on "$1"
	kill "${CHANGED[@]}" 2>/dev/null
}

killed_then_changed() { # NAME
	local pid
	begin_changed
	pid=$(suite_pid "$1")
	kill -KILL "$pid"
	sleep "0.0$((RANDOM % 90 + 10))"
	blocked changes "$CHANGES"
	ended "$1 killed, then a profile changed" "$1" "$pid"
}

changed_then_killed() { # NAME
	local pid
	begin_changed
	blocked changes "$CHANGES"
	sleep "0.0$((RANDOM % 90 + 10))"
	pid=$(suite_pid "$1")
	kill -KILL "$pid"
	ended "a profile changed, then $1 killed" "$1" "$pid"
}

# Nobody starts a fresh one for longer than a question to it may wait.
whod_away() {
	local parent pid
	begin_changed
	pid=$(suite_pid whod) parent=$(suite_pid bulwarkd)
	kill -STOP "$parent"
	kill -KILL "$pid"
	blocked changes "$CHANGES"
	pause 5.5
	went_on "whod away, a profile changed"
	kill -CONT "$parent"
	ended "whod away for long, a profile changed" whod "$pid"
}

# forwards DEVICE
forwards() {
	printf 'profile "%s" {\n\tvirtual "forward:%s"\n\t%s\n\tdefault permit\n}\n' "$1" "$1" "$OPEN" |
		put "$ETC/profiles/$1.conf"
}

lab_begin
guest_up
printf '%s\n' "level dynamic" "set forwarded { dynamic deny }" | put "$ETC/bulwark.conf"
forwards g0
forwards br0
wire_start
talkers
talker changes
CHANGES=$LAB_DIR/changes
python=$(readlink -f /usr/bin/python3)
allowed python "$python"
lab_daemon echo-desk desk "$python" "$LAB_TOP/tests/lab/echo.py" 8007
lab_wait 5 lab_listening desk 8007
suite_start
keep_going
whod_away
for ((i = 0; i < ROUNDS; i++)); do
	killed_then_changed whod
	changed_then_killed whod
	killed_then_changed policyd
	changed_then_killed intercept
done
kill -TERM "${KEPT[@]}"
for k in 0 1 3 4; do
	check "its program never heard of it: $(cat "$LAB_DIR/kept.$k")" lab_wait 2 grep -q '^echoes' "$LAB_DIR/kept.$k"
done
ctl release
