#!/bin/bash
# Who asks a group is answered by neighbours that conntrack cannot know: after each question, also
# after one that the same socket repeats long after its first (SSDP, mDNS). And programs of this
# machine hear each other there, if their profiles permit.
# No sanitizers, both paths: no code that others don't run with them.
# Beside others: a minute of waiting for answers.
. "$(dirname "$0")/../lab/lib.sh"

PYTHON=$(readlink -f /usr/bin/python3)
SCRIPT=$LAB_TOP/tests/lab/group.py

answers() { # HOST NAME PROGRAM GROUP PORT
	lab_spawn on "$1" "$3" "$SCRIPT" answer "$4" "$5" </dev/null >"$LAB_DIR/$2.out"
	lab_wait 5 grep -q ready "$LAB_DIR/$2.out"
}
ask() { # GROUP PORT PAUSE
	on desk "$PYTHON" "$SCRIPT" ask "$@" 2>&1
}
heard() { grep -c heard "$LAB_DIR/$1.out"; }

lab_begin
talkers
for name in plain served shut; do cp "$PYTHON" "$LAB_DIR/$name"; done
profile asker "$PYTHON" "flags localnet"
profile served "$LAB_DIR/served" "flags localnet service"
profile shut "$LAB_DIR/shut" "flags localnet"
suite_start
port=1900
for group in 239.255.77.77 ff15::7777; do
	answers stranger "stranger$port" "$PYTHON" $group $port
	is "$group: answers to three questions by one socket, none to another socket" "$(ask $group $port 6)" 1110
	is "$group: questions that the neighbour got" "$(heard stranger$port)" 3
	for name in plain served shut; do
		port=$((port + 1))
		answers desk "$name$port" "$LAB_DIR/$name" $group $port
		check "$group: asked beside $name" ask $group $port 0.1
		wanted=3
		[ $name != shut ] || wanted=0
		is "$group: questions that $name got" "$(heard "$name$port")" $wanted
	done
	port=$((port + 1))
done
