#!/bin/bash
# Flows inside the machine are judged for both ends: the sender's profile and that of the program
# that listens. And no packet of an accepted flow comes to a queue again.
. "$(dirname "$0")/../lab/lib.sh"

listener() { # NAME PORT
	talker "$1"
	lab_spawn on desk "$LAB_DIR/$1" sink tcp "$2" </dev/null >/dev/null
	lab_spawn on desk "$LAB_DIR/$1" sink udp "$2" </dev/null >/dev/null
	lab_wait 5 lab_listening desk "$2"
}

reaches() { on desk "$1" once tcp "$2" "$3"; }
refused() { ! reaches "$@"; }

# Datagrams that sockets of the desk got
delivered() {
	on desk cat /proc/net/snmp /proc/net/snmp6 |
		awk '$1 == "Udp:" && $2 ~ /^[0-9]/ { n += $2 } $1 == "Udp6InDatagrams" { n += $2 } END { print n }'
}
arrives() { # PROGRAM ADDRESS PORT
	local before
	before=$(delivered)
	on desk "$1" once udp "$2" "$3"
	[ "$(delivered)" != "$before" ]
}
lost() { ! arrives "$@"; }

status_has() { ctl status | grep -q "$1"; }
nobody_at() { [ -z "$(on desk ss -Hlun "sport = :$1")" ]; }

queued() { on desk awk '{ n += $8 } END { print n + 0 }' /proc/net/netfilter/nfnetlink_queue; }
received() { on desk cat /proc/net/dev | awk '$1 == "v0:" { print $2 }'; }

lab_begin
talkers
talker plain
listener open 7001
listener closed 7002
listener served 7003
profile closed "$LAB_DIR/closed" "flags internet localnet" "default permit"
profile served "$LAB_DIR/served" "flags service" "listen-ports { tcp/7003 udp/7003 }"
put "$ETC/bulwark.conf" <<-E
	level dynamic
	set unknown-origin { dynamic permit secure deny fortress deny }
	# The suite's question to itself would be counted among what sockets got.
	set nameserver { dynamic off }
E
suite_start
monitor_start
for a in 127.0.0.1 ::1 $DESK4 $DESK6; do
	check "$a: permitted sender, listener without a profile" reaches "$ALLOWED" "$a" 7001
	check "$a: sender without a profile, listener that serves" reaches "$LAB_DIR/plain" "$a" 7003
	check "$a: forbidden sender" refused "$DENIED" "$a" 7003
	check "$a: listener that may not serve" refused "$ALLOWED" "$a" 7002
	check "$a: permitted datagram" arrives "$ALLOWED" "$a" 7003
	check "$a: forbidden datagram" lost "$DENIED" "$a" 7003
	check "$a: datagram to one that may not serve" lost "$ALLOWED" "$a" 7002
done
# One socket sends all the time, and nobody listens; who does later is asked.
for a in 127.0.0.1 ::1; do
	lab_spawn on desk "$ALLOWED" steady udp $a 7004 </dev/null
	steady=$SPAWNED
	pause 0.3
	for name in closed open; do
		before=$(delivered)
		lab_spawn on desk "$LAB_DIR/$name" sink udp 7004 </dev/null >/dev/null
		listens=$SPAWNED
		pause 0.5
		arrived=$(($(delivered) - before))
		case $name in
		closed) is "$a: who listens later and may not serve gets nothing" $arrived 0;;
		open) least "$a: who listens later and may gets all (datagrams)" $arrived 5;;
		esac
		kill -TERM "$listens"
		lab_wait 3 nobody_at 7004
	done
	kill -TERM "$steady"
done
check "the monitor names the listener's profile" told 2 '.dport == 7002 and .verdict == "block" and .reason.profile == "closed"'

# Datagrams of one socket go on while its listener ends and another takes the port, one that may not
# serve: later than the moment that docs/attribution.md states.
for a in 127.0.0.1 ::1; do
	lab_spawn on desk "$ALLOWED" steady udp "$a" 7005 </dev/null
	sender=$SPAWNED
	for name in open closed; do
		lab_spawn on desk "$LAB_DIR/$name" sink udp 7005 </dev/null >"$LAB_DIR/got-$name"
		pause 0.7
		kill -TERM "$SPAWNED"
		wait "$SPAWNED" || :
		pause 0.03
	done
	kill -TERM "$sender"
	least "$a: the listener that serves got datagrams" "$(sed 's/arrived=//' "$LAB_DIR/got-open")" 8
	is "$a: the one that took its port" "$(cat "$LAB_DIR/got-closed")" "arrived=0"
done

# Likewise after intercept was started anew, which knew of no listener before.
lab_spawn on desk "$LAB_DIR/open" sink udp 7006 </dev/null >"$LAB_DIR/got-open"
listens=$SPAWNED
lab_wait 5 lab_listening desk 7006
lab_spawn on desk "$ALLOWED" steady udp 127.0.0.1 7006 </dev/null
sender=$SPAWNED
pause 0.5
old=$(suite_pid intercept)
kill -9 "$old"
check "intercept is started anew" lab_wait 10 suite_anew intercept "$old"
pause 1
kill -TERM "$listens"
lab_wait 3 nobody_at 7006
pause 0.05
lab_spawn on desk "$LAB_DIR/closed" sink udp 7006 </dev/null >"$LAB_DIR/got-closed"
pause 0.7
kill -TERM "$SPAWNED" "$sender"
wait "$SPAWNED" || :
least "started anew: the listener that serves got datagrams" "$(sed 's/arrived=//' "$LAB_DIR/got-open")" 15
is "started anew: the one that took its port" "$(cat "$LAB_DIR/got-closed")" "arrived=0"

# More own addresses than policyd is told of: nobody looks for who listens at the last ones.
on desk ip addr add 10.99.0.130/32 dev v0
pause 0.3
check "before there are too many addresses each is reached" reaches "$ALLOWED" 10.99.0.130 7001
for i in {1..129}; do echo "addr add 10.99.0.$i/32 dev v0"; done >"$LAB_DIR/many"
on desk ip addr del 10.99.0.130/32 dev v0
echo "addr add 10.99.0.130/32 dev v0" >>"$LAB_DIR/many"
on desk ip -batch "$LAB_DIR/many"
check "too many own addresses: the log says so" lab_wait 5 grep -q "more than 128 addresses" "$SUITE_LOG"
check "too many own addresses: the first is reached" reaches "$ALLOWED" $DESK4 7001
check "too many own addresses: the last is refused" refused "$ALLOWED" 10.99.0.130 7001
check "too many own addresses: status says so" lab_wait 3 status_has "more addresses"
sed -i 's/^addr add/addr del/' "$LAB_DIR/many"
on desk ip -batch "$LAB_DIR/many"
pause 0.3

fresh
# A running download, over both families: its packets come to no queue.
has_more() { [ $(($(received) - $1)) -ge 5000000 ]; }
for a in "$F4" "[$F6]"; do
	before=$(received)
	lab_spawn on desk curl -gs --limit-rate 10M -o /dev/null "http://$a/big" </dev/null
	download=$SPAWNED
	check "download from $a begins" lab_wait 5 has_more "$before"
	bytes=$(received) packets=$(queued)
	check "download from $a goes on" lab_wait 5 has_more "$bytes"
	is "download from $a: packets that came to a queue" $(($(queued) - packets)) 0
	kill -TERM "$download"
done
