#!/bin/bash
# What a stop takes back: rules, marks, sockets; what others had there stays as it was. After a
# SIGKILL of everything "bulwarkctl release" does it; "stop hold" keeps the machine closed.
. "$(dirname "$0")/../lab/lib.sh"

# Every rule of every table, without counters and without tables that hold nothing.
rules_now() {
	local t
	for t in iptables-save ip6tables-save; do
		on desk $t | sed 's/\[[0-9:]*\]//' | grep -E '^(-|:[^ ]+ -|\*)' | grep -v '^\*'
	done
	on desk nft list ruleset | grep -c bulwark
	on desk ip rule
}
# Conntrack entries that carry a verdict of ours.
nibbles() {
	on desk conntrack -L 2>/dev/null | awk '{ for (i = 1; i <= NF; i++)
		if (sub(/^mark=/, "", $i) && int($i / 16777216) % 16) n++ } END { print n + 0 }'
}
open_again() { fresh; on desk "$DENIED" once tcp "$F4" 7 && on desk "$DENIED" once udp "$F6" 7; }
closed() { fresh; ! on desk "$DENIED" once tcp "$F4" 7; }

user_status() { on desk setpriv --reuid 65534 --regid 65534 --clear-groups "$LAB_DIR/bulwarkctl" -r "$RUN" status; }

lab_begin
cp "$BIN/bulwarkctl" "$LAB_DIR/bulwarkctl"
talkers
# rules of somebody else, with marks of their own
on desk iptables -A INPUT -p tcp --dport 9 -j ACCEPT
on desk ip6tables -t mangle -A OUTPUT -p udp --dport 99 -j MARK --set-mark 0x55
on desk iptables -t nat -A POSTROUTING -o c0 -j MASQUERADE
on desk nft add table inet other
on desk nft add chain inet other c
rules_now >"$LAB_DIR/before"
suite_start
monitor_start
fresh
check "permitted" on desk "$ALLOWED" once tcp "$F4" 7
check "forbidden" closed
least "accepted flows are marked" "$(nibbles)" 1
suite_stop
rules_now >"$LAB_DIR/after"
check "rules are as before" diff "$LAB_DIR/before" "$LAB_DIR/after"
is "no mark is left" "$(nibbles)" 0
is "no socket is left" "$(find "$RUN" -type s | wc -l)" 0
check "everything talks again" open_again

# twice the same
suite_start
check "started again it is closed" closed
on desk iptables-save >"$LAB_DIR/rules1"
mapfile -t pids < <(suite_pids)
kill -9 "${pids[@]}"
pause 0.3
check "killed, it stays closed" closed
check "no process is left" lab_wait 3 bash -c "! kill -0 ${pids[*]} 2>/dev/null"
ctl status >"$LAB_DIR/status" 2>&1
check "status says that the rules stand" grep -q "its rules still stand: nothing new passes" "$LAB_DIR/status"
user_status >"$LAB_DIR/status" 2>&1
check "a user is told that they may" grep -q "its rules may still stand" "$LAB_DIR/status"
check "release" ctl release
ctl status >"$LAB_DIR/status" 2>&1
if grep -q "rules" "$LAB_DIR/status"; then fail "status speaks of rules"; else pass "released, no rules are spoken of"; fi
rules_now >"$LAB_DIR/after"
check "rules are as before the killed suite" diff "$LAB_DIR/before" "$LAB_DIR/after"
is "no mark is left after release" "$(nibbles)" 0
check "everything talks after release" open_again
check "release with nothing there is no error" ctl release

echo "stop hold" >"$ETC/bulwarkd.conf"
suite_start
suite_stop
check "stop hold: closed" closed
ctl status >"$LAB_DIR/status" 2>&1
check "status says that they are held" grep -q "stopped with 'stop hold'" "$LAB_DIR/status"
check "started over held rules" suite_start
check "permitted talks" on desk "$ALLOWED" once tcp "$F4" 7
echo "stop release" >"$ETC/bulwarkd.conf"
suite_stop
ctl release
rules_now >"$LAB_DIR/after"
check "rules are as before in the end" diff "$LAB_DIR/before" "$LAB_DIR/after"
