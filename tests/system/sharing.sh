#!/bin/bash
# Ports that several sockets use: a forbidden program gains nothing by one that it shares with a
# permitted program, and can't take that one's port from it. Permitted datagrams carry 10 bytes,
# forbidden ones 20.
# Alone: within 50 ms, or as it takes the port where the kernel's part tells; what a port's owner leaves behind ends at once.
. "$(dirname "$0")/../lab/lib.sh"

as() { # UID PROGRAM ARGUMENT...
	on desk setpriv --reuid="$1" --regid="$1" --clear-groups -- env PYTHONHOME=/usr "$2" \
		"$LAB_DIR/share.py" "${@:3}"
}
start() { lab_spawn as "$@" </dev/null; }
stolen() { wire_count "udp and ((dst host $F4 and udp[4:2] = 28) or (dst host $F6 and ip6[44:2] = 28))"; }
passed() { wire_count "udp and ((dst host $F4 and udp[4:2] = 18) or (dst host $F6 and ip6[44:2] = 18))"; }

ended() { local p; for p; do ! kill -0 "$p" 2>/dev/null || return 1; done; }

# here WORD...: the words with this family's addresses, in HERE
here() {
	HERE=("$@")
	HERE=("${HERE[@]//OWN/$own}")
	HERE=("${HERE[@]//LO/$lo}")
	HERE=("${HERE[@]//ELSEWHERE/$elsewhere}")
	HERE=("${HERE[@]//ANY/$any}")
}

# both TEXT PERMITTED... -- FORBIDDEN...: arguments of send without destination; the second begins 0.4 s later
both() {
	local text=$1 a p port=$((20000 + RANDOM % 10000)) first=() to own lo any elsewhere
	shift
	while [ "$1" != -- ]; do first+=("$1"); shift; done
	shift
	for a in 4 6; do
		fresh
		to=$F4 own=$DESK4 lo=127.0.0.1 any='' elsewhere=$STRANGER4
		[ $a = 4 ] || to=$F6 own=$DESK6 lo=::1 any=:: elsewhere=$STRANGER6
		here "${first[@]}"
		start 1001 "$LAB_DIR/pa" send "${HERE[0]}" $port "$to" 7 40 10 "${HERE[@]:1}"
		p=$SPAWNED
		pause 0.4
		here "$@"
		start 1002 "$LAB_DIR/pd" send "${HERE[0]}" $port "$to" 7 20 20 "${HERE[@]:1}"
		lab_wait 10 ended "$SPAWNED" "$p"
		most "$text, IPv$a: forbidden datagrams" "$(stolen)" 2
		least "$text, IPv$a: permitted datagrams, but those that met a forbidden one" "$(passed)" 28
	done
}

lab_begin
wire_start
chmod 755 "$LAB_DIR"
cp "$LAB_TOP/tests/lab/share.py" "$LAB_DIR/share.py"
for name in pa pd; do cp "$(readlink -f /usr/bin/python3)" "$LAB_DIR/$name"; done
chmod 755 "$LAB_DIR"/p[ad] "$LAB_DIR/share.py"
allowed pa "$LAB_DIR/pa"
blocked pd "$LAB_DIR/pd"
talkers
suite_start
monitor_start

# The window in which a shared port is noticed (50 ms) lets a first datagram or two pass.
both "bound to loopback, another source by IP_PKTINFO" OWN connect -- LO source=OWN
both "the same beside an unconnected socket" OWN -- LO source=OWN
both "connected elsewhere, sent by sendto()" ANY reuse -- ANY reuse peer=ELSEWHERE

# An IPv6-only socket of the same number is no sharer of an IPv4 port.
fresh
start 1002 "$LAB_DIR/pd" hold :: 31000 only6
holder=$SPAWNED
pause 0.3
as 1001 "$LAB_DIR/pa" send '' 31000 "$F4" 7 20 10
is "an IPv6-only socket at the port: permitted datagrams" "$(passed)" 20
kill -TERM "$holder"

# A group of listeners of which one is forbidden, whichever its program chooses.
steered() { # PROTO PORT
	start 1001 "$LAB_DIR/pa" serve "$1" "$2"
	served=("$SPAWNED")
	pause 0.2
	lab_spawn as 1001 "$LAB_DIR/pd" serve "$1" "$2" steer </dev/null >"$LAB_DIR/got-$2"
	served+=("$SPAWNED")
	pause 0.3
}
for proto in tcp udp; do
	steered $proto 7786
	for ((i = 0; i < 6; i++)); do
		on desk "$ALLOWED" once $proto 127.0.0.1 7786
		on desk "$ALLOWED" once $proto $DESK4 7786
		on stranger "$ALLOWED" once $proto $DESK4 7786
	done 2>/dev/null &
	asked=$!
	lab_wait 60 bash -c "! kill -0 $asked 2>/dev/null"
	kill -TERM "${served[@]}"
	pause 0.3
	is "$proto: a forbidden listener that its group's filter chooses" "$(cat "$LAB_DIR/got-7786")" "got=0"
done

# A flow that goes on while it joins is asked about again: as it takes the port, or within 50 ms.
SLOW=${LAB_SLOW:-1}
flows() { [ "$(wire_count "udp and dst port 7787")" -ge 3 ]; }
joined() {
	start 1001 "$LAB_DIR/pa" serve udp 7787
	served=("$SPAWNED")
	pause 0.3
	lab_spawn on stranger python3 "$LAB_DIR/share.py" send $STRANGER4 30787 $DESK4 7787 $((40 * SLOW)) 10 </dev/null
	sender=$SPAWNED
	lab_wait 5 flows || fail "nothing is sent"
	lab_spawn as 1001 "$LAB_DIR/pd" serve udp 7787 steer </dev/null >"$LAB_DIR/got-7787"
	served+=("$SPAWNED")
	lab_wait 20 ended "$sender"
	kill -TERM "${served[@]}"
	lab_wait 5 ended "${served[@]}"
}
joined
most "a forbidden listener that joins during a flow" "$(sed -n 's/^got=//p' "$LAB_DIR/got-7787")" $((4 * SLOW))

has_port() { on desk ss -Huan "sport = :$1" | grep -q .; }

# Likewise one whose port the kernel chose.
start 1001 "$LAB_DIR/pa" serve udp 47787 reuse >"$LAB_DIR/got"
listens=$SPAWNED
lab_wait 5 has_port 47787
lab_spawn on stranger python3 "$LAB_DIR/share.py" send $STRANGER4 30788 $DESK4 47787 60 10 </dev/null
sender=$SPAWNED
pause 0.5
as 1002 "$LAB_DIR/pd" auto 47787 $STRANGER4 30788 36 >"$LAB_DIR/got-47787" 2>&1
lab_wait 20 ended "$sender"
kill -TERM "$listens"
if grep -q "^another port" "$LAB_DIR/got-47787"; then
	pass "this kernel lets no program say among which ports to choose"
else
	most "a forbidden socket that was given the port by sendto()" "$(sed -n 's/^got=//p' "$LAB_DIR/got-47787")" 4
fi

# What a permitted one leaves behind as it ends, while a datagram of its own still waits for a neighbour's address: the
# kernel's own word on its socket follows when that is over.
if [ "$(ctl status --json | jq .kernel.on)" = true ]; then
	start 1001 "$LAB_DIR/pa" leave 27789 192.168.77.99
	left=$SPAWNED
	lab_wait 5 has_port 27789
	lab_spawn on stranger python3 "$LAB_DIR/share.py" send $STRANGER4 30789 $DESK4 27789 100 10 </dev/null
	sender=$SPAWNED
	lab_wait 5 ended "$left"
	lab_spawn as 1002 "$LAB_DIR/pd" serve udp 27789 </dev/null >"$LAB_DIR/got-27789"
	listens=$SPAWNED
	lab_wait 10 has_port 27789 || fail "nobody takes the port"
	lab_wait 20 ended "$sender"
	kill -TERM "$listens"
	lab_wait 5 ended "$listens"
	is "who takes a port whose last datagram still waits" "$(cat "$LAB_DIR/got-27789")" "got=0"
fi

# What is watched leaves intercept asleep: a second's tick, and a look at the sockets.
if [ "$(ctl status --json | jq .kernel.on)" = true ]; then
	wakes() { awk '$1 == "voluntary_ctxt_switches:" { print $2 }' "/proc/$(suite_pid intercept)/status"; }
	start 1001 "$LAB_DIR/pa" serve udp 7788
	pause 0.3
	on stranger "$ALLOWED" once udp $DESK4 7788
	before=$(wakes)
	sleep 5
	most "wake-ups in 5 s with a flow that came in" $(($(wakes) - before)) 40
fi
