#!/bin/bash
# What the kernel grants by itself: each use is told, nobody else gains by it, and it ends when
# it should.
#
# Programs that root alone can change are granted for all their processes; they lie in a folder
# that is mounted for this test. Where whod proves paths by process 1's root (and so sees another
# folder there), that part is left out.
. "$(dirname "$0")/../lab/lib.sh"

queued() { on desk cat /proc/self/net/netfilter/nfnetlink_queue | awk '{ n += $8 } END { print n + 0 }'; }

# as PROGRAM STEP...: in the desk; what it said, in one line
as() { on desk env PYTHONHOME=/usr "$1" "$LAB_DIR/steps.py" "${@:2}" | tr '\n' ' ' | sed 's/ $//'; }

# told_flows [SOURCE]: flows to the fresh addresses, as the monitor has them
told_flows() {
	jq -r --arg a "$F4" --arg b "$F6" 'select(.type == "event" and (.dst == $a or .dst == $b)) | .source' "$MONITOR" |
		grep -c "${1:-.}"
}
told_as_many() { [ "$(told_flows)" -ge "$1" ]; }

# asked TEXT WANTED N CMD...: what it says, and how many of its flows, each a "yes", were asked about; N+: at least so
# many packets came to the queue, where others' may be among them
asked() {
	local text=$1 wanted=$2 least=${3%+} exact=$3 before said n flows granted
	shift 3
	before=$(queued) flows=$(told_flows) granted=$(told_flows grant)
	said=$("$@")
	n=$(($(queued) - before))
	if [ "$exact" = "$least" ]; then
		flows=$((flows + $(wc -w <<<"$wanted")))
		lab_wait 5 told_as_many $flows || fail "$text: not all is told"
		n=$(($(wc -w <<<"$wanted") - $(told_flows grant) + granted))
	fi
	if [ "$said" = "$wanted" ] && [ $n -ge "$least" ] && { [ "$exact" != "$least" ] || [ $n = "$least" ]; }; then
		pass "$text"
	else
		fail "$text: \"$said\" and $n asked about, not \"$wanted\" and $exact"
	fi
}

# begin NAME PROGRAM STEP...: in the background; each step "wait" until line NAME
begin() {
	local name=$1 program=$2
	shift 2
	mkfifo "$LAB_DIR/$name.in"
	lab_spawn on desk env PYTHONHOME=/usr "$program" "$LAB_DIR/steps.py" "${@/#wait/wait $LAB_DIR/$name.in}" \
		</dev/null >"$LAB_DIR/$name.out" 2>&1
	PID_OF[$name]=$SPAWNED
}
# shellcheck disable=SC2016 # for the inner shell
line() { timeout 10 sh -c 'echo >"$1"' sh "$LAB_DIR/$1.in" || fail "$1 does not wait"; }
ended() { ! kill -0 "${PID_OF[$1]}" 2>/dev/null; }
said() { [ "$(tr '\n' ' ' <"$LAB_DIR/$1.out" | sed 's/ $//')" = "$2" ]; }
declare -A PID_OF

# flows ADDRESS: their number in the monitor, with how many ends and bytes
flows() {
	jq -r --arg a "$1" --arg p "$2" 'select(.dst == $a and .process.path == $p) | .type' "$MONITOR" | sort | uniq -c |
		awk '{ printf "%s %s ", $1, $2 }'
}
flows_are() { [ "$(flows "$1" "$2")" = "$3" ]; }
# The least that a flow has; of two sockets that got the same port by chance the second one's end has the bytes of both.
bytes() {
	jq -s --arg a "$1" 'map(select(.type == "flow-end" and .dst == $a)) | group_by(.sport) |
		map((map(.bytes_out) | add) / length | floor) | min // 0' "$MONITOR"
}
bytes_are_told() { [ "$(bytes_in_all "$1")" -ge "$2" ]; }
bytes_in_all() { jq -s --arg a "$1" 'map(select(.type == "flow-end" and .dst == $a).bytes_out) | add // 0' "$MONITOR"; }

# wire_sizes ADDRESS BYTES...: how many datagrams of each length went there, headers counted
wire_sizes() {
	local n said=()
	for n in "${@:2}"; do
		said+=("$(wire_count "udp and dst host $1 and (udp[4:2] = $n or ip6[44:2] = $n)")")
	done
	echo "${said[*]}"
}

lab_begin
wire_start
cp "$LAB_TOP/tests/lab/steps.py" "$LAB_DIR"
chmod 755 "$LAB_DIR/steps.py"
lab_programs
for name in pa pb pd; do
	cp "$(readlink -f /usr/bin/python3)" "$LAB_DIR/$name"
	cp "$LAB_DIR/$name" "$PROGRAMS/$name"
done
PA=$LAB_DIR/pa PB=$LAB_DIR/pb PD=$LAB_DIR/pd
allowed pa "$PA"
blocked pd "$PD"
allowed srv-pa "$PROGRAMS/pa"
blocked srv-pd "$PROGRAMS/pd"
profile root-alone "$PROGRAMS/root-alone" "$OPEN" "default deny" "rules {" "	allow user root" "}"
cp "$PROGRAMS/pa" "$PROGRAMS/root-alone"
ln "$PROGRAMS/pa" "$PROGRAMS/link"
cp "$PROGRAMS/pa" "$PROGRAMS/copy"
blocked srv-link "$PROGRAMS/link"
blocked srv-copy "$PROGRAMS/copy"
FREE=$LAB_DIR/free
cp "$PA" "$FREE"
allowed curl /usr/bin/curl
printf 'level dynamic\nset unknown-origin { dynamic permit }\n' >"$ETC/bulwark.conf"
suite_start
[ "$(ctl status --json | jq .kernel.on)" = true ] || { echo "# no kernel path here: $(ctl status --json | jq -r .kernel.why)"; exit 0; }
monitor_start --ends

# --- one process, and each use is told
declare -A TO=()
for p in tcp udp; do
	for v in 4 6; do
		fresh
		a=F$v
		TO[$p$v]=${!a}
		asked "$p, IPv$v: the first of ten is asked about" "yes yes yes yes yes yes yes yes yes yes" 1 \
			as "$PA" "$p ${!a} 7"{,,,,,,,,,}
	done
done
fresh
before=$(queued)
is "sockets with high numbers" "$(as "$PA" "at "{63,64,71,72,700,2000,4088,4095}" udp $F4 7")" "yes yes yes yes yes yes yes yes"
most "are seen among all that their program has open: packets that were asked about" $(($(queued) - before)) 4
blocked other "$LAB_DIR/other"	# all is judged anew, and what has no socket any more ends: nobody waits for conntrack
for k in "${!TO[@]}"; do
	check "$k: each is in the monitor, with its program and its end" lab_wait 10 flows_are "${TO[$k]}" "$PA" "10 event 10 flow-end "
done
least "with their bytes" "$(bytes "${TO[tcp4]}")" 200
least "of datagrams, too" "$(bytes "${TO[udp6]}")" 49
is "none is missing" "$(ctl status --json | jq '.uses_shed // 0')" 0

# --- all processes of a program
fresh
curls() { on desk curl -gsm3 -o /dev/null "http://$F4/" && echo yes; }
asked "a program of the machine: its first process is asked about" yes 1 curls
asked "its second one is not" yes 0 curls
check "which is told by its name" told 5 ".dst == \"$F4\" and .source == \"grant\" and .process.path == \"/usr/bin/curl\""

# --- nobody else
if programs_seen; then
	fresh
	asked "granted to all of a program" "yes" 1 as "$PROGRAMS/pa" "tcp $F4 7"
	asked "another process" "yes" 0 as "$PROGRAMS/pa" "tcp $F4 7"
	asked "another program there" "no" 1+ as "$PROGRAMS/pd" "tcp $F4 7"
	asked "another name of the file" "no" 1+ as "$PROGRAMS/link" "tcp $F4 7"
	asked "a copy" "no" 1+ as "$PROGRAMS/copy" "tcp $F4 7"
	asked "another program, mounted over it" "no" 1+ unshare -m bash -c "mount --bind $PROGRAMS/pd $PROGRAMS/pa
		nsenter --net='$(ns desk)' env PYTHONHOME=/usr $PROGRAMS/pa '$LAB_DIR/steps.py' 'tcp $F4 7'"
	mkdir "$PROGRAMS/below"
	touch "$PROGRAMS/below"/pa
	asked "itself, mounted elsewhere" "no" 1+ unshare -m bash -c "mount --bind $PROGRAMS/pa $PROGRAMS/below/pa
		nsenter --net='$(ns desk)' env PYTHONHOME=/usr $PROGRAMS/below/pa '$LAB_DIR/steps.py' 'tcp $F4 7'"
	asked "traced is asked about" "yes" 1+ as "$PROGRAMS/pa" traced "tcp $F4 7"
	asked "another user is asked about" "yes" 1 as "$PROGRAMS/pa" "uid 1001" "tcp $F4 7"
	asked "granted to root" "yes yes" 1 as "$PROGRAMS/root-alone" "tcp $F4 7" "tcp $F4 7"
	asked "no other user" "no" 1+ as "$PROGRAMS/root-alone" "uid 1001" "tcp $F4 7"
	if [ -n "$LAB_CG" ] && mkdir "$LAB_CG/other"; then
		asked "another cgroup is asked about" "yes" 1 as "$PROGRAMS/pa" "cgroup $LAB_CG/other" "tcp $F4 7"
	fi
	touch -m "$PROGRAMS/pa"
	asked "the file was changed" "yes" 1 as "$PROGRAMS/pa" "tcp $F4 7"
fi
fresh
asked "a process that runs another program now" "yes yes no" 2+ as "$PA" "udp $F4 7" "udp $F4 7" "exec $PD" "udp $F4 7"
fresh
handed() { # FROM TO: a socket; what the taker says
	as "$1" "give $LAB_DIR/door udp $F4 7" >/dev/null &
	as "$2" "use $LAB_DIR/door 20"
	wait
}
asked "a connected socket that was handed over" "no" 1+ handed "$PA" "$PD"
is "nothing of it is on the wire" "$(wire_to "$F4")" 0
rm -f "$LAB_DIR/door"
asked "the other way: who sends is permitted" "yes" 1 handed "$PD" "$PA"
for v in 4 6; do
	fresh
	a=F$v own=DESK$v
	begin raw$v "$PA" "udp ${!a} 7" "wait" "from 4455 udp ${!a} 7 10" wait
	line raw$v
	lab_wait 5 said raw$v "yes yes" || fail "the permitted one does not send"
	as "$PD" "raw ${!own} 4455 ${!a} 7 20" >/dev/null
	pause 0.1
	is "a raw socket within its flow, IPv$v" "$(wire_count "udp and dst host ${!a} and (udp[4:2] = 28 or ip6[44:2] = 28)")" 0
	line raw$v
	lab_wait 5 ended raw$v || fail "the permitted one does not end"
done

# --- the port of a closed socket, a thousand times
for v in 4 6; do
	fresh
	a=F$v
	taken=$(on desk env PYTHONHOME=/usr "$PA" "$LAB_DIR/steps.py" "udp ${!a} 7" "lead 20000 500 ${!a} 7 10" |
		on desk env PYTHONHOME=/usr "$PD" "$LAB_DIR/steps.py" "follow ${!a} 7 20")
	pause 0.2
	is "500 ports taken over, IPv$v: none passes" "$taken $(wire_count "udp and dst host ${!a} and (udp[4:2] = 28 or ip6[44:2] = 28)")" "taken=500 0"
	# It has a grant by then. Those that wait for a verdict would meet the thief's and be taken for nobody's.
	least "and the permitted ones do" "$(wire_count "udp and dst host ${!a} and (udp[4:2] = 18 or ip6[44:2] = 18)")" 490
done

# --- a new socket of the same program at a port whose entry is still there
for v in 4 6; do
	fresh
	a=F$v
	asked "a port used again, IPv$v: only the first is asked about" "yes yes yes yes yes" 1 \
		as "$PA" "udp ${!a} 7" "from 4456 udp ${!a} 7 10"{,,,}
	is "all of them leave" "$(wire_count "udp and src port 4456 and dst host ${!a}")" 4
	asked "of a program that may not: it is" "yes" 1+ as "$PD" "from 4456 udp ${!a} 7 20"
	lab_wait 5 told_as_many 6 || fail "it is not told"
	is "and it does not leave" "$(wire_count "udp and src port 4456 and dst host ${!a}")" 4
	asked "another process that may" "yes" 1 as "$PA" "from 4456 udp ${!a} 7 10"
	is "leaves by it" "$(wire_count "udp and src port 4456 and dst host ${!a}")" 5
	check "no byte is missing" lab_wait 20 bytes_are_told "${!a}" $((v == 4 ? 29 + 5 * 38 : 49 + 5 * 58))
done

# --- a socket that was judged for a flow before, whose program may not go on
for v in 4 6; do
	fresh
	a=F$v
	allowed pb "$PB"
	suite_settle
	begin former$v "$PB" "share s 4457 ${!a} 7" "send s 1 10" wait "send s 3000 20" wait
	lab_wait 5 said former$v "yes yes" || fail "the permitted one does not send"
	pause 0.2
	blocked pb "$PB"
	suite_settle
	as "$PA" "udp ${!a} 7" "share s 4457 ${!a} 7" "send s 1 30" "tell $LAB_DIR/former$v.in" >/dev/null
	lab_wait 5 said former$v "yes yes yes" || fail "the forbidden one does not try"
	is "a socket's former flow is another's now, IPv$v: only that one's datagram leaves" \
		"$(wire_sizes "${!a}" 18 28 38)" "1 0 1"
	line former$v
	lab_wait 5 ended former$v || fail "the forbidden one does not end"
done

# --- two sockets in one flow, while nobody read of either (tests/unit/test_anew.c has the order that matters)
fresh
begin pair "$FREE" "udp $F4 7" "share b 4458 $F4 7" "share a 4458 $F4 7 connected" "send a 1 10" "send b 1 10" \
	wait "send a 1 11" "send b 1 11" wait "send b 20 20" wait
lab_wait 5 said pair "yes yes yes yes yes" || fail "the permitted one does not send"
pause 0.5
kill -STOP "$(suite_pid intercept)"
line pair
pause 0.02
ctl level fortress >/dev/null &
pause 0.1	# it waits for intercept
kill -CONT "$(suite_pid intercept)"
wait $!
suite_settle
pause 0.5
line pair
lab_wait 5 said pair "yes yes yes yes yes yes yes yes" || fail "the forbidden one does not try"
is "two sockets in one flow: both end by a revocation" "$(wire_sizes "$F4" 19 28)" "2 0"
line pair
lab_wait 5 ended pair || fail "the forbidden one does not end"
ctl level dynamic >/dev/null
suite_settle

# --- revoking
# revoked NAME PROGRAM TEXT CMD...: what the program has ends, and nothing new begins, after the command
revoked() {
	local name=$1 program=$2 text=$3
	shift 3
	fresh
	begin "$name" "$program" "keep tcp $F4 7" "keep udp $F4 7" "tcp $F4 7" "udp $F4 7" wait "again tcp" "again udp" "tcp $F4 7" "udp $F4 7"
	lab_wait 5 said "$name" "yes yes yes yes" || fail "$text: it does not talk before"
	"$@"
	suite_settle
	line "$name"
	lab_wait 10 ended "$name"
	check "$text: flows and grants end" said "$name" "yes yes yes yes no no no no"
}
revoked profile "$PA" "a profile that changed" blocked pa "$PA"
allowed pa "$PA"
suite_settle
revoked level "$FREE" "the level" ctl level fortress
ctl level dynamic >/dev/null
suite_settle

# --- intercept is killed, and stopped
fresh
begin lived "$PA" "keep tcp $F4 7" "udp $F4 7" wait "again tcp" "udp $F4 7"
lab_wait 5 said lived "yes yes" || fail "the permitted one does not talk"
before=$(suite_pid intercept)
kill -9 "$before"
lab_wait 10 suite_anew intercept "$before" || fail "intercept does not come back"
go_on() { line lived; lab_wait 5 ended lived; }
asked "intercept is killed: its grants do not count any more" "" 1+ go_on
check "its flows go on" said lived "yes yes yes yes"
fresh
begin lease "$PA" "tcp $F4 7" "tcp $F4 7" wait "until no tcp $F4 7" wait "until yes tcp $F4 7"
lab_wait 5 said lease "yes yes" || fail "the permitted one does not talk"
kill -STOP "$SUITE" "$(suite_pid intercept)"
line lease
lab_wait 10 said lease "yes yes yes" || fail "grants count for ever: $(cat "$LAB_DIR/lease.out")"
kill -CONT "$(suite_pid intercept)" "$SUITE"
line lease
lab_wait 20 ended lease
check "intercept is stopped: its grants end; when it is there again all goes on" said lease "yes yes yes yes"
