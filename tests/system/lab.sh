#!/bin/bash
# The command lab, for people: what it runs is where the suite's part in the kernel sees it, the suite in it
# resolves the lab's names, and nothing is left.
# No sanitizers: what is tested here is the lab
. "$(dirname "$0")/../lab/lib.sh"

lab_begin
NAME=t$$
lab() { "$LAB_TOP/tests/lab/lab" "$@"; }
check "it is up" lab up $NAME
check "it is listed" grep -qx $NAME <(lab list)
is "a program there reaches the Internet" "$(lab run $NAME desk curl -sS -m 5 "http://$INET4/")" "hello from inet"
cgroup=$(cat "/run/bulwark-lab/$NAME/cgroup")
is "it is in the lab's cgroup" "$(lab run $NAME desk sed -n 's/^0:://p' /proc/self/cgroup)" "${cgroup#"$(lab_cgroup_root)"}"
echo "nameserver $STRANGER4" >"$LAB_DIR/resolv.conf" # this machine's, which is nothing to the lab
"$LAB_TOP/tests/lab/lab" suite $NAME </dev/null >"$LAB_DIR/lab-suite.log" 2>&1 &
suite=$!
RUN=/run/bulwark-lab/$NAME/run
check "a suite runs in it" lab_wait 20 suite_runs
is "a program there has its names from it" "$(lab run $NAME desk curl -sS -m 10 http://www.example.org/)" "hello from inet"
is "its resolver asks the lab's server" "$(ctl dns servers --json | jq -r 'select(.server) | .server')" "$DNS4"
kill -TERM $suite
check "it ends in order" wait $suite
check "it goes" lab down $NAME
check "and nothing is left" test ! -e "/run/bulwark-lab/$NAME" -a ! -e "$cgroup" -a ! -e "/run/netns/$NAME-desk"
