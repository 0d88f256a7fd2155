#!/bin/bash
# Ways below the rules: whoever takes one is told of, by program and process. Who sends by a packet socket is, however
# soon it is closed; who takes the option to pass the device's queues, or has a socket for frames, is; and who only
# listens within seconds. Others' networks are none of ours.
. "$(dirname "$0")/../lab/lib.sh"
. "$LAB_TOP/tests/lab/senders.sh"

# goes WAY NUMBER: ten attempts; SENDER is its process, told-WAY has ADDRESS PID of each
goes() {
	on desk timeout 30 "$LAB_DIR/sender" "$1" 10 "9.9.$2.1" 7 "$LAB_DIR/sender" </dev/null >"$LAB_DIR/told-$1" 2>"$LAB_DIR/said-$1"
	STATUS=$?
	SENDER=$(awk 'NR == 1 { print $2 }' "$LAB_DIR/told-$1")
}
on_wire() { wire_count "src host $DESK4 and dst net 9.9.$1.0/24"; }
of() { echo ".type == \"below\" and .way == \"$1\" and .process.pid == $2 and .process.path == \"$3\""; } # WAY PID PATH
named() { jq -r 'select(.type == "below" and .way == "'"$1"'") | .process.pid' "$MONITOR" | sort -u | wc -l; } # WAY
named_are() { [ "$(named "$1")" -ge "$2" ]; }
times() { jq -c "select($1)" "$MONITOR" | wc -l; }

lab_begin
wire_start
talkers
cp "$SENDERS" "$LAB_DIR/sender"
blocked sender "$LAB_DIR/sender"
suite_start
monitor_start
KERNEL=$(ctl status --json | jq -r '.kernel.on // false')
echo "# the kernel's part: $KERNEL"
fresh
check "the gateway's hardware address is known" on desk "$ALLOWED" once udp "$F4" 7

if [ "$KERNEL" = true ]; then
	goes packet 1
	is "packet socket: it passes" "$(on_wire 1)" 10
	check "packet socket: told, by program and process" told 5 "$(of sent "$SENDER" "$LAB_DIR/sender")"
	check "packet socket: with the device and the frames' kind" told_now '.way == "sent" and .device == "v0" and .ethertype == 2048'
	is "packet socket: once" "$(times "$(of sent "$SENDER" "$LAB_DIR/sender")")" 1
	goes packet-close 2
	check "closed at once: told" told 5 "$(of sent "$SENDER" "$LAB_DIR/sender")"
	before=$(named sent)
	goes packet-end 3
	check "ended at once: each process is told" lab_wait 5 named_are sent $((before + 10))
	is "ended at once: none without a name" "$(times '.type == "below" and .process == null')" 0
	goes packet-past 4
	is "past the queues: it passes" "$(on_wire 4)" 10
	check "past the queues: told" told 5 "$(of past-queues "$SENDER" "$LAB_DIR/sender")"
	goes xdp 5
	if [ $STATUS = 77 ]; then
		echo "# AF_XDP is not here"
	else
		is "AF_XDP: it passes" "$(on_wire 5)" 10
		check "AF_XDP: told" told 5 "$(of frames "$SENDER" "$LAB_DIR/sender")"
	fi
	check "the log has it, too" grep -q "$LAB_DIR/sender (process [0-9]*) sends below the rules" "$SUITE_LOG"
fi

lab_spawn on desk tcpdump -Z root -i v0 -w /dev/null </dev/null >/dev/null 2>&1
listener=$SPAWNED
check "who only listens is told of within seconds" told 8 "$(of open "$listener" "$(readlink -f "$(command -v tcpdump)")")"
kill "$listener"

before=$(times '.type == "below"')
on stranger timeout 5 tcpdump -Z root -c 1 -i any </dev/null >/dev/null 2>&1
pause 2.5
is "another network's are not told of" "$(times '.type == "below"')" "$before"

lab_spawn on desk stdbuf -oL "$BIN/bulwarkctl" -r "$RUN" monitor </dev/null >"$LAB_DIR/people" 2>&1
reader=$SPAWNED
lab_spawn on desk tcpdump -Z root -i v0 -w /dev/null </dev/null >/dev/null 2>&1
listener=$SPAWNED
check "for people" lab_wait 8 grep -qE 'below +tcpdump\[[0-9]+\] root .*has a packet socket' "$LAB_DIR/people"
kill "$reader" "$listener"

check "intercept started anew" kill -9 "$(suite_pid intercept)"
check "it serves again" lab_wait 10 suite_runs
if [ "$KERNEL" = true ]; then
	goes packet 6
	check "and tells" told 5 "$(of sent "$SENDER" "$LAB_DIR/sender")"
fi
suite_stop
exit 0
