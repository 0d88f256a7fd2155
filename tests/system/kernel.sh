#!/bin/bash
# The suite's part in the kernel: loaded at start into the lab's own cgroup, held by the parent alone, in the
# rules and in status; gone when the parent is. Without it, for whatever reason, the queue decides
# everything, and status says why.
. "$(dirname "$0")/../lab/lib.sh"

open_tcp() { fresh; on desk "$ALLOWED" once tcp "$F4" 7; }
open_udp() { fresh; on desk "$ALLOWED" once udp "$F6" 7; }
closed() { fresh; ! on desk "$DENIED" once tcp "$F4" 7 && ! on desk "$DENIED" once udp "$F6" 7; }
judges() { # TEXT
	check "$1: the permitted, TCP" open_tcp
	check "$1: the permitted, UDP" open_udp
	check "$1: not the forbidden" closed
}
# What status says of it: on, or why not
says() { ctl status --json | jq -r '.kernel | if .on and .why == "" then "on" elif .on then "?" else .why end'; }
# Lines of the rules that match by what the kernel's part has
lines() { { on desk iptables-save -t mangle; on desk ip6tables-save -t mangle; } | grep -c -- '-m bpf --object-pinned /proc/self/fd/5/'; }
names() { { on desk iptables-save -t mangle; on desk ip6tables-save -t mangle; } | grep -o '/proc/self/fd/5/[^/]*' | sort -u; }
lines_are() { [ "$(lines)" = "$1" ]; }
# Numbers of the maps or links that a process holds: PID map|link
held() { cat "/proc/$1/fdinfo/"* 2>/dev/null | awk -v key="$2_id:" '$1 == key { print $2 }' | sort -un; }
# True when the kernel has none of them any more: map|link NUMBER...
gone() {
	local kind=$1 there n
	shift
	there=$(bpftool -j "$kind" show | jq -r '.[].id')
	for n; do ! grep -qx "$n" <<<"$there" || return 1; done
}
attached() { bpftool -j cgroup show "$LAB_CG" 2>/dev/null | jq -r '.[].name' | sort | paste -sd' '; }
unattached() { [ -z "$(attached)" ]; }
has_maps() { [ "$(held "$(suite_pid "$1")" map | wc -l)" = "$2" ]; } # PROCESS COUNT

lab_begin
[ -n "$LAB_CG" ] || { pass "no cgroup2 here"; exit 0; }
talkers

suite_start
is "status" "$(says)" on
check "status, for people" grep -q '^kernel path *on$' <(ctl status)
is "attached to the lab's cgroup" "$(attached)" "bound4 bound6 connected4 connected6 option_set released sent4 sent6"
parts=$(attached) links=$(held "$SUITE" link) maps=$(held "$SUITE" map)
is "the parent holds the links" "$(wc -l <<<"$links")" 12
is "and the maps" "$(wc -l <<<"$maps")" 12
check "intercept has its maps" has_maps intercept 10
check "whod has its own" has_maps whod 2
is "none is both's: what counts is not whod's to change" \
	"$({ held "$(suite_pid intercept)" map; held "$(suite_pid whod)" map; } | sort | uniq -d | wc -l)" 0
is "the others have none" "$(for p in policyd resolverd uid; do held "$(suite_pid $p)" map; done | wc -l)" 0
is "nobody else holds a link" "$(for p in intercept whod policyd resolverd uid; do held "$(suite_pid $p)" link; done | wc -l)" 0
all=$(lines)
least "rules match by it" "$all" 2
name=$(names)
check "one load's name is in them" test "$(wc -l <<<"$name")" = 1
check "the audit finds what the table says" audits
judges "on"

on desk iptables -t mangle -F
on desk ip6tables -t mangle -F BW-OUT
check "flushed, they are put back" lab_wait 5 lines_are "$all"
is "with the same name" "$(names)" "$name"

old=$(suite_pid intercept) who=$(suite_pid whod)
kill -9 "$old" "$who"
anew() { suite_anew intercept "$old" && suite_anew whod "$who"; }
check "intercept and whod start anew" lab_wait 10 anew
check "the new intercept has its maps" lab_wait 5 has_maps intercept 10
check "the new whod has its own" lab_wait 5 has_maps whod 2
judges "started anew"

mapfile -t pids < <(suite_pids)
kill -9 "${pids[@]}"
# shellcheck disable=SC2086 # numbers
check "killed, nothing stays attached" lab_wait 5 gone link $links
check "nor at the cgroup" lab_wait 5 unattached
check "and it stays closed" closed
suite_start
is "started anew, rules that nobody touched are kept" "$(ctl status --json | jq -r .rules)" kept
is "status" "$(says)" on
is "as many lines" "$(lines)" "$all"
check "of another load" test "$(names)" != "$name"
# shellcheck disable=SC2086 # numbers
check "of the earlier one nothing is left" lab_wait 5 gone map $maps
judges "after a kill"
maps=$(held "$SUITE" map)
suite_stop
# shellcheck disable=SC2086 # numbers
check "stopped, nothing is left" lab_wait 5 gone map $maps

printf 'stop hold\nkernel off\n' >"$ETC/bulwarkd.conf"
suite_start
is "switched off: status says so" "$(says)" "switched off in bulwarkd.conf"
check "for people, too" grep -q '^kernel path *off, the queue decides everything: switched off in bulwarkd.conf$' <(ctl status)
is "no line matches by it" "$(lines)" 0
check "nothing is attached" unattached
check "nobody has a map" has_maps intercept 0
check "the audit finds what the table says, without" audits
judges "off"
suite_stop
check "held: bulwark-setup finds the rules right" grep -q '^ok' <(on desk "$BIN/bulwark-setup" check </dev/null 3<&- 4<&- 5<&-)

# with rules of the other form there
printf 'stop hold\ncgroup %s\n' "$LAB_CG" >"$ETC/bulwarkd.conf"
suite_start
is "on again: status" "$(says)" on
is "on again: rules" "$(ctl status --json | jq -r .rules) $(lines)" "kept $all"
suite_stop
check "held: right, too" grep -q '^ok' <(on desk "$BIN/bulwark-setup" check </dev/null)
check "released" on desk "$BIN/bulwarkctl" -r "$RUN" -b "$BIN" release

# a machine where loading is not permitted
echo "cgroup $LAB_CG" >"$ETC/bulwarkd.conf"
lab_spawn on desk setpriv --bounding-set=-bpf,-perfmon "$BIN/bulwarkd" -u -b "$BIN" -c "$ETC" -r "$RUN" -s "$STATE" \
	-p "$VENDOR" -g "$LAB_DIR/geo" </dev/null >>"$SUITE_LOG" 2>&1
SUITE=$SPAWNED
check "without privilege it serves" lab_wait 20 suite_serves
check "without privilege: status says why" test "$(says)" = \
	"Operation not permitted (CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN are needed at start)"
is "without privilege: no line" "$(lines)" 0
judges "without privilege"
suite_stop

# loaded, and of no use to intercept: the parent does not know of that
echo "cgroup $LAB_CG" >"$ETC/bulwarkd.conf"
lab_spawn on desk "$LAB_TOP/build/release/tests/lab/cookieless" "$BIN/bulwarkd" -u -b "$BIN" -c "$ETC" -r "$RUN" -s "$STATE" \
	-p "$VENDOR" -g "$LAB_DIR/geo" </dev/null >>"$SUITE_LOG" 2>&1
SUITE=$SPAWNED
check "intercept can't use it: it serves" lab_wait 20 suite_serves
is "intercept can't use it: it is loaded" "$(attached)" "$parts"
is "intercept can't use it: status says why" "$(says)" \
	"it is loaded, but intercept can't tell in which network namespace it is"
check "intercept can't use it: for people, too" grep -q '^kernel path *off, the queue decides everything: it is loaded, but' \
	<(ctl status)
judges "intercept can't use it"
kill -9 "$(suite_pid intercept)"
again() { [ "$(says)" = "it is loaded, but intercept can't tell in which network namespace it is" ] && suite_runs; }
check "so does a fresh one" lab_wait 10 again
suite_stop

printf 'stop release\n cgroup /proc\n' >"$ETC/bulwarkd.conf"
"$BIN/bulwarkd" -n -c "$ETC" 2>"$LAB_DIR/said"
is "a cgroup that is none is named" "$(cat "$LAB_DIR/said")" \
	"bulwarkd: $ETC/bulwarkd.conf:2:9: /proc: no folder of a cgroup2 hierarchy"
echo "stop release" >"$ETC/bulwarkd.conf"
lab_spawn on desk "$BIN/bulwarkd" -u -b "$BIN" -c "$ETC" -r "$RUN" -s "$STATE" -p "$VENDOR" -g "$LAB_DIR/geo" \
	</dev/null >>"$SUITE_LOG" 2>&1
SUITE=$SPAWNED
check "no cgroup named, in another network: it serves" lab_wait 20 suite_serves
is "no cgroup named: status" "$(says)" "bulwarkd.conf names no cgroup, and this is not the machine's first network"
suite_stop

echo "cgroup $LAB_CG" >"$ETC/bulwarkd.conf"
lab_spawn on desk unshare -p -f -m --mount-proc --kill-child "$BIN/bulwarkd" -u -b "$BIN" -c "$ETC" -r "$RUN" -s "$STATE" \
	-p "$VENDOR" -g "$LAB_DIR/geo" </dev/null >>"$SUITE_LOG" 2>&1
SUITE=$SPAWNED
beside() { on desk nsenter -t "$(pgrep -P "$SUITE")" -p -m "$@"; }
check "in a pid namespace of its own: it serves" lab_wait 20 suite_serves
is "in a pid namespace of its own: status" "$(says)" "in a pid namespace of its own processes have other numbers than the kernel's"
fresh
check "in a pid namespace of its own: the permitted" beside "$ALLOWED" once tcp "$F4" 7
fresh
refused_beside() { ! beside "$DENIED" once tcp "$F4" 7; }
check "in a pid namespace of its own: not the forbidden" refused_beside
suite_stop
exit 0
