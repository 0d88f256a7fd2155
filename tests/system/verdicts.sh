#!/bin/bash
# Real programs, each permitted, blocked and without a profile, over IPv4 and IPv6: what the
# program notices, and what the wire saw.
# Beside others: what is dropped is waited for.
. "$(dirname "$0")/../lab/lib.sh"

declare -A PATH_OF=(
	[curl]=/usr/bin/curl [ssh]=/usr/bin/ssh [python3]=$(readlink -f /usr/bin/python3)
	[dig]=/usr/bin/dig [ping]=/usr/bin/ping [iperf3]=/usr/bin/iperf3 [nginx]=/usr/sbin/nginx
)
CLIENTS="curl ssh python3 dig ping iperf3"
KEY=''
T3=$((3 * ${LAB_SLOW:-1})) HALF=$((1500 * ${LAB_SLOW:-1}))	# seconds that a program waits; milliseconds that tell refused from dropped

# talk_CLIENT ADDRESS: exit status 0 when it got its answer
talk_curl() { on desk curl -gsm$T3 -o /dev/null "http://$(url "$1")/"; }
talk_ssh() {
	on desk ssh -i "$KEY" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o BatchMode=yes -o ConnectTimeout=$T3 -o LogLevel=ERROR "root@$1" true
}
talk_python3() {
	on desk /usr/bin/python3 -c 'import socket, sys
s = socket.create_connection((sys.argv[1], 7), int(sys.argv[2])); s.send(b"x"); sys.exit(s.recv(1) != b"x")' "$1" $T3
}
talk_dig() { on desk dig +short +time=$T3 +tries=1 "@$1" www.example.org; }
talk_ping() { on desk ping -c1 -W$T3 "$1"; }
talk_iperf3() {
	local port=5201
	[[ $1 != *:* ]] || port=5202
	on desk iperf3 -c "$1" -p $port -n 10K --connect-timeout ${T3}000
}
url() { if [[ $1 = *:* ]]; then echo "[$1]"; else echo "$1"; fi; }

# The desk's own server, asked by the stranger; its port says which case it was.
talk_nginx() { # ADDRESS PORT
	on stranger curl -gsm$T3 --local-port "$2" -o /dev/null "http://$(url "$1"):8080/"
}

# attempt NAME CASE ADDRESS [PORT]: result in LAB_DIR/CASE: status and milliseconds
attempt() {
	local begin status
	begin=$(now_ms)
	"talk_$1" "${@:3}" >"$LAB_DIR/$2.out" 2>&1
	status=$?
	echo "$status $(($(now_ms) - begin))" >"$LAB_DIR/$2"
}

# All programs at once. wanted: pass, block (an answer at once) or drop (none)
phase() { # TEXT WANTED WANTED-INCOMING
	local text=$1 wanted=$2 incoming=$3 c port=$((20000 + RANDOM % 6000 * 2))
	declare -A at4 at6
	for c in $CLIENTS; do
		fresh
		at4[$c]=$F4 at6[$c]=$F6
		attempt "$c" "${c}4" "$F4" &
		attempt "$c" "${c}6" "$F6" &
	done
	attempt nginx nginx4 $DESK4 $port &
	attempt nginx nginx6 $DESK6 $((port + 1)) &
	wait
	for c in $CLIENTS; do
		judge "$text: $c over IPv4" "$wanted" "${c}4" "$(wire_to "${at4[$c]}")"
		judge "$text: $c over IPv6" "$wanted" "${c}6" "$(wire_to "${at6[$c]}")"
	done
	judge "$text: nginx over IPv4" "$incoming" nginx4 \
		"$(wire_count "src host $DESK4 and dst port $port and tcp[13] & 4 = 0")"
	judge "$text: nginx over IPv6" "$incoming" nginx6 \
		"$(wire_count "src host $DESK6 and dst port $((port + 1)) and ip6[53] & 4 = 0")"
}

judge() { # TEXT WANTED CASE PACKETS
	local status ms
	read -r status ms <"$LAB_DIR/$3"
	case $2 in
	pass) if [ "$status" = 0 ] && [ "$4" -gt 0 ]; then pass "$1 passes"; return; fi;;
	block) if [ "$status" != 0 ] && [ "$4" = 0 ] && [ "$ms" -lt $HALF ]; then
		pass "$1 is refused at once, nothing on the wire"; return; fi;;
	drop) if [ "$status" != 0 ] && [ "$4" = 0 ] && [ "$ms" -gt $HALF ]; then
		pass "$1 gets no answer, nothing on the wire"; return; fi;;
	esac
	fail "$1: wanted $2; status $status after $ms ms, $4 packets on the wire"
	sed 's/^/#   /' "$LAB_DIR/$3.out"
}

# every DEFAULT FLAG...: the same profile for all programs
every() {
	local name
	for name in "${!PATH_OF[@]}"; do
		profile "$name" "${PATH_OF[$name]}" "flags internet localnet directconnect ${*:2}" "default $1"
	done
	suite_settle
}

# dig's questions as flows like any other: tests/system/names.sh has those that resolverd answers.
NO_NAMES='set nameserver { dynamic off secure off fortress off }'
lab_begin
printf '%s\n' "level dynamic" "$NO_NAMES" | put "$ETC/bulwark.conf"
KEY=$LAB_DIR/ssh_key
VENDOR=$LAB_DIR/vendor
mkdir "$VENDOR"
lab_daemon iperf3-6 inet iperf3 -s -p 5202
nginx_conf "$LAB_DIR/desk.conf" 8080 desk
lab_daemon nginx-desk desk /usr/sbin/nginx -e stderr -c "$LAB_DIR/desk.conf"
lab_wait 5 lab_listening desk 8080
wire_start
suite_start
monitor_start
phase "no profile, level dynamic" pass drop
every permit service
phase "permitted" pass pass
every permit
phase "permitted, no service" pass drop
every deny service
phase "denied" block drop
every block service
phase "blocked" block block
every drop service
phase "dropped" drop drop
rm -f "$ETC"/profiles/*
printf '%s\n' "level fortress" "$NO_NAMES" | put "$ETC/bulwark.conf"
suite_settle
phase "no profile, level fortress" block drop
for c in $CLIENTS; do
	check "the monitor told of $c permitted and blocked, with reasons" told 2 \
		".process.path == \"${PATH_OF[$c]}\" and .verdict == \"block\" and .reason.text != \"\""
done
