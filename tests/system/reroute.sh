#!/bin/bash
# Reroute to the tunnel's doors, with stand-in listeners there, and to resolverd's: the program
# talks to them instead of to the Internet, of which the wire shows nothing; without a listener
# nothing goes out in the clear.
. "$(dirname "$0")/../lab/lib.sh"

# Reads before it answers: what ends without having read takes the answer along.
door() { # PORT TEXT
	local p
	lab_spawn on desk socat "TCP4-LISTEN:$1,bind=127.0.0.17,fork,reuseaddr" "SYSTEM:read -r question; echo $2" </dev/null 2>/dev/null
	DOORS+=("$SPAWNED")
	lab_spawn on desk socat "TCP6-LISTEN:$1,bind=[::1],fork,reuseaddr" "SYSTEM:read -r question; echo $2" </dev/null 2>/dev/null
	DOORS+=("$SPAWNED")
	lab_spawn on desk socat "UDP4-RECVFROM:$1,bind=127.0.0.17,fork" "SYSTEM:read -r question; echo $2" </dev/null 2>/dev/null
	DOORS+=("$SPAWNED")
	lab_spawn on desk socat "UDP6-RECVFROM:$1,bind=[::1],fork" "SYSTEM:read -r question; echo $2" </dev/null 2>/dev/null
	DOORS+=("$SPAWNED")
}
ask() { on desk "$LAB_DIR/asker" -t3 -T3 - "$1" <<<"question" 2>/dev/null; }
# The first line of an answer; over UDP no end of it comes, and the asker waits on, behind us.
answer() { local line=''; read -r line < <(ask "$1"); echo "$line"; }

lab_begin
wire_start
DOORS=()
cp "$(readlink -f "$(command -v socat)")" "$LAB_DIR/asker"
door 1117 tunnel
put "$ETC/bulwark.conf" <<-E
	level dynamic
	set tunnel { dynamic on }
	set nameserver { dynamic on }
E
profile asker "$LAB_DIR/asker" "$OPEN" "rules {" \
	"tunnel net { 9.9.0.0/16 2a00:1::/32 } port { tcp/1-65535 udp/1-65535 }" "}"
suite_start
monitor_start
fresh
is "TCP goes to the tunnel" "$(answer "TCP:$F4:80")" tunnel
is "TCP over IPv6 goes to the tunnel" "$(answer "TCP:[$F6]:80")" tunnel
is "UDP goes to the tunnel" "$(answer "UDP:$F4:7")" tunnel
is "UDP over IPv6 goes to the tunnel" "$(answer "UDP:[$F6]:7")" tunnel
is "nothing of it is on the wire" "$(wire_to "($F4 or $F6)")" 0
check "the monitor says tunnel" told 2 ".verdict == \"tunnel\" and .dst == \"$F4\""

# nobody at the doors
kill "${DOORS[@]}"
fresh
ask "TCP:$F4:80" >/dev/null
ask "UDP:[$F6]:7" >/dev/null
is "nobody at the door: nothing in the clear" "$(wire_to "($F4 or $F6)")" 0

profile asker "$LAB_DIR/asker" "$OPEN"
profile dig /usr/bin/dig "$OPEN"
suite_settle
fresh
dug() { on desk dig +short +time=2 +tries=1 "$@" www.example.org; }
is "questions over UDP go to the name server" "$(dug "@$F4")" "$INET4"
is "questions over TCP go to the name server" "$(dug +tcp "@$F4")" "$INET4"
is "questions over IPv6 go to the name server" "$(dug "@$F6")" "$INET4"
is "nothing of it is on the wire" "$(wire_to "($F4 or $F6)")" 0
check "the monitor says nameserver" told 2 ".verdict == \"nameserver\" and .dst == \"$F4\""

# redirection flushed: the mark alone passes nothing
on desk iptables -t nat -F
on desk ip6tables -t nat -F
fresh
for i in 1 2 3 4 5; do
	ask "UDP:$F4:53" >/dev/null &
	ask "UDP:[$F6]:53" >/dev/null &
done
wait
is "redirection flushed: nothing in the clear" "$(wire_to "($F4 or $F6)")" 0
