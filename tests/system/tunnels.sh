#!/bin/bash
# Tunnels of the kernel: what goes in is judged as its program's, what leaves is the kernel's, though it leaves with that
# program's socket. Each kind that this kernel has. Without the suite's part in the kernel it is unknown whose that is.
. "$(dirname "$0")/../lab/lib.sh"
FAR=9.1.0.2

# tunnel_up KIND: between desk and inet, with the far end's address IN
tunnel_up() {
	local kind=$1 more=()
	[ "$kind" != vxlan ] || more=(id 5 dstport 4789)
	on desk ip link add t0 type "$kind" "${more[@]}" local $DESK4 remote $FAR 2>/dev/null || return 1
	on inet ip link add t0 type "$kind" "${more[@]}" local $FAR remote $DESK4
	if [ "$kind" = sit ]; then
		IN=fd99::1
		on desk ip addr add fd99::2/64 dev t0 nodad
		on inet ip addr add $IN/64 dev t0 nodad
	else
		IN=10.201.0.1
		on desk ip addr add 10.201.0.2/24 dev t0
		on inet ip addr add $IN/24 dev t0
	fi
	on desk ip link set t0 up
	on inet ip link set t0 up
}

tunnel_down() {
	on desk ip link del t0
	on inet ip link del t0
}

as_user() { on desk setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
# packets of the desk to the far end
from_desk() { wire_count "src host $DESK4 and dst host $FAR"; }

passes() { # KIND
	local p
	for p in tcp udp; do
		check "$1: $p through it" on desk "$ALLOWED" once $p $IN 7
		check "$1: another user's $p" as_user "$ALLOWED" once $p $IN 7
	done
	check "$1: what leaves is the kernel's" told 3 ".dst == \"$FAR\" and .owner == \"kernel\" and .verdict == \"accept\""
}

# What an IPv6 interface says by itself is not counted: it is over by then.
refused() { # KIND
	local p before
	pause 0.5
	before=$(from_desk)
	for p in tcp udp; do
		on desk "$DENIED" once $p $IN 7
		as_user "$DENIED" once $p $IN 7
	done
	is "$1: of a forbidden program nothing gets into it" "$(($(from_desk) - before))" 0
}

unknown() {
	on desk "$ALLOWED" once udp $IN 7
	check "$1: without the kernel's part nobody knows whose it is" told 3 ".dst == \"$FAR\" and .owner == \"unknown\""
}

# SCTP that wraps itself in UDP, as each program may have it (RFC 6951): nobody judged what is in that
wrapped_sctp() {
	fresh
	on desk env PYTHONHOME=/usr "$LAB_DIR/python" -c '
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
s.setsockopt(socket.IPPROTO_SCTP, 132, struct.pack("i4x128sH6x", 0, bytes(128), socket.htons(9899)))	# SCTP_REMOTE_UDP_ENCAPS_PORT
s.setblocking(False)
print(s.connect_ex((sys.argv[1], 7)))
' "$F4" >"$LAB_DIR/sctp" 2>&1
	check "SCTP in UDP: it is tried" grep -qx 115 "$LAB_DIR/sctp" # EINPROGRESS
	pause 1
}

lab_begin
wire_start
talkers
cp "$(readlink -f /usr/bin/python3)" "$LAB_DIR/python"
blocked python "$LAB_DIR/python"
on desk python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)' 2>/dev/null
if lab_sysctl desk sctp/udp_port=9899 2>/dev/null; then
	wrapped_sctp
	least "without the suite it leaves" "$(wire_count "udp port 9899 and dst host $F4")" 1
	suite_start
	wrapped_sctp
	is "of a forbidden program it does not" "$(wire_to "$F4")" 0
	suite_stop
else
	echo "# no SCTP here"
fi
for kind in vxlan gre ipip sit; do
	tunnel_up $kind || { echo "# no $kind here"; continue; }
	check "$kind: without the suite" on desk "$ALLOWED" once tcp $IN 7
	suite_start
	monitor_start
	if [ "$(ctl status --json | jq .kernel.on)" = true ]; then
		passes $kind
		refused $kind
	else
		unknown $kind
	fi
	suite_stop
	tunnel_down
done
