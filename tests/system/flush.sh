#!/bin/bash
# Other tools flush, delete and reorder under load: nothing passes unjudged, the rules are back
# within a second, and the monitor says so.
. "$(dirname "$0")/../lab/lib.sh"

leaks() { wire_count "src host ($DESK4 or $DESK6) and (dst host $BAD4 or dst host $BAD6)"; }
ours() { # the jumps that must be first
	local t n=0
	for t in iptables ip6tables; do
		n=$((n + $(on desk $t-save 2>/dev/null | grep -cE '^-A (OUTPUT|INPUT|FORWARD|PREROUTING) -j BW-')))
	done
	echo $n
}
whole() { [ "$(ours)" = "$WHOLE" ]; }
works() { fresh; on desk "$ALLOWED" once tcp "$F4" 7 && on desk "$ALLOWED" once udp "$F6" 7; }

# after TEXT: what must hold after a tool's deed
after() {
	check "$1: rules are back" lab_wait 2 whole
	check "$1: permitted connections work" lab_wait 2 works
	is "$1: forbidden packets on the wire" "$(leaks)" 0
}

lab_begin
wire_start
talkers
suite_start
monitor_start
WHOLE=$(ours)
least "jumps are there" "$WHOLE" 6
fresh
BAD4=$F4 BAD6=$F6
for proto in tcp udp; do
	lab_spawn on desk "$DENIED" flood $proto "$BAD4" 7 </dev/null >/dev/null
	lab_spawn on desk "$DENIED" flood $proto "$BAD6" 7 </dev/null >/dev/null
done
fresh
lab_spawn on desk "$ALLOWED" keep "$F4" 7 </dev/null >"$LAB_DIR/keep" 2>&1
keep=$SPAWNED
for table in raw mangle nat filter security; do
	for t in iptables ip6tables; do
		on desk $t -t $table -F
	done
	after "-t $table -F"
done
for chain in OUTPUT INPUT FORWARD; do
	on desk iptables -t mangle -F $chain
	on desk ip6tables -t filter -F $chain
done
after "single chains flushed"
on desk nft flush ruleset 2>/dev/null
after "nft flush ruleset"
for i in 1 2 3; do
	on desk nft flush ruleset 2>/dev/null
	on desk iptables -t mangle -F
	sleep 0.0$i
done
after "flushed again while being put back"
on desk nft delete table ip mangle 2>/dev/null
on desk nft delete table ip6 filter 2>/dev/null
after "tables deleted"
for t in iptables ip6tables; do
	on desk $t -t mangle -I OUTPUT 1 -j ACCEPT
	on desk $t -t filter -I OUTPUT 1 -j ACCEPT
	on desk $t -t security -I OUTPUT 1 -j ACCEPT
done
pause 1
after "another tool's accept put first"
for t in iptables ip6tables; do
	for table in mangle filter; do
		is "$t -t $table: our jump is first again" \
			"$(on desk $t -t $table -S OUTPUT | sed -n 2p | grep -c 'BW-')" 1
		check "$t -t $table: the other tool's rule stands" on desk $t -t $table -C OUTPUT -j ACCEPT
	done
done
on desk conntrack -F 2>/dev/null
after "conntrack -F"
check "the monitor says that rules were put back" told 2 \
	'.type == "notice" and (.text | test("rule"; "i"))'
kill -TERM $keep
pause 0.3
check "a permitted connection went on through all of it: $(cat "$LAB_DIR/keep")" grep -q ^echoes "$LAB_DIR/keep"
