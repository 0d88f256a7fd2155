#!/bin/bash
# The command lab, for people: what it runs is where the suite's part in the kernel sees it, and nothing is left.
# No sanitizers: nothing of the suite runs here
. "$(dirname "$0")/../lab/lib.sh"

lab_begin
NAME=t$$
lab() { "$LAB_TOP/tests/lab/lab" "$@"; }
check "it is up" lab up $NAME
check "it is listed" grep -qx $NAME <(lab list)
is "a program there reaches the Internet" "$(lab run $NAME desk curl -sS -m 5 "http://$INET4/")" "hello from inet"
cgroup=$(cat "/run/bulwark-lab/$NAME/cgroup")
is "it is in the lab's cgroup" "$(lab run $NAME desk sed -n 's/^0:://p' /proc/self/cgroup)" "${cgroup#"$(lab_cgroup_root)"}"
check "it goes" lab down $NAME
check "and nothing is left" test ! -e "/run/bulwark-lab/$NAME" -a ! -e "$cgroup" -a ! -e "/run/netns/$NAME-desk"
