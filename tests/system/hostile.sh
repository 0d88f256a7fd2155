#!/bin/bash
# Hostile input: odd packets from outside and inside, hostile paths, ten thousand sockets at once,
# a queue that overflows, two thousand profile files of which some are broken. Nothing passes
# that should not, nothing dies, and what is permitted works meanwhile.
. "$(dirname "$0")/../lab/lib.sh"

restarts() { ctl status --json | jq '[.processes[].restarts] | add'; }
works() { fresh; on desk "$ALLOWED" once tcp "$F4" 7 && on desk "$ALLOWED" once udp "$F6" 7; }
mac_of() { ip -n "$LAB$1" -j link show "$2" | jq -r '.[0].address'; }

odd_packets() {
	local mac seed p
	mac=$(mac_of desk v0)
	lab_spawn on desk "$DENIED" sink udp 7 </dev/null >"$LAB_DIR/sink-udp"
	local udp_sink=$SPAWNED
	lab_spawn on desk "$DENIED" sink tcp 7 </dev/null >"$LAB_DIR/sink-tcp"
	local tcp_sink=$SPAWNED
	for seed in 1 2 3; do
		on stranger /usr/bin/python3 "$LAB_TOP/tests/lab/odd.py" $STRANGER4 $DESK4 v0 "$mac" $seed >/dev/null
		on stranger /usr/bin/python3 "$LAB_TOP/tests/lab/odd.py" $STRANGER6 $DESK6 v0 "$mac" $seed >/dev/null
	done
	# through the desk to the box: forwarded
	on stranger /usr/bin/python3 "$LAB_TOP/tests/lab/odd.py" $STRANGER4 $BOX4 v0 "$mac" >/dev/null
	on stranger /usr/bin/python3 "$LAB_TOP/tests/lab/odd.py" $STRANGER6 $BOX6 v0 "$mac" >/dev/null
	check "odd packets from outside: permitted connections work" works
	is "odd packets from outside: no restart" "$(restarts)" 0
	kill -TERM $udp_sink $tcp_sink
	pause 0.3
	for p in udp tcp; do
		is "odd packets from outside: forbidden $p listener" "$(cat "$LAB_DIR/sink-$p")" "arrived=0"
	done

	cp "$(readlink -f /usr/bin/python3)" "$LAB_DIR/python"
	blocked python "$LAB_DIR/python"
	suite_settle
	fresh
	for seed in 1 2; do
		PYTHONHOME=/usr on desk "$LAB_DIR/python" "$LAB_TOP/tests/lab/odd.py" $DESK4 "$F4" >"$LAB_DIR/odd4"
		PYTHONHOME=/usr on desk "$LAB_DIR/python" "$LAB_TOP/tests/lab/odd.py" $DESK6 "$F6" >"$LAB_DIR/odd6"
	done
	least "odd packets from inside: tried" "$(cat "$LAB_DIR/odd4")" 50
	least "odd packets from inside: tried over IPv6" "$(cat "$LAB_DIR/odd6")" 50
	is "odd packets from inside: on the wire" "$(wire_count "dst host $F4")" 0
	is "odd packets from inside over IPv6: on the wire" "$(wire_count "dst host $F6")" 0
	check "odd packets from inside: permitted connections work" works
	is "odd packets from inside: no restart" "$(restarts)" 0
}

hostile_paths() {
	local dir name i=0 deep
	dir=$LAB_DIR/paths
	mkdir "$dir"
	deep=$dir
	while [ ${#deep} -lt 3800 ]; do deep+=/$(printf 'd%.0s' {1..200}); done
	mkdir -p "$deep"
	for name in $'new\nline' $'\e[31mred\e]0;title\a' $'bad\xff\xfeutf8' 'quote"back\\slash' '{"type":"event"}' \
		$'\xe2\x80\xaegnp.exe' "${deep#"$dir"/}/x" 'allowed (deleted)'; do
		cp "$ALLOWED" "$dir/$name"
		fresh
		on desk "$dir/$name" once udp "$F4" 7
		i=$((i + 1))
	done
	cp "$ALLOWED" "$dir/gone"
	fresh
	GONE=$F4
	lab_spawn on desk "$dir/gone" from 4999 udp "$F4" 7 10 wait </dev/null
	rm "$dir/gone"
	on desk "$dir/gone" once udp "$F4" 7 2>/dev/null
	pause 0.5
	least "hostile paths: all are told" "$(jq -r 'select(.type == "event" and (.process.path // "" | test("/paths/"))) | .dst' "$MONITOR" | sort -u | wc -l)" $i
	check "hostile paths: every line of the monitor is JSON" jq empty "$MONITOR"
	is "hostile paths: no control character in JSON" "$(LC_ALL=C tr -d '\n' <"$MONITOR" | LC_ALL=C grep -c '[[:cntrl:]]')" 0
	timeout 1 "$BIN/bulwarkctl" -r "$RUN" monitor --last 200 >"$LAB_DIR/plain" 2>&1
	is "hostile paths: no control character in plain lines" \
		"$(LC_ALL=C tr -d '\n' <"$LAB_DIR/plain" | LC_ALL=C grep -c '[[:cntrl:]]')" 0
	is "hostile paths: no direction mark in plain lines" "$(LC_ALL=C grep -c $'\xe2\x80\xae' "$LAB_DIR/plain")" 0
	is "hostile paths: no control character in the log" \
		"$(LC_ALL=C tr -d '\n\t' <"$SUITE_LOG" | LC_ALL=C grep -c '[[:cntrl:]]')" 0
}

many_sockets() {
	local p bad
	for p in udp tcp; do
		fresh
		bad=$F4
		lab_spawn on desk "$DENIED" many $p "$bad" 7 10000 </dev/null >"$LAB_DIR/many-$p"
		local pid=$SPAWNED
		pause 0.2
		check "10000 $p sockets: a permitted connection works meanwhile" lab_wait 2 works
		lab_wait 20 bash -c "! kill -0 $pid 2>/dev/null"
		is "10000 $p sockets: forbidden ones answered" "$(cat "$LAB_DIR/many-$p")" "answered=0"
		is "10000 $p sockets: forbidden ones on the wire" "$(wire_to "$bad")" 0
	done
	fresh
	on desk "$ALLOWED" many tcp "$F4" 7 2000 >"$LAB_DIR/many-ok"
	is "2000 permitted connections at once" "$(cat "$LAB_DIR/many-ok")" "answered=2000"
	is "many sockets: no restart" "$(restarts)" 0
}

dropped() { on desk awk '{ n += $6 + $7 } END { print n + 0 }' /proc/net/netfilter/nfnetlink_queue; }
overflows() { [ "$(dropped)" -gt "$1" ]; }
overflow() {
	fresh
	local bad=$F4 before intercept pids=()
	before=$(dropped) intercept=$(suite_pid intercept)
	kill -STOP "$SUITE" "$intercept"	# the parent, too: it would start another
	for _ in 1 2; do
		lab_spawn on desk "$DENIED" many udp "$bad" 7 10000 </dev/null >/dev/null
		pids+=("$SPAWNED")
	done
	check "nobody reads the queue: it overflows" lab_wait 20 overflows "$before"
	kill -CONT "$intercept" "$SUITE"
	check "queue full: a permitted connection works after it" lab_wait 4 works
	kill -TERM "${pids[@]}"
	is "queue full: forbidden packets on the wire" "$(wire_to "$bad")" 0
	# where 16384 questions take longer than the parent waits for an answer, it may end one
	[ "${LAB_SLOW:-1}" != 1 ] || is "queue full: no restart" "$(restarts)" 0
}

many_files() {
	local i before
	before=$(restarts)
	for ((i = 0; i < 2000; i++)); do
		if [ $((i % 40)) = 7 ]; then
			printf 'profile "p%d" {\n\tpath "/opt/p%d"\n\tflags internet nonsense\n}\n' $i $i
		else
			printf 'profile "p%d" {\n\tpath "/opt/p%d"\n\tflags internet\n}\n' $i $i
		fi >"$ETC/profiles/p$i.conf"
	done
	check "2000 files: in force within 3 seconds" lab_wait 3 files_read
	check "2000 files: permitted connections work" works
	check "2000 files: an error has file, line and column" bash -c \
		"$(declare -f ctl on ns); LAB='' LAB_EXEC=''; BIN=$BIN RUN=$RUN; { ctl status --json; cat $SUITE_LOG; } | grep -q 'p7\.conf:3:'"
	# a broken file keeps its last good form
	echo 'profile "allowed" { path "'"$ALLOWED"'"; flags oops }' | put "$ETC/profiles/allowed.conf"
	suite_settle
	check "a broken file keeps its last good form" works
	echo garbage | put "$ETC/bulwark.conf"
	suite_settle
	check "so does bulwark.conf" works
	is "many files: no restart" "$(restarts)" "$before"
}
files_read() { [ "$(ctl status --json | jq .broken_files)" = 50 ]; }

lab_begin
wire_start
talkers
put "$ETC/bulwark.conf" <<-E
	level dynamic
	set unknown-origin { dynamic permit secure deny fortress deny }
E
suite_start
monitor_start
odd_packets
hostile_paths
many_sockets
overflow
many_files
check "whole at the end" suite_runs
