# Many cases at once: each is a command, and something that is on the wire if it passes. Sourced, after
# lib.sh, by the scripts that show what the policy makes of them.
# shellcheck shell=bash

CASES_WANT=() CASES_TEXT=() CASES_MARK=() CASES_COMMAND=() CASES_ALONE=' ' CASES_BATCH=8

# try WANT TEXT MARK CMD...: the command ends well and MARK is in what tcpdump prints (WANT is passes), or neither
# (refused; refused/6: by check 6, as the monitor says of the MARK "> ADDRESS.PORT: "). Nothing runs before cases_run.
try() {
	CASES_WANT+=("$1") CASES_TEXT+=("$2") CASES_MARK+=("$3")
	shift 3
	CASES_COMMAND+=("$(printf '%q ' "$@")")
}

# try_alone: as try, while none of the others runs
try_alone() {
	CASES_ALONE+="${#CASES_COMMAND[@]} "
	try "$@"
}

# cases_run: all cases since the last time, a few at once, and what came of each
cases_run() {
	local i
	for ((i = 0; i < ${#CASES_COMMAND[@]}; i++)); do
		case_run "$i" &
		if [ $((i % CASES_BATCH)) = 0 ] || [[ $CASES_ALONE = *" $i "* || $CASES_ALONE = *" $((i + 1)) "* ]]; then
			wait
		fi
	done
	wait	# for them alone: what lab_spawn starts is disowned
	CASES_WIRE=$LAB_DIR/wire.txt
	sleep 0.1
	wire_show "" >"$CASES_WIRE"
	CASES_TOLD=$LAB_DIR/told.txt
	[ -z "${MONITOR:-}" ] || cases_told
	for ((i = 0; i < ${#CASES_COMMAND[@]}; i++)); do case_judge "$i"; done
	CASES_WANT=() CASES_TEXT=() CASES_MARK=() CASES_COMMAND=() CASES_ALONE=' '
}

case_run() {
	eval "${CASES_COMMAND[$1]}" </dev/null >"$LAB_DIR/case-$1.out" 2>&1
	echo $? >"$LAB_DIR/case-$1"
}

case_judge() {
	local status packets got want=${CASES_WANT[$1]}
	status=$(cat "$LAB_DIR/case-$1")
	packets=$(grep -c -- "${CASES_MARK[$1]}" "$CASES_WIRE")
	got="status $status, $packets packets"
	[ "$status" != 0 ] || [ "$packets" = 0 ] || got=passes
	[ "$status" = 0 ] || [ "$packets" != 0 ] || got=refused
	if [[ $got = refused && $want = */* ]] && lab_wait 3 case_told "${CASES_MARK[$1]}" "${want#*/}"; then
		got=$want
	fi
	if [ "$got" = "$want" ]; then
		pass "${CASES_TEXT[$1]}: $got"
	else
		fail "${CASES_TEXT[$1]}: $got, not $want"
		sed 's/^/#   /' "$LAB_DIR/case-$1.out"
	fi
}

# case_told MARK CHECK: the newest refusal of what leads there is that check's
case_told() {
	local to=${1#> }
	to=${to%: }
	[ "$(awk -v a="${to%.*}" -v p="${to##*.}" '$1 == a && $2 == p { c = $3 } END { print c }' "$CASES_TOLD")" = "$2" ] || {
		cases_told
		return 1
	}
}
cases_told() {
	jq -r 'select(.type == "event" and .direction == "out" and .verdict != "accept") |
		"\(.dst) \(.dport) \(.reason.check)"' "$MONITOR" >"$CASES_TOLD" 2>/dev/null
}

# as UID CMD...: in the desk
as() {
	local uid=$1
	shift
	on desk setpriv --reuid="$uid" --regid="$uid" --clear-groups "$@"
}
