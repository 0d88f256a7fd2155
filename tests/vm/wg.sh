#!/bin/bash
# A real WireGuard by wg-quick, everything routed through it: works with the suite as without;
# the wire sees nothing but its packets, and a forbidden program's never enter the tunnel.
. "$(dirname "$0")/../lab/lib.sh"

keys() (
	umask 077	# for them alone: the suite is not root and reads its files
	for k in desk far; do
		wg genkey >"$LAB_DIR/$k.key"
		wg pubkey <"$LAB_DIR/$k.key" >"$LAB_DIR/$k.pub"
	done
)

far_end() {
	on inet ip link add wg0 type wireguard
	on inet wg set wg0 private-key "$LAB_DIR/far.key" listen-port 51820 \
		peer "$(cat "$LAB_DIR/desk.pub")" allowed-ips 10.200.0.2/32,fd99::2/128
	on inet ip addr add 10.200.0.1/24 dev wg0
	on inet ip addr add fd99::1/64 dev wg0
	on inet ip link set wg0 up
}

near_end() {
	cat >"$LAB_DIR/wg0.conf" <<-E
		[Interface]
		PrivateKey = $(cat "$LAB_DIR/desk.key")
		Address = 10.200.0.2/24, fd99::2/64
		[Peer]
		PublicKey = $(cat "$LAB_DIR/far.pub")
		AllowedIPs = 0.0.0.0/0, ::/0
		Endpoint = 9.9.0.10:51820
	E
	on desk wg-quick up "$LAB_DIR/wg0.conf" >"$LAB_DIR/wg-quick.log" 2>&1 || die "wg-quick: $(cat "$LAB_DIR/wg-quick.log")"
}

in_tunnel() { sleep 0.3; tcpdump -r "$LAB_DIR/tunnel.pcap" -nn "$1" 2>/dev/null | wc -l; }

# A packet may be lost on the way (docs/rules.md, "Known and accepted"): then it is sent again, as programs do.
reaches() { lab_wait 3 on desk "$ALLOWED" once "$1" "$2" 7; }

talks() { # TEXT
	fresh
	check "$1: TCP through the tunnel" reaches tcp "$F4"
	check "$1: UDP through the tunnel" reaches udp "$F4"
	check "$1: TCP over IPv6" reaches tcp "$F6"
	is "$1: nothing of it in the clear" "$(wire_to "($F4 or $F6)")" 0
}

lab_begin
wire_start
talkers
keys
far_end
near_end
lab_spawn on inet tcpdump -Z root -i wg0 -nn -U --immediate-mode -w "$LAB_DIR/tunnel.pcap" </dev/null >/dev/null \
	2>"$LAB_DIR/tunnel.log"
lab_wait 5 grep -q 'listening on' "$LAB_DIR/tunnel.log" || die "tcpdump does not start: $(cat "$LAB_DIR/tunnel.log")"
talks without
suite_start
talks with
fresh
on desk "$DENIED" once tcp "$F4" 7
on desk "$DENIED" once udp "$F6" 7
is "a forbidden program's packets in the tunnel" "$(in_tunnel "host $F4 or host $F6")" 0
is "a forbidden program's packets in the clear" "$(wire_to "($F4 or $F6)")" 0
suite_stop
talks afterwards
