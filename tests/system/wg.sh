#!/bin/bash
# Routing by foreign marks, as wg-quick sets it up, works as without the suite: sockets marked
# 0xca6c go by the main table, all others into the tunnel (here: a neighbour's address as
# gateway; make vm-test has a real WireGuard). wg-quick's own rules for marks are there too.
. "$(dirname "$0")/../lab/lib.sh"
MARK=0xca6c TABLE=51820

setup_routes() {
	local f
	on desk ip route add default via $STRANGER4 table $TABLE
	on desk ip -6 route add default via $STRANGER6 table $TABLE
	for f in -4 -6; do
		on desk ip $f rule add not fwmark $MARK table $TABLE
		on desk ip $f rule add table main suppress_prefixlength 0
	done
	# the neighbour passes it on
	lab_sysctl stranger ipv4/ip_forward=1 ipv6/conf/all/forwarding=1 ipv4/conf/all/send_redirects=0 \
		ipv4/conf/v0/send_redirects=0
	lab_sysctl desk ipv4/conf/all/src_valid_mark=1
}

wg_quick_rules() {
	on desk iptables-restore -n <<-E
		*mangle
		-I POSTROUTING -m mark --mark $MARK -p udp -j CONNMARK --save-mark
		-I PREROUTING -p udp -j CONNMARK --restore-mark
		COMMIT
	E
}

# Packets of a protocol that went by way of the neighbour. Others are the kernel's own, such as its
# answer to an echo whose program has ended: it has no mark, and so goes into the tunnel.
tunneled() { # PROTOCOL
	wire_count "$1 and ether dst $MAC and dst host ($F4 or $F6)"
}

ways() { # TEXT
	local p
	for p in tcp udp; do
		fresh
		on desk "$ALLOWED" from $((20000 + RANDOM % 20000)) $p "$F4" 7 10
		on desk "$ALLOWED" from $((20000 + RANDOM % 20000)) $p "$F6" 7 10
		least "$1: $p without mark goes into the tunnel" \
			"$(tunneled $p)" 2
		fresh
		on desk "$ALLOWED" from $((20000 + RANDOM % 20000)) $p "$F4" 7 10 mark=$MARK
		on desk "$ALLOWED" from $((20000 + RANDOM % 20000)) $p "$F6" 7 10 mark=$MARK
		is "$1: $p with mark not" "$(tunneled $p)" 0
		least "$1: $p with mark goes out" "$(wire_to "($F4 or $F6)")" 2
		fresh
		on desk "$DENIED" from $((20000 + RANDOM % 20000)) $p "$F4" 7 10 mark=$MARK
		[ "$1" = without ] || is "$1: $p of a forbidden program with mark" "$(wire_to "$F4")" 0
	done
}

# A verdict that comes when the program has closed its socket and ended.
late() {
	local p pid
	pid=$(suite_pid policyd)
	for p in tcp udp; do
		fresh
		kill -STOP "$pid"
		lab_spawn on desk "$ALLOWED" from $((20000 + RANDOM % 20000)) $p "$F4" 7 10 mark=$MARK
		pause 0.3
		kill -CONT "$pid"
		pause 0.3
		is "late: $p with mark does not go into the tunnel" "$(tunneled $p)" 0
		least "late: $p with mark goes out" "$(wire_count "$p and dst host $F4")" 1
	done
}

lab_begin
MAC=$(ip -n "${LAB}stranger" -j link show v0 | jq -r '.[0].address')
wire_start
talkers
setup_routes
ways without
suite_start
ways with
late
wg_quick_rules
ways "with wg-quick's rules"
fresh
lab_spawn on desk "$ALLOWED" keep "$F4" 7 </dev/null >"$LAB_DIR/keep" 2>&1
pause 1
kill -TERM "$SPAWNED"
pause 0.2
check "a connection lives in the tunnel" grep -q ^echoes "$LAB_DIR/keep"
