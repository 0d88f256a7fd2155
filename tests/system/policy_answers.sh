#!/bin/bash
# Each kind of answer, on the wire: allow and deny, this destination and the whole application, once, until
# the program ends, for a time and always, of what goes out and what comes in. One program a kind; each keeps
# one process that talks before and after its agent has left, and has another one later.
. "$(dirname "$0")/../lab/lib.sh"
. "$LAB_TOP/tests/lab/cases.sh"

ME=1000 P=''
AGENT='' WATCHER=''
declare -A HERE THERE
KINDS=()
BASE="flags internet localnet service directconnect"

# Talks to HERE twice, says how each ended, and once the file is there to HERE and THERE.
# shellcheck disable=SC2016 # for the program, a copy of bash
TALK='try() { local s=0; : 3<>"/dev/tcp/$1/7" || s=1; echo $s; }
try "$1"; try "$1"
until [ -e "$3" ]; do sleep 0.1; done
try "$1"; try "$2"; echo end'

my_ctl() { as $ME "$LAB_DIR/ctl" -r "$RUN" "$@"; }
agent() {
	AGENT=$LAB_DIR/agent.json
	lab_spawn my_ctl prompts --watch --json </dev/null >"$AGENT" 2>/dev/null
	WATCHER=$SPAWNED
	lab_wait 5 grep -q '"end"' "$AGENT" || die "no agent"
}
# shown JQ: the id of a waiting prompt for which it holds, in ID
shown() { lab_wait 10 shown_now "$1"; }
shown_now() {
	ID=$(jq -r "select(.type == \"prompt\" and .state == \"waiting\" and ($1)) | .id" "$AGENT" | tail -1)
	[ -n "$ID" ]
}

# kinds: one program for each kind, and its first process
kinds() {
	local answer what life kind
	for answer in allow deny; do
		for what in destination application; do
			for life in once exit 1h always; do
				kind=$answer-$what-$life
				KINDS+=("$kind")
				cp /bin/bash "$P/$kind"
				profile "$kind" "$P/$kind" "$BASE" "default ask"
				fresh; HERE[$kind]=$F4
				fresh; THERE[$kind]=$F4
			done
		done
	done
}
# answered KIND: its first process begins, and somebody answers; what lasts for good only root may say
answered() {
	local answer what life who=my_ctl
	lab_spawn as $ME "$P/$1" -c "$TALK" - "${HERE[$1]}" "${THERE[$1]}" "$P/go" </dev/null >"$P/$1.out" 2>/dev/null
	IFS=- read -r answer what life <<<"$1"
	[ "$life" != always ] || who=ctl
	shown ".path == \"$P/$1\" and .direction == \"out\" and .address == \"${HERE[$1]}\"" &&
		$who prompts "$ID" "$answer" "$what" --for "$life" >/dev/null
}

lines_of() { wc -l <"$P/$1.out"; }
have() { local kind; for kind in "${KINDS[@]}"; do [ "$(lines_of "$kind")" -ge "$1" ] || return 1; done; }
says() { sed -n "$2p" "$P/$1.out"; }

# covered KIND PROCESS PLACE: what it should be there: 0 (passes) or 1, while nothing else would make it so
covered() {
	local answer what life yes=1 no=0
	IFS=- read -r answer what life <<<"$1"
	[ "$answer" = deny ] || { yes=0 no=1; }
	if [[ $life = exit && $2 = another ]] || [[ $what = destination && $3 = there ]]; then echo $no; else echo $yes; fi
}
wanted() { local w; w=$(covered "$@"); if [ "$w" = 0 ]; then echo passes; else echo refused; fi; }

# From now on there is nobody to ask, so that what asks is refused; and what was denied would be permitted.
alone() {
	local kind
	for kind in "${KINDS[@]}"; do
		[[ $kind != deny-* ]] || profile "$kind" "$P/$kind" "$BASE" "default permit"
	done
	profile last /nowhere/last "$BASE"
	kill "$WATCHER"
	lab_wait 10 nobody_there || die "the agent is still there"
	lab_wait 10 in_force last || die "the profiles are not in force"
}
nobody_there() { my_ctl allow curl any 2>&1 | grep -q "your session has no agent"; }
in_force() { ctl profile list | grep -q "^$1 "; }

first() {
	local kind want
	for kind in "${KINDS[@]}"; do
		want=0
		[[ $kind = allow-* ]] || want=1
		is "$kind: the answer counts for what waits" "$(says "$kind" 1)" $want
		is "$kind: and for the next try" "$(says "$kind" 2)" $want
		[ $want = 0 ] || is "$kind: nothing is on the wire" "$(wire_to "${HERE[$kind]}")" 0
	done
}

later() {
	local kind
	for kind in "${KINDS[@]}"; do
		[[ $kind != *-once ]] || continue
		is "$kind: the same process, there" "$(says "$kind" 3)" "$(covered "$kind" same here)"
		is "$kind: the same process, elsewhere" "$(says "$kind" 4)" "$(covered "$kind" same there)"
		new_process "$kind" here "${HERE[$kind]}"
		new_process "$kind" there "${THERE[$kind]}"
	done
}
# the port says that it is another connection
new_process() {
	try "$(wanted "$1" another "$2")" "$1: another process, $2" "> $3.80: " as $ME "$P/$1" -c ": 3<>/dev/tcp/$3/80"
}

# Of what comes in, the scope is the destination.
incoming() {
	local name
	for name in in-allow in-deny in-both; do
		talker "p/$name"
		profile "$name" "$P/$name" "$BASE" "default ask"
	done
	profile later /nowhere/later "$BASE"
	lab_wait 10 in_force later || die "the profiles are not in force"
	listens in-allow 7301; listens in-allow 7302; listens in-deny 7303; listens in-both 7304
	agent
	calls allow 20 7301
	answer 'direction == "in" and .port == 7301 and .scope == "site"' allow destination --for 1h
	check "in: allowed for a time: it passes" called allow 0
	calls deny 5 7303
	answer 'direction == "in" and .port == 7303' deny application --for 1h
	fresh
	lab_spawn as $ME "$P/in-both" once tcp "$F4" 7 </dev/null
	answer 'direction == "out" and .path == "'"$P/in-both"'"' allow application --for 1h --both
	kill "$WATCHER"
	lab_wait 10 nobody_there || die "the agent is still there"
	check "in: denied: it does not pass" called deny 124
	profile in-deny "$P/in-deny" "$BASE" "default permit"
	profile latest /nowhere/latest "$BASE"
	lab_wait 10 in_force latest || die "the profile is not in force"
	caller passes "in: again, with nobody there" stranger 7301
	caller refused "in: from another scope" inet 7301
	caller refused "in: another port" stranger 7302
	caller refused "in: denied, where the profile permits" stranger 7303
	caller refused "in: denied for the application, from another scope" inet 7303
	caller passes "in: allowed for both ways" stranger 7304
	cases_run
}
listens() { lab_spawn as $ME "$P/$1" sink tcp "$2" </dev/null >/dev/null; lab_wait 5 lab_listening desk "$2" || die "$1"; }
# calls NAME SECONDS PORT: the stranger, in the background
calls() { lab_spawn call "$@" </dev/null >/dev/null 2>&1; }
call() { local s=0; LAB_EXEC='' on stranger timeout "$2" bash -c ": 3<>/dev/tcp/$DESK4/$3" || s=$?; echo $s >"$LAB_DIR/call-$1"; }
called() { lab_wait 10 test -s "$LAB_DIR/call-$1" && [ "$(cat "$LAB_DIR/call-$1")" = "$2" ]; }
answer() { # JQ, without its first dot; WORDS of the answer
	check "in: a prompt (${*:2})" shown ".$1"
	my_ctl prompts "$ID" "${@:2}" >/dev/null || fail "${*:2}"
}
caller() { # WANT TEXT HOST PORT
	local address=$STRANGER4
	[ "$3" = stranger ] || address=9.1.0.2
	try "$1" "$2" "$DESK4.$4 > $address.*: Flags \[S\.\]" on "$3" "$LAB_DIR/caller" once tcp $DESK4 "$4"
}

lab_begin
wire_start
P=$LAB_DIR/p
mkdir "$P"
talker caller
cp "$BIN/bulwarkctl" "$LAB_DIR/ctl"
kinds
suite_start
agent
for kind in "${KINDS[@]}"; do
	check "$kind: one prompt, which is answered" answered "$kind"
done
check "all go on" lab_wait 20 have 2
first
alone
touch "$P/go"
check "all end" lab_wait 20 have 5
later
cases_run
incoming
