#!/bin/bash
# The installed suite under systemd, in the machine's own network namespace: starts, is restarted
# after its parent's death and closed in between, and takes everything back when stopped.
# Only for a machine that may be cut off: refuses to run outside the tests' virtual machine.
# shellcheck disable=SC2317
set -u
grep -q '^VM_KERNEL=' /etc/bulwark-tests 2>/dev/null || { echo "not ok service: only in the virtual machine"; exit 1; }
if [ -z "${VM_OWN_NET:-}" ]; then	# tests/run gives namespaces of their own: back to the first ones
	VM_OWN_NET=1 exec nsenter -t 1 -n -m -- "$(realpath "$0")"
fi
CURL=(curl -s -m 3 -o /dev/null)

ok() { echo "ok service: $*"; }
not_ok() { echo "not ok service: $*"; }
check() { local t=$1; shift; if "$@"; then ok "$t"; else not_ok "$t"; fi; }
wait_for() { local i; for ((i = 0; i < $1 * 5; i++)); do ! "${@:2}" || return 0; sleep 0.2; done; return 1; }
whole() { bulwarkctl status --json 2>/dev/null | jq -e '(.processes | length >= 6) and all(.processes[]; .state == "running")' >/dev/null; }
told_events() { [ "$(bulwarkctl status --json | jq .attribution.events)" = true ]; }
fetch() { "${CURL[@]}" http://9.9.0.1/; }
place=/run/systemd/resolve/io.systemd.Resolve
as_it_was() { [ "$(stat -c %i $place)" = "$was" ] && [ "$(ls /run/systemd/resolve)" = io.systemd.Resolve ]; }
ours() { [ "$(stat -c %i $place)" != "$was" ]; }
unattached() { ! bpftool -j cgroup show /sys/fs/cgroup | grep -q '"connected4"'; }
rules() { iptables-save | grep -c BW-; }

ip link set lo up
ip netns add far
ip link add v0 type veth peer name v0 netns far
ip addr add 192.168.77.2/24 dev v0
ip link set v0 up
ip -n far link set lo up
ip -n far addr add 192.168.77.1/24 dev v0
ip -n far addr add 9.9.0.1/32 dev lo
ip -n far link set v0 up
ip route add default via 192.168.77.1
mkdir -p /run/far
ip netns exec far python3 -m http.server -d /run/far -b 9.9.0.1 80 </dev/null >/dev/null 2>&1 &
server=$!
# As systemd-resolved has it: a folder of its own user.
install -d -o nobody /run/systemd/resolve
setpriv --reuid=nobody --clear-groups python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' $place
was=$(stat -c %i $place)
check "the suite's users are made" systemd-sysusers
systemctl daemon-reload
check "systemd knows each key of the unit" test -z "$(systemd-analyze verify --man=no bulwark.service 2>&1 | tee /dev/stderr)"
check "it is never given up" test "$(systemctl show -p StartLimitIntervalUSec --value bulwark)" = 0
check "the network works before" wait_for 10 fetch
check "systemctl start" systemctl start bulwark
systemctl -q is-active bulwark || journalctl --no-pager -u bulwark -n 40 | sed 's/^/# /'
check "all processes run" wait_for 60 whole
check "active" systemctl -q is-active bulwark
check "it works" wait_for 20 fetch
check "bytes are counted" test "$(sysctl -n net.netfilter.nf_conntrack_acct)" = 1
check "systemd-resolved's socket gives way" ours
check "exec and exit events" wait_for 10 told_events
check "audit" bulwarkctl audit
check "the kernel path is on, for the whole machine" test "$(bulwarkctl status --json | jq -c .kernel)" = '{"on":true,"why":""}'
check "port 53 is resolverd's" test "$(bulwarkctl status --json | jq '[.problems[]? | tostring | select(test("port 53"))] | length')" = 0
bulwarkctl status --json | jq -c '[.processes[] | {name, uid, landlock_abi, rss_kib}]' | sed 's/^/# /'
main=$(systemctl show -p MainPID --value bulwark)
kill -9 "$main"
sleep 0.2
check "the rules stay when the parent is killed" test "$(rules)" -gt 0
check "systemd starts it again" wait_for 60 whole
check "another process" test "$(systemctl show -p MainPID --value bulwark)" != "$main"
check "it works again" wait_for 20 fetch
check "systemctl reload or restart" systemctl restart bulwark
check "all processes run again" wait_for 60 whole
check "systemctl stop" systemctl stop bulwark
check "no rule is left" test "$(rules)" = 0
check "nor any program at the top of the cgroups" wait_for 5 unattached
check "systemd-resolved's socket is back" as_it_was
check "it works afterwards" wait_for 10 fetch
kill $server
ip link del v0
ip netns del far
