#!/bin/bash
# A changed profile or level is in force at once: what it forbids ends within a second, also what
# runs already; what it permits works from then on.
. "$(dirname "$0")/../lab/lib.sh"
declare -A PID

download() { # NAME ADDRESS
	lab_spawn on desk curl -gsN -o "$LAB_DIR/$1.got" "http://$2/slow" </dev/null
	PID[$1]=$SPAWNED
}
size() { stat -c %s "$LAB_DIR/$1.got" 2>/dev/null || echo 0; }
grows() { [ "$(size "$1")" -gt "$2" ]; }
runs() { kill -0 "${PID[$1]}" 2>/dev/null; }
gone() { ! runs "$1"; }

# Ends within a second of now, and nothing of it is on the wire after that.
ends() { # TEXT NAME FILTER
	local begin ms after
	begin=$(now_ms)
	lab_wait 3 gone "$2"
	ms=$(($(now_ms) - begin))
	soon "$1: ends within a second" $ms 1000
	pause 0.3
	after=$(wire_count "$3")
	pause 1
	is "$1: nothing on the wire afterwards" "$(wire_count "$3")" "$after"
}

lab_begin
VENDOR=$LAB_DIR/vendor	# of curl without a profile
mkdir "$VENDOR"
wire_start
talkers
allowed curl /usr/bin/curl
nginx_conf "$LAB_DIR/desk.conf" 8080 desk
allowed nginx /usr/sbin/nginx
lab_daemon nginx-desk desk /usr/sbin/nginx -e stderr -c "$LAB_DIR/desk.conf"
suite_start
monitor_start

# A download
fresh
download v4 "$F4"
download v6 "[$F6]"
lab_wait 5 grows v4 100000
lab_wait 5 grows v6 100000
check "downloads run" runs v4
blocked curl /usr/bin/curl
ends "forbidden download over IPv4" v4 "src host $F4 and greater 100" &
first=$!
ends "forbidden download over IPv6" v6 "src host $F6 and greater 100"
wait $first
check "the monitor says that it was judged anew" told 2 '.source == "again" and .verdict == "block"'
check "a new one is refused" bash -c "! nsenter --net=$(ns desk) curl -sm2 http://$F4/"
allowed curl /usr/bin/curl
suite_settle
check "permitted again, it works" on desk curl -sm2 -o /dev/null "http://$F4/"

# A datagram's flow that goes on for ever
fresh
lab_spawn on desk "$ALLOWED" keep "$F4" 7 </dev/null >"$LAB_DIR/keep" 2>&1
PID[keep]=$SPAWNED
lab_spawn on desk sh -c "while sleep 0.02; do echo x; done | socat -u - UDP:$F4:7" </dev/null
allowed socat "$(readlink -f "$(command -v socat)")"
suite_settle
pause 0.5
least "datagrams go out" "$(wire_count "udp and dst host $F4")" 5
blocked socat "$(readlink -f "$(command -v socat)")"
pause 1
before=$(wire_count "udp and dst host $F4")
pause 1
is "forbidden datagrams stop" "$(wire_count "udp and dst host $F4")" "$before"
check "another program's flow goes on" runs keep

# Closed while whod looks for who has it: it has ended, and nobody was refused
lab_spawn on desk "$ALLOWED" keep "$F4" 7 </dev/null >"$LAB_DIR/closed" 2>&1
PID[closed]=$SPAWNED
check "a connection is kept" told 5 ".process.pid? == ${PID[closed]}"
flow=$(jq -r "select(.process.pid? == ${PID[closed]}).flow" "$MONITOR")
whod=$(suite_pid whod)
kill -STOP "$whod"
allowed closed "$LAB_DIR/closed"
suite_settle
kill -KILL "${PID[closed]}"
lab_wait 5 gone closed
kill -CONT "$whod" 2>/dev/null	# where all is slow its parent may have begun another
suite_settle
on desk "$ALLOWED" once udp "$F4" 53
check "the next flow is judged" told 5 '.dport == 53 and .proto == "udp"'
is "what was closed while whod looked for who has it is not told as refused" \
	"$(jq -c "select(.flow == \"$flow\" and (.verdict // \"accept\") != \"accept\")" "$MONITOR" | wc -l)" 0

# A service that is closed
lab_spawn on stranger curl -sN -o "$LAB_DIR/in.got" "http://$DESK4:8080/slow" </dev/null
PID[in]=$SPAWNED
lab_wait 5 grows in 100000
allowed other "$LAB_DIR/other"
pause 1
before=$(size in)
check "a service that stays permitted goes on when another program's profile changes" lab_wait 5 grows in "$before"
is "and is no new connection for that" "$(jq -c 'select(.direction == "in" and .dport == 8080)' "$MONITOR" | wc -l)" 1
profile nginx /usr/sbin/nginx "flags internet localnet"
check "a service that is closed: the other end hears of it" lab_wait 3 gone in
check "the monitor says that it was judged anew" told 2 '.source == "again" and .verdict == "drop" and .direction == "in"'
pause 1
before=$(size in)
pause 1
most "a closed service sends nothing more" $(($(size in) - before)) 0

# It came in, though nobody listens there any more
cp "$(readlink -f "$(command -v socat)")" "$LAB_DIR/once"
profile once "$LAB_DIR/once" "flags internet localnet directconnect service"
suite_settle
lab_spawn on desk "$LAB_DIR/once" -u TCP-LISTEN:8090 "OPEN:$LAB_DIR/once.got,creat,append" </dev/null
lab_wait 5 lab_listening desk 8090
lab_spawn on stranger sh -c "while sleep 0.02; do echo x; done | socat -u - TCP:$DESK4:8090" </dev/null 2>/dev/null
check "a service for one gets what comes" lab_wait 5 grows once 10
profile once "$LAB_DIR/once" "flags internet localnet directconnect"
pause 1
before=$(size once)
pause 1
most "closed, it gets nothing more, though its listener is gone" $(($(size once) - before)) 0
check "and is judged as what came in" told_now '.source == "again" and .verdict == "drop" and .direction == "in" and .dport == 8090'

# Many profiles: they are read in slices, between which flows are judged
fresh
download many "$F4"
for ((i = 0; i < 2000; i++)); do
	printf 'profile "m%d" {\n\tpath "/m/%d"\n\tflags internet\n}\n' $i $i >"$ETC/profiles/m$i.conf"
done
check "while 2,000 profiles are read, a connection works" on desk curl -sm5 -o /dev/null "http://$F4/"
blocked curl /usr/bin/curl
check "among 2,000 profiles a forbidden download ends" lab_wait 10 gone many
check "and a new one is refused" bash -c "! nsenter --net=$(ns desk) curl -sm2 http://$F4/"
rm -f "$ETC"/profiles/m*.conf
suite_settle

# A level
rm -f "$ETC"/profiles/curl.conf
suite_settle
fresh
download level "$F4"
lab_wait 5 grows level 100000
check "without profile at level dynamic it runs" runs level
check "the level is set" ctl level fortress
ends "no profile, now level fortress" level "src host $F4 and greater 100"
kill -TERM "${PID[keep]}"
pause 0.2
least "the permitted program's connection never paused" "$(sed -n 's/echoes=\([0-9]*\) .*/\1/p' "$LAB_DIR/keep")" 200
