#!/bin/bash
# What a program was refused fails at once when it tries again: by the call itself (EPERM), with no packet and no
# question; nobody else's calls do, it ends with the policy, and the monitor is told.
. "$(dirname "$0")/../lab/lib.sh"

queued() { on desk cat /proc/self/net/netfilter/nfnetlink_queue | awk '{ n += $8 } END { print n + 0 }'; }

# as PROGRAM STEP...: in the desk; what it said, in one line
as() { on desk "$1" "${@:2}" 2>&1 | tr '\n' ' ' | sed 's/ $//'; }

# says TEXT WANTED CMD...
says() { is "$1" "$("${@:3}")" "$2"; }

# refused: calls that the kernel refused, of those that status knows
refused() { ctl status --json | jq .queue.denied_repeat; }
refused_many() { [ "$(refused)" -ge "$1" ]; }

# told_to ADDRESS SOURCE: refusals in the monitor
told_to() {
	jq -r --arg a "$1" --arg s "$2" 'select(.type == "event" and .dst == $a and .source == $s and .verdict == "block") |
		"\(.process.path) \(.process.pid)"' "$MONITOR" 2>/dev/null
}
told_many() { [ "$(told_to "$1" "$2" | wc -l)" -ge "$3" ]; }

# begin NAME PROGRAM STEP...: in the background; each step "wait" until line NAME
declare -A PID_OF
begin() {
	local name=$1 program=$2
	shift 2
	mkfifo "$LAB_DIR/$name.in"
	lab_spawn on desk "$program" "${@/#wait/wait $LAB_DIR/$name.in}" </dev/null >"$LAB_DIR/$name.out" 2>&1
	PID_OF[$name]=$SPAWNED
}
# shellcheck disable=SC2016 # for the inner shell
line() { timeout 10 sh -c 'echo >"$1"' sh "$LAB_DIR/$1.in" || fail "$1 does not wait"; }
ended() { ! kill -0 "${PID_OF[$1]}" 2>/dev/null; }
said() { [ "$(tr '\n' ' ' <"$LAB_DIR/$1.out" | sed 's/ $//')" = "$2" ]; }
said_now() { tr '\n' ' ' <"$LAB_DIR/$1.out"; }

# repeated NAME WANTED CMD...: what was said, and no packet more than before came to the queue or left
repeated() {
	local text=$1 wanted=$2 before
	shift 2
	before=$(queued)
	is "$text" "$("$@")" "$wanted"
	is "$text: not asked about" "$(($(queued) - before))" 0
}

lab_begin
wire_start
lab_programs
T=$LAB_TOP/build/release/tests/lab/tries
for name in no yes half serves asks; do cp "$T" "$LAB_DIR/$name"; done
NO=$LAB_DIR/no YES=$LAB_DIR/yes
blocked no "$NO"
allowed yes "$YES"
cp "$T" "$PROGRAMS/no"
blocked srv-no "$PROGRAMS/no"
profile half "$LAB_DIR/half" "$OPEN" "default deny" "rules {" "	allow port udp/9" "}"
profile asks "$LAB_DIR/asks" "$OPEN" "default ask"
profile serves "$LAB_DIR/serves" "$OPEN" "default deny" "rules {" "	allow in" "}"
config() { printf 'level dynamic\nset unknown-origin { dynamic permit }\n%s\n' "${1:-}" | put "$ETC/bulwark.conf"; }
config
lab_sysctl desk ipv4/tcp_fastopen=1 netfilter/nf_conntrack_udp_timeout=120
suite_start
[ "$(ctl status --json | jq .kernel.on)" = true ] || { echo "# no kernel path here: $(ctl status --json | jq -r .kernel.why)"; exit 0; }
monitor_start
NEVER=()	# addresses to which nothing may have gone
never() { fresh; NEVER+=("$F4" "$F6"); }

# --- every way to call
for v in 4 6; do
	never
	a=F$v
	says "TCP, IPv$v: asked about once, then refused by the call" "ECONNREFUSED EPERM EPERM" as "$NO" "tcp ${!a} 7"{,,}
	check "IPv$v: the first is told" lab_wait 5 told_many "${!a}" decision 1
	check "IPv$v: and that it goes on" lab_wait 5 told_many "${!a}" grant 1
	never
	a=F$v
	says "UDP, IPv$v" "EPERM EPERM EPERM EPERM" as "$NO" "until EPERM send ${!a} 7" "send ${!a} 7" "connect ${!a} 7" "many ${!a} 7"
done
never
says "by other ways" "ECONNREFUSED EPERM EPERM EPERM EPERM" as "$NO" "tcp $F4 7" "fast $F4 7" "ring $F4 7" "thread $F4 7" "tcp $F4 7"
never
says "an IPv6 socket's datagrams to IPv4" "EPERM EPERM" as "$NO" "until EPERM send $F4 7" "mapped $F4 7"
never
says "a socket with a port of its own is left to the packet" "EPERM ok EPERM" as "$NO" "until EPERM send $F4 7" "from 4400 $F4 7" "send $F4 7"
never
says "so is what was connected before" "ok ok EPERM EHOSTUNREACH" as "$NO" "open $F4 7" "write" "until EPERM send $F4 7" "until EHOSTUNREACH write"

# --- nobody else
never
says "its child is asked about" "ECONNREFUSED EPERM ECONNREFUSED EPERM" as "$NO" "tcp $F4 7" "tcp $F4 7" "fork tcp $F4 7" "tcp $F4 7"
fresh
says "another program is not refused" "ECONNREFUSED EPERM ok ok" as "$NO" "tcp $F4 7" "tcp $F4 7" "exec $YES" "tcp $F4 7" "until EPERM send $F4 7"
never
begin beside "$NO" "tcp $F4 7" "tcp $F4 7" wait "tcp $F4 7"
check "refused" lab_wait 5 said beside "ECONNREFUSED EPERM"
says "another process of the program is asked about" "ECONNREFUSED" as "$NO" "tcp $F4 7"
line beside
check "the first one's still counts" lab_wait 5 said beside "ECONNREFUSED EPERM EPERM"
never
says "another user is asked about" "ECONNREFUSED EPERM ECONNREFUSED EPERM" as "$NO" "tcp $F4 7" "tcp $F4 7" "uid 1001" "tcp $F4 7" "tcp $F4 7"
never
says "other rights: asked about" "ECONNREFUSED EPERM ECONNREFUSED" as "$NO" "tcp $F4 7" "tcp $F4 7" cap-drop "tcp $F4 7"
if [ -n "$LAB_CG" ] && mkdir "$LAB_CG/another"; then
	never
	says "another cgroup: asked about" "ECONNREFUSED EPERM ECONNREFUSED EPERM" as "$NO" "tcp $F4 7" "tcp $F4 7" \
		"cgroup $LAB_CG/another" "tcp $F4 7" "tcp $F4 7"
fi
never
says "who is traced is asked about" "ECONNREFUSED EPERM ECONNREFUSED" as "$NO" "tcp $F4 7" "tcp $F4 7" "raised $F4 7"
fresh
says "in another network it is another machine" "ECONNREFUSED EPERM ok" as "$NO" "tcp $F4 7" "tcp $F4 7" "netns $(ns stranger)" "tcp $F4 7"
fresh
says "another port, another protocol" "EPERM ok ECONNREFUSED" as "$LAB_DIR/half" "until EPERM send $F4 7" "send $F4 9" "tcp $F4 7"
is "the other port's is sent" "$(wire_count "dst host $F4 and udp port 9")" 1
if programs_seen; then
	never
	says "a program of the machine: its first process is asked about" "ECONNREFUSED EPERM" as "$PROGRAMS/no" "tcp $F4 7" "tcp $F4 7"
	says "its others fail at once" "EPERM" as "$PROGRAMS/no" "tcp $F4 7"
	says "and children" "EPERM" as "$PROGRAMS/no" "fork tcp $F4 7"
	each() { [ "$(told_to "$F4" grant | grep -c "^$PROGRAMS/no ")" -ge 3 ] && [ "$(told_to "$F4" grant | sort -u | wc -l)" -ge 3 ]; }
	check "each is told by its own number" lab_wait 5 each
	says "not of another user" "ECONNREFUSED" as "$PROGRAMS/no" "uid 1001" "tcp $F4 7"
fi

# --- what came in is answered, where the way out was refused
begin serves "$LAB_DIR/serves" "until EPERM send $STRANGER4 6000" "answer 0" "send $STRANGER4 6000"
asks() { port=$(sed -n 2p "$LAB_DIR/serves.out"); [ -n "$port" ]; }
check "a server to which it is refused" lab_wait 10 asks
on stranger "$T" "from 6000 $DESK4 $port" >/dev/null
check "answers what comes from there" lab_wait 5 said serves "EPERM $port ok ok"
is "which leaves, and nothing else" "$(wire_count "dst host $STRANGER4 and udp port 6000")" 1

# --- how often, and at what cost
never
had=$(refused)
before=$(awk '{ print $14 + $15 }' "/proc/$(suite_pid intercept)/stat")
n=$(as "$NO" "tcp $F4 7" "spin 3000 $F4 7")
after=$(awk '{ print $14 + $15 }' "/proc/$(suite_pid intercept)/stat")
n=$(awk '{ print $2 }' <<<"$n")
least "as fast as it can" "$n" 1000
check "each is counted" lab_wait 5 refused_many $((had + n))
check "and told once a second" lab_wait 5 told_many "$F4" grant 3
most "no more often" "$(told_to "$F4" grant | wc -l)" 5
most "intercept has no work by it: hundredths of a second" $((after - before)) 15

# --- until the policy changes
fresh
begin revoke "$NO" "tcp $F4 7" "tcp $F4 7" "until EPERM send $F4 7" wait "tcp $F4 7" "until ok send $F4 7" wait "tcp $F4 7" "tcp $F4 7"
check "refused before" lab_wait 8 said revoke "ECONNREFUSED EPERM EPERM"
allowed no "$NO"
suite_settle
line revoke
check "permitted: it connects at once" lab_wait 8 said revoke "ECONNREFUSED EPERM EPERM ok ok"
blocked no "$NO"
suite_settle
line revoke
check "refused again" lab_wait 8 said revoke "ECONNREFUSED EPERM EPERM ok ok ECONNREFUSED EPERM"
config "set refuse-at-once { dynamic off }"
suite_settle
never
says "switched off: each is asked about" "ECONNREFUSED ECONNREFUSED ECONNREFUSED" as "$NO" "tcp $F4 7"{,,}
config
suite_settle

# --- permitted for one flow, by a person: what else goes there is refused, but by no refusal that knows no socket
waits_for() { ID=$(ctl --json prompts | jq -r 'select(.type == "prompt" and .state == "waiting" and .path == "'"$1"'") | .id'); [ -n "$ID" ]; }
unanswered() { on desk "$1" "send $2 7" >/dev/null; told_many "$2" decision 1; }
sent() { wire_count "src host $DESK4 and dst host $1 and udp"; }	# answers to the others' sockets are ICMP
lab_spawn ctl prompts --watch --json </dev/null >"$LAB_DIR/agent" 2>/dev/null
agent=$SPAWNED
check "somebody is there" lab_wait 5 grep -q '"end"' "$LAB_DIR/agent"
fresh
begin one "$LAB_DIR/asks" "open $F4 7" write wait "send $F4 7" "send $F4 7" "to $F4 7" write
check "is asked" lab_wait 8 waits_for "$LAB_DIR/asks"
check "and says: once" ctl prompts "$ID" allow --for once
left_once() { [ "$(sent "$F4")" = 1 ]; }
check "it leaves" lab_wait 5 left_once
kill "$agent"
check "once is over, another is to be asked for, and nobody is there" lab_wait 60 unanswered "$LAB_DIR/asks" "$F4"
before=$(sent "$F4")
says "the other flow is refused, by no call" "ok EHOSTUNREACH ok" as "$LAB_DIR/asks" "open $F4 7" "until EHOSTUNREACH write" "send $F4 7"
is "and does not leave" "$(sent "$F4")" "$before"
line one
check "what was permitted for itself goes on, beside others of its process" lab_wait 5 said one "ok ok ok ok ok ok"
left_both() { [ "$(sent "$F4")" = $((before + 2)) ]; }
check "and leaves, which those do not" lab_wait 5 left_both

# --- intercept is killed, and stopped
never
begin lived "$NO" "tcp $F4 7" "tcp $F4 7" wait "tcp $F4 7" "tcp $F4 7"
check "refused before" lab_wait 5 said lived "ECONNREFUSED EPERM"
before=$(suite_pid intercept)
kill -9 "$before"
check "intercept comes back" lab_wait 10 suite_anew intercept "$before"
line lived
check "nothing of the former one's counts" lab_wait 5 said lived "ECONNREFUSED EPERM ECONNREFUSED EPERM"
never
begin lease "$NO" "tcp $F4 7" "tcp $F4 7" wait "until ETIMEDOUT tcp $F4 7"
check "refused before" lab_wait 5 said lease "ECONNREFUSED EPERM"
kill -STOP "$SUITE" "$(suite_pid intercept)"
line lease
check "intercept is stopped: it is left to the queue, where nobody reads" lab_wait 10 said lease "ECONNREFUSED EPERM ETIMEDOUT"
kill -CONT "$(suite_pid intercept)" "$SUITE"

leaked=0
for a in "${NEVER[@]}"; do leaked=$((leaked + $(wire_to "$a"))); done
is "nothing went where nothing may go" "$leaked" 0
