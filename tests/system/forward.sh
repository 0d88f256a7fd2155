#!/bin/bash
# What the desk forwards for a container is judged like its own, seen in the monitor, and never
# passes without a verdict.
. "$(dirname "$0")/../lab/lib.sh"

from_box() { wire_count "src host ($BOX4 or $BOX6) and dst host ($F4 or $F6)"; }

lab_begin
wire_start
talkers
suite_start
monitor_start
fresh
check "TCP passes" on box curl -sm3 -o /dev/null "http://$F4/"
check "TCP over IPv6 passes" on box curl -gsm3 -o /dev/null "http://[$F6]/"
check "UDP passes" on box "$ALLOWED" once udp "$F4" 7
check "ping passes" on box ping -c1 -W2 "$F6"
check "the monitor shows it" told 2 '.direction == "forward" and .verdict == "accept" and .device == "c0"'
lab_spawn on box curl -sN -o "$LAB_DIR/got" "http://$F4/slow" </dev/null
slow=$SPAWNED
lab_wait 5 test -s "$LAB_DIR/got"

put "$ETC/bulwark.conf" <<-E
	level dynamic
	rules {
		deny forward net { 9.9.0.0/16 2a00:1::/32 }
	}
E
pause 0.7
size=$(stat -c %s "$LAB_DIR/got")
pause 1
is "a running download ends when a rule forbids it" "$(stat -c %s "$LAB_DIR/got")" "$size"
kill "$slow" 2>/dev/null
fresh
check "TCP is refused" bash -c "! nsenter --net=$(ns box) curl -sm2 http://$F4/"
check "TCP over IPv6 is refused" bash -c "! nsenter --net=$(ns box) curl -gsm2 'http://[$F6]/'"
on box "$DENIED" once udp "$F4" 7
on box ping -c1 -W1 "$F6" >/dev/null
is "nothing of it is on the wire" "$(from_box)" 0
check "the monitor shows the refusal" told 2 '.direction == "forward" and .verdict == "block"'
check "what the desk itself sends is not touched" on desk "$ALLOWED" once tcp "$F4" 7

# an ICMP error about a flow of the desk's own is no way out for the box
lab_spawn on desk "$ALLOWED" from 41001 udp "$F4" 7 10 wait </dev/null
own=$SPAWNED
pause 0.3
on box /usr/bin/python3 -c 'import socket, struct, sys
def checksum(b):
    n = sum(struct.unpack(">%dH" % (len(b) // 2), b))
    n = (n >> 16) + (n & 0xffff)
    return ~(n + (n >> 16)) & 0xffff
far, desk = (socket.inet_aton(a) for a in sys.argv[1:3])
udp = struct.pack(">HHHH", 7, 41001, 408, 0) + bytes(400)
ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, far, desk)
ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
icmp = struct.pack(">BBHI", 3, 3, 0, 0) + ip + udp
icmp = icmp[:2] + struct.pack(">H", checksum(icmp)) + icmp[4:]
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
for _ in range(10):
    s.sendto(icmp, (sys.argv[1], 0))' "$F4" $DESK4
is "ICMP errors about the desk's own flow do not pass" "$(wire_count "src host $BOX4 and icmp and dst host $F4")" 0
kill -TERM "$own"

# from the LAN into the box: nobody asked for it
lab_spawn on box "$ALLOWED" sink tcp 9000 </dev/null
on stranger "$ALLOWED" once tcp $BOX4 9000
mapfile -t pids < <(suite_pids)
echo "level dynamic" | put "$ETC/bulwark.conf"
suite_settle
kill -9 "${pids[@]}"
pause 0.3
fresh
on box "$DENIED" once tcp "$F4" 7
on box "$DENIED" once udp "$F6" 7
is "with the suite killed nothing is forwarded" "$(from_box)" 0
ctl release
