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
sessions() { wire_count "pppoes and dst net 9.9.$1.0/24"; } # by PPPoE
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
	goes pppoe 7
	if [ $STATUS = 77 ]; then
		echo "# AF_PPPOX is not here"
	else
		is "PPPoE: it passes" "$(sessions 7)" 10
		check "PPPoE: told, by program and process" told 5 "$(of sent "$SENDER" "$LAB_DIR/sender")"
	fi
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

lab_spawn ctl monitor verdict:below "app:$(basename "$(readlink -f "$(command -v tcpdump)")")" </dev/null >"$LAB_DIR/people" 2>&1
reader=$SPAWNED
lab_spawn on desk tcpdump -Z root -i v0 -w /dev/null </dev/null >/dev/null 2>&1
listener=$SPAWNED
check "for people" lab_wait 8 grep -qE 'below +tcpdump\[[0-9]+\] root .*has a packet socket' "$LAB_DIR/people"
kill "$reader" "$listener"

old=$(suite_pid intercept)
kill -9 "$old"
check "intercept is started anew" lab_wait 10 suite_anew intercept "$old"
if [ "$KERNEL" = true ]; then
	goes packet 6
	check "and tells" told 5 "$(of sent "$SENDER" "$LAB_DIR/sender")"
fi
suite_stop
[ "$KERNEL" = true ] || exit 0

# Closed: by setting, but for a program with the flag
closed='set packet-sockets { dynamic deny secure deny fortress deny }'
gates() { on desk tc filter show dev v0 egress 2>/dev/null | grep -c bulwark-gate; }
gates_are() { [ "$(gates)" = "$1" ]; }
refused() { echo "$(of "$@") and .refused"; }
printf '%s\n' "level dynamic" "$closed" | put "$ETC/bulwark.conf"
allowed may "$LAB_DIR/may"
profile may "$LAB_DIR/may" "$OPEN packets" "default deny"
cp "$SENDERS" "$LAB_DIR/may"
is "nothing is left at the devices" "$(gates)" 0
suite_start
monitor_start
lab_spawn ctl --json monitor verdict:refused </dev/null >"$LAB_DIR/refused" 2>/dev/null
check "closed: the gate stands" lab_wait 5 gates_are 1
n=9
for way in packet packet-close packet-end packet-lie; do
	n=$((n + 1))
	goes $way $n
	is "closed, $way: it tries" "$(wc -l <"$LAB_DIR/told-$way")" 10
	is "closed, $way: nothing passes" "$(on_wire $n)" 0
	check "closed, $way: told as refused" told 5 "$(refused sent "$SENDER" "$LAB_DIR/sender")"
done
check "closed: a frame's own word counts" told_now ".process.pid == $SENDER and .ethertype == 2048"
goes packet-past 20
is "closed, past the queues: nothing passes" "$(on_wire 20)" 0
check "closed, past the queues: told as refused" told 5 '.way == "past-queues" and .refused'
goes pppoe 22
if [ $STATUS != 77 ]; then
	is "closed, PPPoE: nothing passes" "$(sessions 22)" 0
	check "closed, PPPoE: told as refused" told 5 "$(refused sent "$SENDER" "$LAB_DIR/sender")"
fi
goes xdp 21
is "closed, AF_XDP: nothing passes" "$(on_wire 21)" 0
grep -q "AF_XDP: Protocol" "$LAB_DIR/said-xdp" || check "closed, AF_XDP: told as refused" told 5 '.way == "frames" and .refused'

mac=$(on desk ip -j link show v0 | jq -r '.[0].address')
before=$(wire_count "arp and ether src host $mac")
on desk python3 -c '
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("v0", 0))
m = s.getsockname()[4]
s.send(b"\xff" * 6 + m + b"\x08\x06\x00\x01\x08\x00\x06\x04\x00\x01" + m + bytes([192, 168, 77, 2]) + bytes(6) + bytes([192, 168, 77, 99]))'
least "closed: ARP passes" "$(wire_count "arp and ether src host $mac")" $((before + 1))
fresh
check "closed: what the rules permit passes as ever" on desk "$ALLOWED" once tcp "$F4" 7
check "closed: who only listens may" on desk timeout 20 bash -c 'tcpdump -Z root -c 1 -i v0 udp >/dev/null 2>&1 & sleep 0.5; '"$ALLOWED"' once udp 9.9.30.1 7 >/dev/null; wait $!'

# shellcheck disable=SC2209
on desk "$LAB_DIR/may" packet-slow 10 9.9.31.1 7 "$LAB_DIR/may" >"$LAB_DIR/told-may" 2>&1
least "with the flag it passes, after the first" "$(on_wire 31)" 7
check "and is told, not as refused" told 5 ".way == \"sent\" and .process.path == \"$LAB_DIR/may\" and (.refused | not)"
on desk "$LAB_DIR/may" packet 10 9.9.32.1 7 "$LAB_DIR/may" >"$LAB_DIR/told-may" 2>&1
is "by a filter only what was refused is shown" \
	"$(jq -r 'select(.type | IN("notice", "shed") | not) | "\(.type) \(.refused)"' "$LAB_DIR/refused" | sort -u)" "below true"
is "another process of the program at once" "$(on_wire 32)" 10
on desk "$LAB_DIR/may" packet-past 10 9.9.33.1 7 "$LAB_DIR/may" >"$LAB_DIR/told-may" 2>&1
is "past the queues, too" "$(on_wire 33)" 10

on desk ip link add d9 type veth peer name d8
on desk ip link set d9 up
new_gate() { on desk tc filter show dev d9 egress | grep -q bulwark-gate; }
check "a device that comes gets the gate" lab_wait 5 new_gate
on desk tc qdisc del dev v0 clsact
check "taken away, it comes back" lab_wait 8 gates_are 1

old=$(suite_pid intercept)
kill -9 "$old"
goes packet 34
is "intercept is dead: nothing passes" "$(on_wire 34)" 0
check "it serves again" lab_wait 10 suite_anew intercept "$old"
goes packet 35
is "started anew: nothing passes" "$(on_wire 35)" 0

echo "level dynamic" | put "$ETC/bulwark.conf"
check "open again: no gate" lab_wait 5 gates_are 0
is "open again: nor a place for one" "$(on desk tc qdisc show dev v0 | grep -c clsact)" 0
goes packet 36
is "open again: it passes" "$(on_wire 36)" 10
printf '%s\n' "level dynamic" "$closed" | put "$ETC/bulwark.conf"
check "closed again" lab_wait 5 gates_are 1
kill_suite() {
	local pids
	mapfile -t pids < <(suite_pids)
	kill -9 "$SUITE" "${pids[@]}"
	lab_wait 10 suite_gone
}
places_are() { [ "$(places)" = "$1" ]; }
kill_suite
goes packet 37
is "the suite was killed: nothing passes" "$(on_wire 37)" 0
for i in $(seq 700); do echo "link add m$i type veth peer name n$i"; done | on desk ip -batch -
for i in $(seq 700); do printf 'filter show dev %s egress\n' "m$i" "n$i"; done >"$LAB_DIR/show"
gates_all() { on desk tc -batch - <"$LAB_DIR/show" | grep -c bulwark-gate; }
all_are() { [ "$(gates_all)" = "$1" ]; }
places() { on desk tc qdisc show | grep -c clsact; }
suite_start
check "started anew" lab_wait 5 gates_are 1
check "1,400 devices more: each has the gate" lab_wait 10 all_are 1400
on desk tc filter add dev m2 ingress protocol ip prio 7 u32 match u32 0 0 flowid 1:1
suite_stop
is "released: no gate" "$(gates)" 0
is "released: nor at one of 1,400" "$(gates_all)" 0
is "released: nor a place for one, but where others have filters" "$(places)" 1
on desk tc qdisc del dev m2 clsact
seq 700 | sed 's/^/link del m/' | on desk ip -batch -

# What a suite left at devices asks nobody any more who may: it goes at the next start, with the kernel's part or without
suite_start
check "closed once more" lab_wait 5 gates_are 1
kill_suite
sed -i 's/^cgroup .*/kernel off/' "$ETC/bulwarkd.conf"
is "killed: the gate stands" "$(gates)" 1
suite_start
is "there is no kernel's part" "$(ctl status --json | jq -r '.kernel.on // false')" false
check "without the kernel's part: no gate" lab_wait 5 gates_are 0
check "without the kernel's part: nor a place for one" lab_wait 5 places_are 0
goes packet 38
is "without the kernel's part: it passes, as the log says" "$(on_wire 38)" 10
check "without the kernel's part: the log says so" grep -q "packet sockets stay open" "$SUITE_LOG"
exit 0
