#!/bin/bash
# nss-resolve, which asks systemd-resolved by its socket and so hides who asks: while the suite runs
# it asks resolverd there, and policyd knows the asker; afterwards the socket is as it was, also where
# everything was killed.
. "$(dirname "$0")/../lab/lib.sh"

PLACE=/run/systemd/resolve SOCKET=$PLACE/io.systemd.Resolve NSS=$LAB_TOP/build/nss
OLD=9.9.7.7

# ask PROGRAM NAME: the first address, by nss-resolve and, if that is not there, by DNS
ask() {
	on desk env LD_LIBRARY_PATH="$NSS" timeout 10 "$1" ahostsv4 "$2" 2>/dev/null |
		sed -n '1s/ .*//p'
}
answers() { [ "$(ask "$1" "$2")" = "$3" ]; }
asked_by() {
	told 3 ".type == \"question\" and .name == \"$1\" and .process.path == \"$2\" and .proto == \"unix\""
}
inode() { stat -c %i "$SOCKET"; }
as_it_was() { [ "$(inode)" = "$WAS" ] && [ "$(ls "$PLACE")" = io.systemd.Resolve ]; }
ours() { [ "$(inode)" != "$WAS" ]; }
kill_all() { suite_pids | xargs kill -KILL; lab_wait 5 suite_gone; }

another() { [ -S "$SOCKET" ] && [ "$(inode)" != "$1" ]; }

# Stands for systemd-resolved: one address for whatever is asked. Its socket replaces what is there.
resolved() {
	local before
	before=$(inode 2>/dev/null)
	lab_spawn on desk python3 -c '
import json, os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1] + "-"); os.chmod(sys.argv[1] + "-", 0o666); s.listen(9)
os.rename(sys.argv[1] + "-", sys.argv[1])
while True:
	c, _ = s.accept()
	if c.recv(65536):
		a = [int(n) for n in sys.argv[2].split(".")]
		c.send(json.dumps({"parameters": {"addresses": [{"family": 2, "address": a}],
			"name": "old.example", "flags": 1}}).encode() + b"\0")
	c.close()' "$SOCKET" $OLD </dev/null >"$LAB_DIR/resolved.log" 2>&1
	lab_wait 5 another "$before"
}

lab_begin
[ -e "$NSS/libnss_resolve.so.2" ] || die "no nss-resolve: tests/deps"
mkdir -p $PLACE
mount -t tmpfs -o mode=755 tmpfs $PLACE
printf 'hosts: resolve [!UNAVAIL=return] dns\n' >"$LAB_DIR/nsswitch.conf"
touch -a /etc/nsswitch.conf
mount --bind "$LAB_DIR/nsswitch.conf" /etc/nsswitch.conf
getent=$(readlink -f /usr/bin/getent)
for program in denied some; do cp "$getent" "$LAB_DIR/$program"; done

resolved
WAS=$(inode)
is "before: systemd-resolved answers" "$(ask "$getent" www.example.org)" $OLD
printf 'stop release\nresolved-socket take\n' >"$ETC/bulwarkd.conf"
profile getent "$getent" "$OPEN" "default permit"
profile denied "$LAB_DIR/denied" "default deny"
profile some "$LAB_DIR/some" "$OPEN" "default deny" "rules {" "allow domain one.example" "}"
suite_start
monitor_start

check "the suite has its place" ours
# Until whod has looked around, the answer may take too long on a slow machine, and DNS is asked.
by_socket() {
	ask "$getent" "$1" >/dev/null
	told_now ".type == \"question\" and .name == \"$1\" and .process.path == \"$getent\" and .proto == \"unix\""
}
check "it is asked there" lab_wait 5 by_socket first.example.org
is "the suite answers" "$(ask "$getent" www.example.org)" "$INET4"
check "the asker is the program itself" lab_wait 3 by_socket www.example.org
is "IPv6" "$(on desk env LD_LIBRARY_PATH="$NSS" timeout 10 "$getent" ahostsv6 six.example.org |
	sed -n '1s/ .*//p')" "$INET6"
is "a program that may nothing" "$(ask "$LAB_DIR/denied" www.example.org)" ""
check "that was its question" asked_by www.example.org "$LAB_DIR/denied"
is "one that may a name" "$(ask "$LAB_DIR/some" one.example)" "$INET4"
is "but not another" "$(ask "$LAB_DIR/some" two.example)" ""
check "which it asked" asked_by two.example "$LAB_DIR/some"
is "the name that another may" "$(ask "$getent" two.example)" "$INET4"
is "localhost" "$(on desk env LD_LIBRARY_PATH="$NSS" timeout 10 "$getent" ahostsv4 localhost |
	sed -n '1s/ .*//p')" 127.0.0.1

# A connection whose end another program holds, too, is nobody's: it is closed, and who asks by DNS
# then is known by its own socket.
cp "$(readlink -f /usr/bin/sleep)" "$LAB_DIR/holder"
profile python "$(readlink -f /usr/bin/python3)" "$OPEN" "default permit"
cat >"$LAB_DIR/ask.py" <<'P'
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
if len(sys.argv) > 2:
	s.set_inheritable(True)
	pid = os.posix_spawn(sys.argv[2], [sys.argv[2], "3"], os.environ)
	time.sleep(0.5)
s.connect(sys.argv[1])
s.sendall(b'{"method":"io.systemd.Resolve.ResolveHostname","parameters":{"name":"hand.example","family":2}}\0')
print(s.recv(9999).decode().strip("\0"))
P
suite_settle
by_hand() { on desk timeout 10 python3 "$LAB_DIR/ask.py" "$SOCKET" "$@" 2>&1; }
is "a call by hand" "$(by_hand | jq -c .parameters.addresses)" '[{"family":2,"address":[9,9,0,10]}]'
is "with the connection held by another program, too" "$(by_hand "$LAB_DIR/holder")" ""

# Who connected does not count: the program that a process became by exec does.
cp "$(readlink -f /usr/bin/python3)" "$LAB_DIR/became"
profile became "$LAB_DIR/became" "default deny"
cat >"$LAB_DIR/become.py" <<'P'
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.set_inheritable(True)
ask = """import socket
s = socket.socket(fileno=%d)
s.sendall(b'{"method":"io.systemd.Resolve.ResolveHostname","parameters":{"name":"became.example"}}\\0')
print(s.recv(9999).decode().strip(chr(0)))"""
os.execv(sys.argv[2], [sys.argv[2], "-c", ask % s.fileno()])
P
suite_settle
is "a program that another one became after it had connected" \
	"$(on desk timeout 10 python3 "$LAB_DIR/become.py" "$SOCKET" "$LAB_DIR/became" 2>&1)" \
	'{"error":"io.systemd.Resolve.DNSError","parameters":{"rcode":3}}'
check "it is its question" asked_by became.example "$LAB_DIR/became"

# resolverd anew; systemd-resolved anew; the end
kill -KILL "$(suite_pid resolverd)"
check "answers again after resolverd was killed" lab_wait 5 answers "$getent" after.example.org "$INET4"
resolved
WAS=$(inode)
check "the place is taken again when systemd-resolved started anew" lab_wait 9 ours
is "the suite answers then" "$(ask "$getent" again.example.org)" "$INET4"
check "the audit finds what the table promises" audits
mount -t tmpfs -o mode=755 tmpfs $PLACE	# its folder, too, made anew
resolved
WAS=$(inode)
check "the place is taken in another folder" lab_wait 9 ours
check "the suite answers there" lab_wait 9 answers "$getent" folder.example.org "$INET4"
check "the audit finds the same" audits
suite_stop
check "after a stop all is as it was" as_it_was
is "systemd-resolved answers" "$(ask "$getent" www.example.org)" $OLD

suite_start
check "taken at the next start" ours
kill_all
check "all killed: nobody answers there" ours
ctl -b "$BIN" release >/dev/null
check "release puts it back" as_it_was
is "systemd-resolved answers after the release" "$(ask "$getent" www.example.org)" $OLD
suite_start
kill_all
suite_start
is "the next start takes it" "$(ask "$getent" www.example.org)" "$INET4"
suite_stop
check "and its end puts back what was there at first" as_it_was
rm $SOCKET
suite_start
is "nothing was there: the suite answers" "$(ask "$getent" www.example.org)" "$INET4"
suite_stop
is "and nothing is there" "$(ls $PLACE)" ""
