#!/bin/bash
# Every odd way to send (tests/lab/senders), by a program that alone is forbidden: nothing of it is on the wire;
# and by one that alone is permitted: all of it is. In both the monitor names program and process of each attempt.
#	senders.sh [WAY...]	only those
# SENDERS_MANY: processes of the way "many" (10000).
. "$(dirname "$0")/../lab/lib.sh"

SENDERS=$LAB_TOP/build/release/tests/lab/senders/senders
MANY=${SENDERS_MANY:-10000}
ONLY=" $* "

# One a line: WAY FAMILY ATTEMPTS WANT, and what it is. WANT:
#	own	the program's, wherever it is
#	never	refused in both cases: what runs is not provably the permitted program's file, or is traced; its process
#		is named, as one that is not proven
#	below	no rule sees it (docs/attribution.md): shown, not judged
ways() {
	cat <<-E
		tcp 4 10 own TCP
		tcp 6 10 own TCP
		udp 4 10 own UDP
		udp 6 10 own UDP
		udp-one 4 10 own one unconnected UDP socket
		udp-one 6 10 own one unconnected UDP socket
		udp-again 4 10 own one UDP socket connected again and again
		udp-close 4 30 own UDP, the socket closed at once
		udp-close 6 30 own UDP, the socket closed at once
		tcp-close 4 30 own TCP, the socket closed at once
		tcp-close 6 30 own TCP, the socket closed at once
		tcp-again 4 10 own one TCP socket connected again and again
		flood 4 60 own 60 sockets at once
		high 4 10 own the highest number that a descriptor may have
		mark 4 10 own our own mark, set by SO_MARK
		from-53 4 10 own from port 53, looks like a name server's answer
		mapped 4 10 own IPv4 over a socket of IPv6
		sendmmsg 4 20 own sendmmsg() to many
		sendmsg 4 10 own sendmsg() with IP_PKTINFO
		write 4 10 own writev()
		cork 4 10 own UDP_CORK, pushed by setsockopt()
		segment 4 10 own UDP_SEGMENT, two datagrams in one call
		sendfile 4 10 own sendfile()
		splice 4 10 own vmsplice() and splice()
		zerocopy 4 10 own MSG_ZEROCOPY
		aio 4 10 own io_submit()
		fast-open 4 10 own TCP fast open by sendto()
		fast-open 6 10 own TCP fast open by sendto()
		fast-connect 4 10 own TCP_FASTOPEN_CONNECT
		mptcp 4 10 own Multipath TCP
		mptcp 6 10 own Multipath TCP
		udp-lite 4 10 own UDP-Lite
		sctp 4 10 own SCTP
		dccp 4 10 own DCCP
		uring-send 4 10 own io_uring: send
		uring-async 4 10 own io_uring: send, by a worker
		uring-poll 4 10 own io_uring: send, by a thread that polls
		uring-zerocopy 4 10 own io_uring: send without a copy
		uring-connect 4 10 own io_uring: connect
		uring-connect-async 4 10 own io_uring: connect, by a worker
		uring-connect-poll 4 10 own io_uring: connect, by a thread that polls
		uring-fixed 4 10 own io_uring: a socket that only the ring still has
		uring-socket 4 10 own io_uring: a socket that the ring made
		raw-udp 4 10 own raw socket, whole UDP packets
		raw-close 4 10 own raw socket, closed at once
		raw-proto 4 10 own raw socket, protocol 253
		raw-proto 6 10 own raw socket, protocol 253
		raw-sctp 4 10 own raw socket, SCTP
		icmp 4 10 own raw socket, ICMP echo
		ping 4 10 own ping socket
		ping 6 10 own ping socket
		got-udp 4 10 own connected UDP socket by SCM_RIGHTS, the giver keeps it
		got-udp-end 4 10 own connected UDP socket by SCM_RIGHTS, the giver is gone
		got-unconnected 4 10 own unconnected UDP socket by SCM_RIGHTS
		got-tcp 4 10 own unconnected TCP socket by SCM_RIGHTS
		got-used 4 10 below connected UDP socket by SCM_RIGHTS, the giver has used it: its flow
		taken 4 10 own UDP socket taken by pidfd_getfd()
		shared 4 10 own UDP socket that another program has, too
		kept 4 10 own UDP socket of another program, kept over exec
		udp-end 4 30 own UDP, the process ends at once
		udp-end 6 30 own UDP, the process ends at once
		tcp-end 4 30 own TCP, the process ends at once
		exec-udp-end 4 30 own UDP, the process begins and ends at once
		exec-tcp-end 4 30 own TCP, the process begins and ends at once
		many 4 $MANY own $MANY processes of a millisecond
		then-exec 4 20 own UDP, becomes another program at once
		vfork 4 20 own the same in its parent's memory
		was-other 4 10 own was another program before, same pid
		leader 4 10 own its main thread has ended
		own-table 4 10 own thread with an own table of descriptors
		same-table 4 10 own process that shares its table of descriptors
		thread-exec 4 10 own exec by another thread than the main one
		memfd 4 10 never copy in memory
		fexecve 4 10 own its own file, by fexecve()
		deleted 4 10 never copy that is deleted
		traced 4 10 never traced by another program
		setuid 4 10 own socket made as another user
		chroot 4 10 own chroot
		own-mounts 4 10 own in mounts of its own
		bind 4 10 never mounted over the other program's path
		bind-user 4 10 never the same without rights, in a user namespace
		bind-over 4 10 never the other program mounted over its path
		overlay 4 10 never its folder under an overlay
		own-user 4 10 never in a user namespace of its own
		own-pids 4 10 own in a pid namespace of its own
		own-net 4 10 own left the network after making its socket
		setns 4 10 own came into the network by setns() to make its socket
		cgroup-before 4 10 own moved to another cgroup
		cgroup-after 4 10 own moved to another cgroup with its socket, and back
		tun 4 10 below packets written to a tun device: forwarded
		packet 4 10 below AF_PACKET
		vsock 4 1 below AF_VSOCK: no IP
		xdp 4 1 below AF_XDP
	E
}

# What the queue alone cannot do (LAB_KERNEL=off, or a kernel without the programs), and why. REFUSED: some of a permitted
# program's attempts are refused, and carry no name. SHARED: whoever else has the socket may be named, or not be found at once.
queue_cannot() {
	case $1 in
	udp-close | tcp-close | raw-close) echo "REFUSED: the socket is gone when it is looked for";;
	udp-end | tcp-end | exec-udp-end | exec-tcp-end | many | then-exec | vfork)
		echo "REFUSED: the process is gone, or another program, when it is looked for";;
	got-udp | got-unconnected | got-tcp | taken | shared)
		echo "SHARED: all that have the socket count, and relatives are looked at every 10 ms";;
	*) return 1;;
	esac
}

# cannot FORBIDDEN-OR-PERMITTED ARRIVED NAMED ATTEMPTS WAY: whether that is all that is wrong with it
cannot() {
	why=$(queue_cannot "$5") || return 1
	case $1,$why in
	0,REFUSED*) [ "$2" = 0 ];;
	esac
}

# base FAMILY CASE NUMBER: the first address of a way's; 64 for each, 16384 for number 0
base() {
	local at=$(($2 * 32768 + $3 * 64))
	[ "$3" != 0 ] || at=$(($2 * 32768 + 16384))
	if [ "$1" = 4 ]; then echo "9.9.$((at / 256)).$((at % 256))"; else printf '2a00:1::%x:0:1\n' $(($2 * 4096 + 4096 + $3)); fi
}

# all_ways CASE PROGRAM OTHER: every way, one after the other; what each says lies in told-WAY-FAMILY
all_ways() {
	local way family n want text at number=4 status
	: >"$LAB_DIR/ran"
	while read -r way family n want text; do
		number=$((number + 1)) at=$number
		[ "$ONLY" = "  " ] || [[ $ONLY = *" $way "* ]] || continue
		[ "$way" != many ] || at=0
		SENDERS_CGROUP=$LAB_CG on desk timeout 30 "$2" "$way" "$n" "$(base "$family" "$1" $at)" 7 "$3" \
			</dev/null >>"$LAB_DIR/told-$way-$family" 2>"$LAB_DIR/said-$way-$family"
		status=$?
		echo "$way $family $n $want $status $text" >>"$LAB_DIR/ran"
	done < <(ways)
}

# What the wire and the monitor saw: addresses, and "ADDRESS PID PATH PROVEN".
seen() {
	wire_show "dst net 9.9.0.0/16 or dst net 2a00:1::/32" | awk '$4 == ">" || $2 ~ /^IP/ {
		a = $5; sub(/:$/, "", a)
		if ($2 == "IP6" || gsub(/\./, ".", a) == 4) sub(/\.[0-9]+$/, "", a)
		print a }' | sort -u >"$LAB_DIR/wire.seen"
	jq -r 'select(.type == "event" and .direction == "out") | "\(.dst) \(.process.pid // 0) " +
		"\(.process.path // .owner | gsub(" "; "_")) \(.process.flags // [] | index("proven") != null and index("traced") == null)"' \
		"$MONITOR" 2>/dev/null >"$LAB_DIR/monitor.seen"
}

# The monitor tells of the last one.
heard() { jq -e "select(.dst == \"$1\")" "$MONITOR" 2>/dev/null | grep -q .; }

# count TOLD PATH PROVEN: attempts, arrived ones, named ones
count() {
	awk -v path="$2" -v proven="$3" '
		FILENAME == ARGV[1] { wire[$1] = 1; next }
		FILENAME == ARGV[2] {
			right = $4 == proven && (proven == "false" || $3 == path)
			if (!right || ($1 in who && who[$1] != $2)) wrong[$1] = 1
			who[$1] = $2
			next }
		{ n++; arrived += $1 in wire; named += who[$1] == $2 && !($1 in wrong) }
		END { print n + 0, arrived + 0, named + 0 }' "$LAB_DIR/wire.seen" "$LAB_DIR/monitor.seen" "$1"
}

# judge CASE-TEXT ALL-OR-NOTHING PROGRAM
judge() {
	local way family n want status text attempts arrived named wanted proven got why
	while read -r way family n want status text; do
		text="$1, $text (IPv$family)"
		if [ "$status" = 77 ]; then
			echo "# $text: not here: $(tail -1 "$LAB_DIR/said-$way-$family")"
			continue
		fi
		wanted=$2 proven=true
		[ "$wanted" = 0 ] || wanted=$n
		[ "$want" != never ] || wanted=0 proven=false
		read -r attempts arrived named < <(count "$LAB_DIR/told-$way-$family" "$3" $proven)
		got="$arrived of $n arrived, $named named"
		if [ "$want" = below ]; then
			echo "# $text: $got"
		elif [ "$status $attempts $arrived $named" = "0 $n $wanted $n" ]; then
			pass "$text: $got"
		elif [ "$status $attempts $KERNEL" = "0 $n false" ] && cannot "$2" "$arrived" "$named" "$n" "$way"; then
			pass "$text: $got; the queue alone: $why"
		else
			fail "$text: $got of $attempts, $wanted wanted, status $status"
			sort "$LAB_DIR/said-$way-$family" | uniq -c | head -5 | sed 's/^/#   said /'
			awk '{ print $1 " " }' "$LAB_DIR/told-$way-$family" | grep -F -f - "$LAB_DIR/monitor.seen" |
				head -"${SENDERS_SHOW:-3}" | sed 's/^/#   monitor /'
		fi
	done <"$LAB_DIR/ran"
}

# A last word, after which the monitor has told all.
settle() {
	fresh
	on desk "$LAB_DIR/last" once udp "$F4" 7
	lab_wait 10 heard "$F4" || fail "the monitor does not tell of the last one"
	is "$1, what the monitor had to leave out" "$(jq -s 'map(select(.type == "shed") | .shed) | add // 0' "$MONITOR")" 0
}

# case_of TEXT CASE WORD PROGRAM OTHER ALL-OR-NOTHING: WORD is what everybody else gets
case_of() {
	rm -f "$LAB_DIR"/told-* "$LAB_DIR"/said-*
	printf '%s\n' "level dynamic" "set default-outgoing { dynamic $3 secure deny fortress deny }" \
		"set unknown-origin { dynamic $3 secure deny fortress deny }" \
		"set unproven { dynamic deny secure deny fortress deny }" | put "$ETC/bulwark.conf"
	suite_start
	KERNEL=$(ctl status --json | jq -r '.kernel.on // false')
	monitor_start
	all_ways "$2" "$4" "$5"
	settle "$1"
	seen
	judge "$1" "$6" "$4"
	kill "$SPAWNED"
	suite_stop
}

lab_begin
wire_start
cp "$SENDERS" "$LAB_DIR/denied"
cp "$SENDERS" "$LAB_DIR/allowed"
talker last
allowed last "$LAB_DIR/last"
allowed allowed "$LAB_DIR/allowed"
blocked denied "$LAB_DIR/denied"
lab_sysctl desk ipv4/ping_group_range="0 65534" ipv4/tcp_fastopen=1
case_of "forbidden" 0 permit "$LAB_DIR/denied" "$LAB_DIR/allowed" 0
case_of "permitted" 1 deny "$LAB_DIR/allowed" "$LAB_DIR/denied" all
