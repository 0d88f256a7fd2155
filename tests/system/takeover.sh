#!/bin/bash
# A program that takes over port and destination of another program's closed, permitted socket is
# judged anew, and so is one that shares the port (SO_REUSEPORT). Permitted packets carry 10 bytes,
# the thief's 20: counting is by length.
. "$(dirname "$0")/../lab/lib.sh"

thefts4() { wire_count "src host $DESK4 and udp and dst host $F4 and udp[4:2] = 28"; }
thefts6() { wire_count "src host $DESK6 and udp and dst host $F6 and ip6[44:2] = 28"; }
syns() { wire_count "dst host ($F4 or $F6) and (tcp[13] & 2 != 0 or ip6[53] & 2 != 0)"; }

# steal PROTO DELAY [OPTION...]: 10 times each family
steal() {
	local proto=$1 delay=$2 i a port
	shift 2
	for ((i = 0; i < 10; i++)); do
		for a in "$F4" "$F6"; do
			port=$((20000 + RANDOM % 30000))
			on desk "$ALLOWED" from $port "$proto" "$a" 7 10 "$@"
			sleep "$delay"
			on desk "$DENIED" from $port "$proto" "$a" 7 20 "$@" 2>/dev/null
		done
	done
}

lab_begin
wire_start
talkers
suite_start
fresh
steal udp 0.01
is "UDP, 10 ms after the close" "$(thefts4) $(thefts6)" "0 0"
is "UDP, the permitted ones passed" "$(wire_count "udp and src host ($DESK4 or $DESK6) and dst host ($F4 or $F6)")" 20
fresh
steal udp 0.01 reuse
is "UDP with SO_REUSEPORT, 10 ms after the close" "$(thefts4) $(thefts6)" "0 0"
fresh
steal tcp 0
is "TCP, at once: only the permitted connections" "$(syns)" 20

# At the moment of the close, by a program that waits for it: what passes before the entry is gone.
fresh
for a in "$F4" "$F6"; do
	for ((i = 0; i < 10; i++)); do
		port=$((20000 + RANDOM % 30000))
		lab_spawn on desk "$ALLOWED" from $port udp "$a" 7 1 </dev/null
		holder=$SPAWNED
		pause 0.01
		on desk "$DENIED" over $port udp "$a" 7
		wait "$holder" || :
	done
done
sleep 0.1
window=$(wire_show "udp and dst host ($F4 or $F6)" | sed -n 's/.*length \([0-9]*\)$/\1/p' | sort -n | tail -1)
stolen=$(($(wire_count "udp and dst host ($F4 or $F6)") - 20))
echo "# UDP, at the moment of the close: $stolen datagrams in 20 takeovers, the last $(((window - 1) * 50)) us after"
most "UDP, at the moment of the close: no longer than 10 ms (in 50 us)" "$window" 200

# while the permitted program still has its socket: a shared port is noticed within 50 ms, and from
# then on everybody who shares it must be permitted
fresh
for a in "$F4" "$F6"; do
	lab_spawn on desk "$ALLOWED" from 4466 udp "$a" 7 10 reuse wait </dev/null
	sharers=("$SPAWNED")
	pause 0.2
	lab_spawn on desk "$DENIED" from 4466 udp "$a" 7 15 reuse wait </dev/null 2>/dev/null
	sharers+=("$SPAWNED")
	pause 0.15
	for i in 1 2 3 4 5; do
		lab_spawn on desk "$DENIED" from 4466 udp "$a" 7 20 reuse wait </dev/null 2>/dev/null
		sharers+=("$SPAWNED")
	done
	pause 0.2
	kill -TERM "${sharers[@]}"
	pause 0.1
done
is "UDP, the port shared with a permitted socket in use" "$(thefts4) $(thefts6)" "0 0"

# the other way: what was forbidden does not stick to a permitted program
fresh
on desk "$DENIED" from 4477 udp "$F4" 7 20
pause 0.05
on desk "$ALLOWED" from 4477 udp "$F4" 7 10
is "the verdict of the one before does not stay" "$(wire_count "udp and dst host $F4")" 1

# a mark set by the program itself is not a verdict
fresh
for mark in 0x01000000 0x06000000 0x0f000000 0x04000000 0x05000000; do
	on desk "$DENIED" from $((30000 + RANDOM % 9000)) udp "$F4" 7 20 mark=$mark 2>/dev/null
	on desk "$DENIED" from $((30000 + RANDOM % 9000)) tcp "$F6" 7 20 mark=$mark 2>/dev/null
done
is "our nibble set by SO_MARK gains nothing" "$(wire_to "($F4 or $F6)")" 0
