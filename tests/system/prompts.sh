#!/bin/bash
# Questions to people: what a program does that is to be asked for waits for an answer of its user's
# agent, is refused at once where nobody is there, and what root answers for good holds over a restart.
# A thousand questions of one program do not keep another user's one waiting.
. "$(dirname "$0")/../lab/lib.sh"

ALICE=1000 BOB=1001
PYTHON=$(readlink -f /usr/bin/python3)
as() { local uid=$1; shift; on desk setpriv --reuid="$uid" --clear-groups "$@"; }
ctl_as() { local uid=$1; shift; as "$uid" "$LAB_DIR/ctl" -r "$RUN" "$@"; }
curl_as() { as "$1" curl -s -o /dev/null --max-time "${3:-8}" "http://$2/"; }
fails() { ! "$@"; }

# A process that tries each address that it reads, and says how it went.
# shellcheck disable=SC2016 # for the program, a copy of bash
TRIES='while read -r to <&8; do { : 3<>"/dev/tcp/$to/80" && echo passes; } || echo refused; done'
# tries WHAT: it says so of INET4
tries() {
	local before
	before=$(wc -l <"$LAB_DIR/tries.out")
	echo "$INET4" >&8
	lab_wait 8 said_more "$before"
	[ "$(tail -n 1 "$LAB_DIR/tries.out")" = "$1" ]
}
said_more() { [ "$(wc -l <"$LAB_DIR/tries.out")" -gt "$1" ]; }

# agent UID: somebody is there from now on; what it is shown is in AGENT
agent() {
	AGENT=$LAB_DIR/agent-$1.json
	: >"$AGENT"
	lab_spawn ctl_as "$1" prompts --watch --json </dev/null >"$AGENT" 2>"$LAB_DIR/suite-agent-$1.log"
	WATCHER=$SPAWNED
	lab_wait 5 grep -q '"end"' "$AGENT"
}
# shown UID JQ: the id of a waiting prompt that its agent was shown and for which it holds, in ID
shown() { lab_wait 5 shown_now "$@"; }
shown_now() {
	ID=$(jq -r "select(.type == \"prompt\" and .state == \"waiting\" and ($2)) | .id" "$LAB_DIR/agent-$1.json" | tail -1)
	[ -n "$ID" ]
}
vanished() { jq -e "select(.type == \"gone\" and .id == \"$2\")" "$LAB_DIR/agent-$1.json" >/dev/null; }
tells_nobody() { [ "$(ctl --json status | jq -c .prompts)" = '{"agents":0,"waiting":0,"unanswered":'"$1"'}' ]; }
listed() { [ -n "$(ctl --json prompts | jq -r "select(.type == \"prompt\" and ($1)) | .id" | head -1)" ]; }
says() { # TEXT WORDS CMD...
	local said
	said=$("${@:3}" 2>&1)
	if grep -qF -- "$2" <<<"$said"; then pass "$1"; else fail "$1: $said"; fi
}
gone() { ! kill -0 "$1" 2>/dev/null; }

# asked UID NAME: that user's curl fetches from that name, in the background; its status will be in RESULT
asked() {
	RESULT=$LAB_DIR/result-$1-$2
	rm -f "$RESULT"
	lab_spawn fetch "$1" "$2" "$RESULT" </dev/null >/dev/null 2>&1
}
fetch() { local status=0; LAB_EXEC='' curl_as "$1" "$2" || status=$?; echo $status >"$3"; }
result() { lab_wait 6 test -s "$RESULT" && [ "$(cat "$RESULT")" = "$1" ]; }
failed() { lab_wait 6 test -s "$RESULT" && [ "$(cat "$RESULT")" != 0 ]; }

lab_begin
wire_start
cp "$BIN/bulwarkctl" "$LAB_DIR/ctl"
cp "$(readlink -f /usr/bin/curl)" "$LAB_DIR/curl-there"
cp "$LAB_DIR/curl-there" "$LAB_DIR/curl-own"
profile curl /usr/bin/curl "flags internet localnet directconnect" "default ask"
profile python "$PYTHON" "flags internet localnet directconnect" "default ask"
profile dig /usr/bin/dig "flags internet localnet directconnect" "default ask"
profile own "$LAB_DIR/curl-own" "flags internet localnet directconnect" "default ask"
cp /bin/bash "$LAB_DIR/tries"
profile tries "$LAB_DIR/tries" "flags internet localnet directconnect"
profile ctl "$BIN/bulwarkctl" "flags internet localnet"
profile there "$LAB_DIR/curl-there" "flags user internet localnet directconnect"
suite_start

says "an empty list is one" "nothing was asked for" ctl prompts
says "a time that is none" "'10s' is no time: once, exit, always, or a number" ctl allow curl one.example --for 10s
says "a destination that is none" "a destination is any, a domain" ctl allow curl http://one.example
says "a prompt that is none" "'bulwarkctl prompts' lists them" ctl prompts five allow

# nobody is there
BEGIN=$(now_ms)
check "with nobody to ask it is refused" fails curl_as $ALICE one.example
most "at once (ms)" $(($(now_ms) - BEGIN)) 2500
check "and listed" listed '.name == "one.example" and .uid == 1000 and .state == "unanswered"'
is "nothing of it is sent" "$(wire_count "dst host $INET4 and tcp port 80")" 0
check "status says that nobody answers" lab_wait 4 tells_nobody 1
says "and how somebody does" "nobody answers: what is to be asked for is refused at once (unanswered 1); 'bulwarkctl prompts --watch' answers" \
	ctl status
says "so does a setting that asks" "nobody answers: " ctl --etc "$ETC" settings set lan fortress ask
is "not one that does not" "$(ctl --etc "$ETC" settings set lan fortress deny | grep -c "nobody answers")" 0
says "so does a rule that asks" "nobody answers: " ctl prompt "$LAB_DIR/curl-own" three.example --for 1h
is "not what denies" "$(ctl deny "$LAB_DIR/curl-own" three.example --for once | grep -c "nobody answers")" 0
is "objects have no such line" "$(ctl --json prompt "$LAB_DIR/curl-own" four.example --for 1h | jq -r .type)" chosen
says "without an agent a session answers nothing" "your session has no agent" ctl_as $ALICE allow curl one.example
says "a service's user has none" "only people and root are asked" ctl_as 33 prompts --watch
check "a program for people who are there (flag user) is refused" \
	fails as $ALICE "$LAB_DIR/curl-there" -s -o /dev/null --max-time 3 "http://$INET4/"

# somebody is
agent $ALICE
somebody() { ctl status | grep -q '^prompts  *agents 1, waiting [0-9]*, unanswered 1$'; }
check "status says so" lab_wait 4 somebody
is "nobody is told that nobody answers" "$(ctl prompt "$LAB_DIR/curl-own" five.example --for 1h | grep -c "nobody answers")" 0
LATE=$LAB_DIR/late
lab_spawn as $ALICE dig +time=8 +tries=1 late.example </dev/null >"$LATE"
LATE_BEGIN=$(now_ms)
check "flag user: now it is not" lab_wait 5 as $ALICE "$LAB_DIR/curl-there" -s -o /dev/null --max-time 3 "http://$INET4/"
asked $ALICE two.example
check "the agent is shown the question" shown $ALICE '.name == "two.example" and .path == "/usr/bin/curl"'
check "yes" ctl_as $ALICE prompts "$ID" allow
check "it passes" result 0
least "on the wire" "$(wire_count "dst host $INET4 and tcp port 80")" 1
check "the prompt vanishes" lab_wait 3 vanished $ALICE "$ID"
is "the connection was no other question" \
	"$(jq -r 'select(.type == "prompt" and .name == "two.example") | .id' "$AGENT" | sort -u | wc -l)" 1
asked $ALICE three.example
check "another one" shown $ALICE '.name == "three.example"'
check "no" ctl_as $ALICE prompts "$ID" deny
check "it fails" failed
asked $ALICE "$INET4"
check "one without a name" shown $ALICE ".address == \"$INET4\" and .port == 80 and (.name | not)"
says "for good only root allows" "needs root" ctl_as $ALICE prompts "$ID" allow --for always
ANSWERED=$ID
check "until it ends" ctl_as $ALICE prompts "$ID" allow --for exit
check "that passes" result 0
says "what is denied for a time" "denied for 2h: /usr/bin/curl -> $INET4" ctl_as $ALICE deny curl "$INET4" --for 2h
check "is refused without a question" fails curl_as $ALICE "$INET4" 3
check "and stands in the user's file" grep -rq "deny out net $INET4/32 until 20..-..-..T..:.. # by user 1000" \
	"$STATE/policy/profiles/1000"

# what nobody answers
late() { grep -q "status: SERVFAIL" "$LATE" && grep -q "somebody is asked whether it may" "$LATE"; }
check "a question for a name is answered SERVFAIL, and why" lab_wait 6 late
soon "after 4 s" $(($(now_ms) - LATE_BEGIN)) 6000
check "its prompt stays" listed '.name == "late.example"'	# unanswered, once it is known that dig has ended
is "no server heard of it" "$(wire_count "udp port 53" >/dev/null; wire_show "udp port 53" | grep -c late.example)" 0
check "the answer that comes then" ctl_as $ALICE prompts \
	"$(jq -r 'select(.type == "prompt" and .name == "late.example") | .id' "$AGENT" | tail -1)" allow --for 1h
check "is there at the next try" grep -q "status: NOERROR" <(as $ALICE dig +time=3 +tries=1 late.example)

# what was answered
# answers UID: those that this user is shown
answers() { ctl_as "$1" --json answers | jq -r 'select(.type == "answer") | "\(.uid) \(.path) \(.by) \(.for): \(.text)"' | sort; }
THIS="1000 /usr/bin/curl session time: deny out net $INET4/32"
is_answer() { answers "$1" | grep -qxF "$2"; }
check "it is listed" is_answer $ALICE "$THIS"
check "for root, too" is_answer 0 "$THIS"
is "not for others" "$(answers $BOB)" ""
says "for people" "deny out net $INET4/32" ctl_as $ALICE answers
says "what is none is not forgotten" "nothing of that was answered" ctl_as $ALICE forget curl two.example.org
says "nor another user's" "another user's" ctl_as $ALICE forget curl any --user $BOB
says "nor without an agent" "your session has no agent" ctl_as $BOB forget curl any
is "what is forgotten" "$(ctl_as $ALICE --json forget curl "$INET4" | jq -c '[.type, .app, .to, (.count >= 1)]')" \
	"[\"forgotten\",\"/usr/bin/curl\",\"$INET4\",true]"
check "is listed no more" fails is_answer $ALICE "$THIS"
check "nor is its line there" fails grep -rq "deny out net $INET4" "$STATE/policy/profiles/1000"
asked $ALICE "$INET4"
check "it is asked for again" shown $ALICE ".address == \"$INET4\" and .port == 80 and (.name | not) and .id != \"$ANSWERED\""
check "which is answered" ctl_as $ALICE prompts "$ID" allow
check "and passes" result 0

# by one key
asked $ALICE key.example
as $ALICE "$PYTHON" -c '
import os, pty, select, sys
pid, fd = pty.fork()
if pid == 0:
	os.execv(sys.argv[1], [sys.argv[1], "-r", sys.argv[2], "prompts", "--watch"])
out = b""
while b"(1 waiting)" not in out and select.select([fd], [], [], 8)[0]:
	out += os.read(fd, 4096)
out = b""
for i in range(20):		# a key at once was meant for something else
	os.write(fd, b"a")
	while b"allowed once" not in out and select.select([fd], [], [], 0.1)[0]:
		out += os.read(fd, 4096)
os.write(fd, b"q")
os.waitpid(pid, 0)
sys.stdout.buffer.write(out)' "$LAB_DIR/ctl" "$RUN" </dev/null >"$LAB_DIR/terminal" 2>&1
check "on a terminal one key allows it" result 0
check "and it is said" grep -q "allowed once" "$LAB_DIR/terminal"

# who asks
mkdir -m 1777 "$LAB_DIR/own"
as $ALICE cp "$LAB_DIR/curl-there" "$LAB_DIR/own/firefox"
lab_spawn as $ALICE "$LAB_DIR/own/firefox" -s -o /dev/null --max-time 8 "http://$INET4/" </dev/null
check "a program of unknown origin is asked for" shown $ALICE '.path | endswith("/own/firefox")'
says "by its whole path" "$LAB_DIR/own/firefox[" ctl prompts
says "and as what it is" "(of unknown origin)" ctl prompts
says "unasked it is not allowed for longer than an answer could" "unknown origin" \
	ctl_as $ALICE allow "$LAB_DIR/own/firefox" "$INET4" --for exit
check "to deny it is no matter of origin" ctl_as $ALICE deny "$LAB_DIR/own/firefox" "$INET4" --for exit

# another file under the path
own() { as $ALICE "$LAB_DIR/curl-own" -s -o /dev/null --max-time "$1" "http://$INET4/"; }
lab_spawn own 8 </dev/null
check "a program of no package is asked for" shown $ALICE '.path | endswith("/curl-own")'
check "and allowed for a time" ctl_as $ALICE prompts "$ID" allow --for 1h
check "its file stands in the line" grep -rqE "allow out net $INET4/32 until .* file [0-9]+:$(stat -c %i "$LAB_DIR/curl-own"):[0-9]+ #" \
	"$STATE/policy/profiles/1000"
check "of a package's program none does" grep -rqE "allow out domain late.example until [^ ]+ #" "$STATE/policy/profiles/1000"
check "the next one passes" own 3
cp "$LAB_DIR/curl-there" "$LAB_DIR/curl-new"
mv "$LAB_DIR/curl-new" "$LAB_DIR/curl-own"
lab_spawn own 8 </dev/null
check "another file in its place is asked for, and why" shown $ALICE \
	'(.path | endswith("/curl-own")) and (.reason | contains("its file has changed since somebody allowed it"))'
says "explain says it" "its file has changed since somebody allowed it" \
	ctl explain "$LAB_DIR/curl-own" "$INET4:80" --user $ALICE
check "no" ctl_as $ALICE prompts "$ID" deny

# what was denied to a process, and lent so, is allowed
mkfifo "$LAB_DIR/tries.in"
exec 8<>"$LAB_DIR/tries.in"
lab_spawn as $ALICE "$LAB_DIR/tries" -c "$TRIES" >"$LAB_DIR/tries.out" 2>/dev/null
TRIER=$SPAWNED
check "one that passes" tries passes
check "is denied until it ends" ctl_as $ALICE deny "$LAB_DIR/tries" "$INET4" --for exit
check "soon" lab_wait 5 tries refused
check "and again, without asking" tries refused
if mkdir "$LAB_CG/moved" 2>/dev/null; then
	echo "$TRIER" >"$LAB_CG/moved/cgroup.procs"
	check "in another cgroup, too" tries refused
	echo "$TRIER" >"$LAB_CG/cgroup.procs"
	check "and back" tries refused
	rmdir "$LAB_CG/moved"
fi
another_passes() { as $ALICE "$LAB_DIR/tries" -c ": 3<>/dev/tcp/$INET4/80" 2>/dev/null; }
for role in whod intercept; do
	kill -KILL "$(suite_pid $role)"
	check "$role killed: another process of it passes soon" lab_wait 20 another_passes
	check "the denial stands" tries refused
	says "and is shown" "process $TRIER" ctl_as $ALICE answers
done
check "allowed again" ctl_as $ALICE allow "$LAB_DIR/tries" "$INET4" --for exit
check "it passes soon" lab_wait 5 tries passes
check "denied again" ctl_as $ALICE deny "$LAB_DIR/tries" "$INET4" --for exit
kill "$TRIER"
exec 8>&-
denial_ended() { ! ctl_as $ALICE answers | grep -q "process $TRIER"; }
check "it ends with the process" lab_wait 5 denial_ended

# other users
check "another user's is refused: that one is not there" fails curl_as $BOB one.example 3
BOBS=$(ctl --json prompts | jq -r 'select(.type == "prompt" and .uid == 1001) | .id' | head -1)
says "nobody answers it but root" "no such prompt" ctl_as $ALICE prompts "$BOBS" allow
says "nor allows it unasked" "another user's" ctl_as $ALICE allow curl one.example --user $BOB

# a thousand questions
lab_spawn as $ALICE "$PYTHON" -c '
import socket
for i in range(1000):
	s = socket.socket()
	s.setblocking(False)
	s.connect_ex(("9.9.%d.%d" % (1 + i // 200, 1 + i % 200), 80))
	globals()["s%d" % i] = s
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind("\0flooded")
import time; time.sleep(30)' </dev/null
FLOOD=$SPAWNED
check "a thousand of one program are asked for" lab_wait 10 listed '.path | test("python")'
agent $BOB
asked $BOB four.example
BEGIN=$(now_ms)
check "another user's single one is shown" shown $BOB '.name == "four.example"'
soon "promptly" $(($(now_ms) - BEGIN)) 2000
check "and answered" ctl_as $BOB prompts "$ID" allow
check "and passes" result 0
most "of the thousand few are in the list" \
	"$(ctl --json prompts | jq -r 'select(.type == "prompt" and (.path | test("python"))) | .id' | wc -l)" 32
kill "$FLOOD"

# for good
asked $BOB five.example
check "once more" shown $BOB '.name == "five.example"'
check "root says always" ctl prompts "$ID" allow --for always
check "it passes, too" result 0
suite_stop
suite_start
check "after a restart nobody is asked" curl_as $BOB five.example
check "another name is refused" fails curl_as $BOB six.example 3
ROOTS="1001 /usr/bin/curl root always: allow out domain five.example"
check "it is listed for its user" is_answer $BOB "$ROOTS"
check "what was said about others stays with them" fails is_answer $ALICE "$ROOTS"
says "the profile is shown, not what was answered about it" "default ask" ctl profile show curl
says "which is listed" "/usr/bin/curl; answers" ctl profile list
says "explain shows the line" "somebody allowed it" ctl explain curl five.example:80 --user $BOB
agent $BOB
says "what root chose a session does not forget" "nothing of that was answered" ctl_as $BOB forget curl five.example
says "root does" "forgotten: 1 answer" ctl forget curl any --user $BOB
check "its file goes with the last" test -z "$(find "$STATE/policy/profiles/$BOB" -name 'curl-*')"
says "nothing is left" "nothing was answered" ctl_as $BOB answers
asked $BOB five.example
check "and it is asked for again" shown $BOB '.name == "five.example"'
check "no" ctl_as $BOB prompts "$ID" deny
check "it fails" failed
says "of a program that is gone, too" "nothing of that was answered" ctl forget /usr/bin/no-such-program any
