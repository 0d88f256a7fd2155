#!/bin/bash
# Connections that were there before the suite go on, with the reason "existed before", and are
# judged anew when a profile changes. New ones are judged at once.
. "$(dirname "$0")/../lab/lib.sh"
declare -A PID

running() { kill -0 "${PID[$1]}" 2>/dev/null; }
start() { # NAME HOST CMD...
	local name=$1
	shift
	lab_spawn on "$@" </dev/null >"$LAB_DIR/$name.out" 2>&1
	PID[$name]=$SPAWNED
}
size() { stat -c %s "$LAB_DIR/$1" 2>/dev/null || echo 0; }

# existing TEXT FORWARDED COUNT: with connections of every kind, the suite begins
existing() {
	local text=$1 n in_then box_then
	fresh
	start keep4 desk "$DENIED" keep "$F4" 7
	start keep6 desk "$DENIED" keep "$F6" 7
	start in stranger curl -sN -o "$LAB_DIR/in.got" "http://$DESK4:8080/slow"
	start box box curl -sN -o "$LAB_DIR/box.got" "http://$F4/slow"
	start udp desk "$DENIED" from 4455 udp "$F4" 7 10 wait
	pause 0.5
	suite_start
	monitor_start --last 100
	in_then=$(size in.got) box_then=$(size box.got)
	check "$text: a new connection of the same program is refused" \
		bash -c "! nsenter --net=$(ns desk) $DENIED once tcp $F4 7"
	# an address more is no reason to judge them anew
	on desk ip addr add 192.168.77.9/24 dev v0
	pause 1.5
	for n in keep4 keep6 in; do
		check "$text: $n goes on" running $n
	done
	least "$text: bytes arrive from inside" $(($(size in.got) - in_then)) 100000
	[ "$2" = no ] || least "$text: bytes arrive through the desk" $(($(size box.got) - box_then)) 100000
	least "$text: the list of connections says why" "$(ctl connections --json |
		jq -r 'select(.reason.text // "" | test("existed before")) | .direction + .dst' | sort -u | wc -l)" "$3"
	profile denied "$DENIED" "flags internet" "default deny"
	pause 1.2
	for n in keep4 keep6; do
		check "$text: $n ends when its profile changes" bash -c "! kill -0 ${PID[$n]} 2>/dev/null"
	done
	suite_stop
	fresh
	check "$text: after the suite everything talks again" on desk "$DENIED" once tcp "$F4" 7
	for n in in box udp; do kill "${PID[$n]}" 2>/dev/null; done
	on desk ip addr del 192.168.77.9/24 dev v0
	blocked denied "$DENIED"
}

lab_begin
wire_start
talkers
nginx_conf "$LAB_DIR/desk.conf" 8080 desk
lab_daemon nginx-desk desk /usr/sbin/nginx -e stderr -c "$LAB_DIR/desk.conf"
lab_wait 5 lab_listening desk 8080
existing "sockets" no 3
# The kernel follows connections already: what passes through the desk is known, too.
on desk iptables -A INPUT -m conntrack --ctstate INVALID -j DROP
on desk ip6tables -A INPUT -m conntrack --ctstate INVALID -j DROP
existing "conntrack" yes 4
