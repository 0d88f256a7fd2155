#!/bin/bash
# IPsec as a VPN's client has it: all to the "Internet" goes through a tunnel, by ESP, by ESP in UDP beside a program that
# exchanges keys at the same port, and by ESP over IPv6. It works with the suite as without; what leaves is the kernel's,
# whoever sent what is in it, and a forbidden program's packets never enter the tunnel.
. "$(dirname "$0")/../lab/lib.sh"
GATE4=9.1.0.2 GATE6=2a00:2::2

# ike HOST PROGRAM ADDRESS: has port 4500 for ESP in UDP (RFC 3948); each second a word with IKE's mark goes to the other's
ike() {
	lab_spawn on "$1" env PYTHONHOME=/usr "$2" -c '
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 4500))
s.setsockopt(socket.IPPROTO_UDP, 100, 2)	# UDP_ENCAP, UDP_ENCAP_ESPINUDP
while True:
    s.sendto(bytes(4) + b"hello", (sys.argv[1], 4500))
    time.sleep(1)
' "$3" </dev/null >"$LAB_DIR/ike-$1" 2>&1
}

state() { # HOST FROM TO SPI [ENCAP...]
	on "$1" ip xfrm state add src "$2" dst "$3" proto esp spi "$4" reqid 1 mode tunnel \
		auth-trunc 'hmac(sha256)' "0x$(printf '01%.0s' {1..32})" 128 enc 'cbc(aes)' "0x$(printf '02%.0s' {1..16})" "${@:5}" ||
		die "no state of IPsec"
}

policy() { # HOST DIRECTION FROM TO TUNNEL-FROM TUNNEL-TO
	on "$1" ip xfrm policy add dir "$2" src "$3" dst "$4" tmpl src "$5" dst "$6" proto esp reqid 1 mode tunnel ||
		die "no policy of IPsec"
}

tunnel_up() { # NEAR FAR NET [ENCAP...]
	local h
	for h in desk inet; do
		state $h "$1" "$2" 0x100 "${@:4}"
		state $h "$2" "$1" 0x200 "${@:4}"
	done
	policy desk out "$1" "$3" "$1" "$2"
	policy desk in "$3" "$1" "$2" "$1"
	policy inet out "$3" "$1" "$2" "$1"
	policy inet in "$1" "$3" "$1" "$2"
}

tunnel_down() {
	local h
	for h in desk inet; do
		on $h ip xfrm state flush
		on $h ip xfrm policy flush
	done
}

# 50 is ESP; beside IKE's word of nine bytes
in_tunnel() { wire_count "src host ($DESK4 or $DESK6) and (ip proto 50 or ip6 proto 50 or (udp port 4500 and udp[4:2] > 17))"; }

talks() { # TEXT 4|6
	local p to before who
	for p in tcp udp; do
		for who in "" "setpriv --reuid 65534 --regid 65534 --clear-groups"; do
			fresh
			to=$F4
			[ "$2" = 4 ] || to=$F6
			# shellcheck disable=SC2086 # words
			check "$1: $p by ${who:+another than }root" lab_wait 3 on desk $who "$ALLOWED" once $p "$to" 7
			is "and nothing of it in the clear" "$(wire_to "$to")" 0
		done
		fresh
		to=$F4
		[ "$2" = 4 ] || to=$F6
		before=$(in_tunnel)
		on desk "$DENIED" once $p "$to" 7
		[[ "$1" = *without ]] || is "$1: $p of a forbidden program: in the tunnel" "$(($(in_tunnel) - before))" 0
	done
}

unknown() { jq -r 'select(.type == "event" and .owner == "unknown") | .dst' "$MONITOR" | grep -cE "^($GATE4|$GATE6)$"; }

tries() { # TEXT 4|6
	talks "$1 without" "$2"
	suite_start
	monitor_start
	talks "$1 with" "$2"
	is "$1: of nothing in the tunnel it is unknown whose it is" "$(unknown)" 0
	[ "$(ctl status --json | jq .kernel.on)" = true ] || fail "the kernel's part is not there"
	suite_stop
	tunnel_down
}

lab_begin
wire_start
talkers
tunnel_up $DESK4 $GATE4 9.9.0.0/16
tries ESP 4
tunnel_up $DESK6 $GATE6 2a00:1::/32
tries "ESP over IPv6" 6
cp "$(readlink -f /usr/bin/python3)" "$LAB_DIR/charon"
profile charon "$LAB_DIR/charon" "$OPEN"
tunnel_up $DESK4 $GATE4 9.9.0.0/16 encap espinudp 4500 4500 0.0.0.0
ike inet /usr/bin/python3 $DESK4
ike desk "$LAB_DIR/charon" $GATE4
tries "ESP in UDP" 4
