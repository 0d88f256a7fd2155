#!/bin/bash
# Every odd way to send (tests/lab/senders), by a program that alone is forbidden: nothing of it is on the wire;
# and by one that alone is permitted: all of it is. In both the monitor names program and process of each attempt.
# No sanitizers, both paths: the ways differ in what the kernel does; the suite gets packets and notes as in kernel_who.sh, which runs with them.
# Alone: ten thousand processes of a millisecond each are to be named, with all that the machine has.
#	senders.sh [WAY...]	only those
. "$(dirname "$0")/../lab/lib.sh"
. "$LAB_TOP/tests/lab/senders.sh"
SENDERS_ONLY=$*

# What the suite cannot do, and why; but for the first it is the queue alone that cannot (LAB_KERNEL=off, or a kernel without
# the programs). refused: some of a permitted program's attempts are, and some of all carry no name. shared: others that
# have the socket may be named.
cannot() {
	case $KERNEL,$1 in
	*,uring-fixed | *,uring-socket | *,uring-name)
		[ "$KERNEL" != true ] || grep -q "sockets of a ring are not listed" "$LAB_DIR/said-$1-4" || return 1
		echo "refused: sockets that only a ring has are looked for last, and listed since Linux 6.14";;
	*,uring-shared) echo "refused: all that have the socket count";;
	true,*) return 1;;
	*,udp-close | *,tcp-close | *,raw-close | *,options-close) echo "refused: the socket is gone when it is looked for";;
	*,udp-end | *,tcp-end | *,exec-udp-end | *,exec-tcp-end | *,many | *,then-exec | *,vfork | *,child-sends | \
	*,child-connects | *,was-other | *,kept)
		echo "refused: the process is gone, or another program, when it is looked for";;
	*,hidden* | *,late) echo "shared: who has the socket when it is looked for counts, and a sender can hide";;
	*,disguised*) echo "shared: what its memory is said to run is believed of who is seen for the first time";;
	*,got-udp | *,got-unconnected | *,got-tcp | *,taken | *,shared)
		echo "shared: all that have the socket count, and a relative's table is read every 10 ms";;
	*) return 1;;
	esac
}

# excused ALL-OR-NOTHING ARRIVED WAY: sets WHY; a socket that two programs share may be taken for the other's
excused() {
	WHY=$(cannot "$3") || return 1
	[ "$1 ${WHY%%:*}" != "0 refused" ] || [ "$2" = 0 ]
}

monitor_seen() {
	jq -r 'select(.type == "event" and .direction == "out") | "\(.dst) \(.process.pid // 0) " +
		"\(.process.path // .owner | gsub(" "; "_")) \(.process.flags // [] | index("proven") != null and index("traced") == null) " +
		"\(.verdict),\(.reason.check)"' "$MONITOR" 2>/dev/null >"$LAB_DIR/monitor.seen"
}

# noticed WAY FAMILY: how many of its addresses the monitor names at the other end of what came in or was forwarded
noticed() {
	jq -r 'select(.type == "event" and .direction != "out") | if .direction == "in" then .src else .dst end' "$MONITOR" 2>/dev/null |
		awk 'FILENAME == "-" { seen[$1] = 1; next } { n += $1 in seen } END { print n + 0 }' - "$LAB_DIR/told-$1-$2"
}

# What the monitor cannot tell a reader that gets no processor, it counts.
left_out() { jq -s 'map(select(.type == "shed") | .shed) | add // 0' "$MONITOR"; }

# odd WAY FAMILY PATH PROVEN COUNT: the first words of the program, and the first attempts that went wrong (COUNT should
# have arrived), for the line that failed: often nothing else of a run is kept
odd() {
	{
		sort "$LAB_DIR/said-$1-$2" | uniq -c | sed 's/^ */said /' | head -3
		senders_show "${@:1:4}" "$(if [ "$5" = 0 ]; then echo refused; else echo arrived; fi)" | head -3
	} | awk '{ printf " | %s", $0 }'
}

# judge TEXT ALL-OR-NOTHING PROGRAM
judge() {
	local way family n want status text attempts arrived named wanted proven got
	while read -r way family n want status text; do
		text="$1, $text (IPv$family)" wanted=$2 proven=true
		if [ "$status" = 77 ]; then
			echo "# $text: not here: $(tail -1 "$LAB_DIR/said-$way-$family")"
			continue
		fi
		[ "$wanted" = 0 ] || wanted=$n
		[ "$want" != never ] || wanted=0 proven=false
		read -r attempts arrived named < <(senders_count "$way" "$family" "$3" $proven)
		got="$arrived of $n arrived, $named named"
		# One in ten thousand that end while they are named has no path, or none proven, on a busy machine: refused.
		if [ "$way" = many ]; then
			named=$((named + $(left_out) + n / 1000))
			[ "$2" = 0 ] || [ "$arrived" -lt $((n - n / 1000)) ] || wanted=$arrived
		fi
		if [ "$want" = shown ] || [ "$want $2" = "alone all" ]; then
			echo "# $text: $got"
		elif [ "$want" = below ]; then
			least "$text: $arrived of $n arrived; the monitor shows what is answered or forwarded" "$(noticed "$way" "$family")" 1
		elif [ "$status $attempts $arrived" = "0 $n $wanted" ] && [ "$named" -ge "$n" ]; then
			pass "$text: $got"
		elif [ "$status $attempts" = "0 $n" ] && excused "$2" "$arrived" "$way"; then
			pass "$text: $got; $WHY"
		else
			fail "$text: $got of $attempts, $wanted wanted, status $status$(odd "$way" "$family" "$3" $proven "$wanted")"
		fi
	done <"$LAB_DIR/ran"
}

# case_of TEXT CASE WORD PROGRAM OTHER ALL-OR-NOTHING: WORD is what everybody else gets
case_of() {
	printf '%s\n' "level dynamic" "set default-outgoing { dynamic $3 secure deny fortress deny }" \
		"set unknown-origin { dynamic $3 secure deny fortress deny }" \
		"set unproven { dynamic deny secure deny fortress deny }" | put "$ETC/bulwark.conf"
	suite_start
	KERNEL=$(ctl status --json | jq -r '.kernel.on // false')
	monitor_start --last 1024	# it may be slow to come
	senders_run "$2" "$4" "$5"
	on desk "$LAB_DIR/last" once udp "9.9.0.2$2" 7
	check "$1, the monitor tells of the last one" told 10 ".dst == \"9.9.0.2$2\""
	senders_wire
	monitor_seen
	judge "$1" "$6" "$4"
	kill "$SPAWNED"
	suite_stop
}

lab_begin
wire_start
senders_up
talker last
allowed last "$LAB_DIR/last"
allowed allowed "$LAB_DIR/allowed"
blocked denied "$LAB_DIR/denied"
case_of "forbidden" 0 permit "$LAB_DIR/denied" "$LAB_DIR/allowed" 0
case_of "permitted" 1 deny "$LAB_DIR/allowed" "$LAB_DIR/denied" all
echo "# the kernel's notes: $KERNEL"
