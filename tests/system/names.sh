#!/bin/bash
# Questions for names: whatever server a program asks, resolverd gets the question, judges it by
# who asks, and asks the machine's resolver itself; the wire shows nothing else. What it told a
# program decides on that program's connections. Without resolverd nobody is answered.
. "$(dirname "$0")/../lab/lib.sh"

dug() { on desk dig +short +time=2 +tries=1 "$@" 2>/dev/null | grep -v '^;'; }
status_of() { on desk dig +time=2 +tries=1 "$@" 2>&1 | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
reaches() { on desk "$1" -s -o /dev/null --max-time 3 "http://$2/"; }
refused() { ! reaches "$@"; }
answers() { [ "$(dug "$1")" = "$INET4" ]; }
says_list() { on desk dig ads.example | grep -q 'list "ads", line 1'; }
no_alarm() { ! told_now '.type == "notice" and (.text | test("taken over"))'; }
conf() { put "$ETC/bulwark.conf"; }
PYTHON=$(readlink -f "$(python3 -c 'import sys; print(sys.executable)')")
FORKED='
import os, socket, sys, time
a = socket.getaddrinfo("one.example", 80, socket.AF_INET)[0][4]
time.sleep(2.2)
if os.fork() == 0:
	socket.create_connection(a, 3)
	os._exit(0)
sys.exit(os.wait()[1])'
refused_to_curl() {
	! on desk "$PYTHON" -c 'import os, socket
socket.getaddrinfo("one.example", 80)
os.execv("'"$LAB_DIR/curl2"'", ["curl2", "-s", "-o", "/dev/null", "--max-time", "3", "http://9.9.1.1/"])'
}

# Asks for 200 names below silent.example a second.
ASKS='
import os, socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("9.9.9.9", 53))
n = 0
while True:
	n += 1
	name = b"n%dp%d" % (n, os.getpid())
	s.send(b"\0\1\1\0\0\1\0\0\0\0\0\0" + bytes([len(name)]) + name + b"\6silent\7example\0\0\1\0\1")
	time.sleep(0.005)'
as_nobody() { on desk env PYTHONHOME=/usr setpriv --reuid=65534 --clear-groups "$@"; }
user_is_full() { as_nobody "$LAB_DIR/dig2" +time=1 +tries=1 x.silent.example 2>&1 | grep -q "of this user wait"; }

# The answer to again.example is a new one, and no question waited for it: each was answered from what is kept.
questions() { jq -c 'select(.type == "question" and .name == "again.example") | .cached' "$MONITOR"; }
all_told() { [ "$(questions | wc -l)" = "$ASKED" ]; }
comes_anew() {
	local was=$TTL waited=$WAITED
	TTL=$(on desk dig +noall +answer +time=2 +tries=1 again.example | awk '{ print $2 }')
	ASKED=$((ASKED + 1))
	lab_wait 3 all_told
	WAITED=$(questions | grep -c false)
	[ "$TTL" -gt "$was" ] && [ "$WAITED" = "$waited" ]
}

# mark, then: packets from the desk since then
mark() { MARK=$(wire_count "ip or ip6"); }
sent() { sleep 0.1; wire_show "ip or ip6" | tail -n +$((MARK + 1)) | grep -cE "IP6? ($DESK4|$DESK6)\.[0-9]+ > ($1)[.:]"; }

lab_begin
wire_start
# The lab's resolver gives one address for everything; these are three names with three.
lab_daemon dnsmasq-desk inet dnsmasq -k -C /dev/null --local-ttl=1 --no-resolv --no-hosts --user=root --port=5353 \
	--address=/one.example/9.9.1.1 --address=/two.example/9.9.1.2 --address=/inner.example/10.1.2.3 \
	--cname=alias.example,ads.example --host-record=ads.example,9.9.1.9 --pid-file= --log-facility=-
for program in curl2 curl3; do cp "$(readlink -f /usr/bin/curl)" "$LAB_DIR/$program"; done
cp /usr/bin/dig "$LAB_DIR/dig2"
conf <<-E
	level dynamic
E
profile dig /usr/bin/dig "$OPEN"
profile dig2 "$LAB_DIR/dig2" "$OPEN"
suite_start
monitor_start

# every way to a server
mark
is "the machine's own resolver" "$(dug www.example.org)" "$INET4"
is "any other server: the same answer" "$(dug @9.9.9.9 www.example.org)" "$INET4"
is "over IPv6" "$(dug @2a00:1::99 www.example.org)" "$INET4"
is "over TCP" "$(dug +tcp @9.9.9.9 www.example.org)" "$INET4"
is "AAAA" "$(dug @9.9.9.9 AAAA www.example.org)" "$INET6"
is "nothing goes elsewhere" "$(sent "9.9.9.9|2a00:1::99")" 0
least "the machine's resolver is asked" "$(sent "$DNS4")" 1
check "the monitor says nameserver" told 2 ".verdict == \"nameserver\" and .dst == \"9.9.9.9\""

# special names stay here
mark
is "localhost" "$(dug @9.9.9.9 localhost)" 127.0.0.1
is "an onion name" "$(status_of @9.9.9.9 abc.onion)" NXDOMAIN
is "the browser's canary" "$(status_of use-application-dns.net)" NXDOMAIN
is "a name of the local network does not go to a public server" "$(status_of printer.local)" NXDOMAIN
is "nor does a single label" "$(status_of printer)" NXDOMAIN
is "none of these is on the wire" "$(sent "$DNS4")" 0

# programs: who may not ask
profile dig /usr/bin/dig "default deny"
suite_settle
# with a port from which another program, that may ask all, asked just before
told_to=''
for i in 1 2 3 4 5 6 7 8 9 10; do
	told_to+=" $(on desk "$LAB_DIR/dig2" -b 0.0.0.0#$((20000 + i)) +short +time=2 +tries=1 @9.9.9.9 www.example.org)"
	told_to+=/$(dug -b 0.0.0.0#$((20000 + i)) @9.9.9.9 www.example.org)
done
is "a port that was another program's brings no answer" "$(tr ' ' '\n' <<<"$told_to" | sort | uniq -c | tr -s ' \n' ' ')" \
	" 1 10 $INET4/ "
mark
is "a program that may nothing" "$(status_of www.example.org)" NXDOMAIN
is "its questions go nowhere" "$(sent "$DNS4")" 0
profile dig /usr/bin/dig "$OPEN" "rules {" "deny domain .two.example" "}"
suite_settle
is "a denied domain" "$(status_of www.two.example)" NXDOMAIN
is "another one" "$(dug www.one.example)" "$INET4"
profile dig /usr/bin/dig "$OPEN"

# a resolver of bulwark.conf; rules by domain on connections
conf <<-E
	level dynamic
	resolver "udp://$INET4:5353"
	list "ads" file "$ETC/ads.hosts" tag ads
E
echo "0.0.0.0 ads.example" >"$ETC/ads.hosts"
profile curl /usr/bin/curl "flags internet" "connect-ports { tcp/80 }" "default deny" "rules {" \
	"allow domain one.example" "}"
profile curl2 "$LAB_DIR/curl2" "flags internet" "default deny" "rules {" "allow domain two.example" "}"
profile python "$PYTHON" "flags internet" "default deny" "rules {" "allow domain one.example" "}"
profile curl3 "$LAB_DIR/curl3" "flags internet directconnect"
suite_settle
mark
is "the resolver of bulwark.conf is asked" "$(dug one.example)" 9.9.1.1
least "at its port" "$(wire_count "dst host $INET4 and udp dst port 5353")" 1
is "and no other" "$(sent "$DNS4")" 0
check "curl reaches the name that its rule allows, though its ports do not list 53" \
	reaches /usr/bin/curl one.example
check "another name is refused" refused /usr/bin/curl two.example
check "curl2 reaches its own" reaches "$LAB_DIR/curl2" two.example
check "an address that only another program asked a name for has no name for this one" \
	refused "$LAB_DIR/curl2" 9.9.1.1
check "a name holds past its time, and in a fork" on desk "$PYTHON" -c "$FORKED"
check "not in another program that it starts" refused_to_curl
check "the monitor names the connection" told 3 '.dst == "9.9.1.1" and .verdict == "accept"'
is "a name on a list" "$(status_of ads.example)" NXDOMAIN
is "an alias of one" "$(status_of alias.example)" NXDOMAIN
check "which list and line is said" says_list
is "a private address for a public name" "$(status_of inner.example)" NXDOMAIN

# what is about to end is asked for again while it is given
lab_daemon dnsmasq-again inet dnsmasq -k -C /dev/null --local-ttl=11 --no-resolv --no-hosts --user=root --port=5355 \
	--address=/again.example/9.9.1.5 --pid-file= --log-facility=-
conf <<-E
	level dynamic
	resolver "udp://$INET4:5353"
	resolver "udp://$INET4:5355?search=again.example"
E
suite_settle
TTL=99 WAITED=0 ASKED=0
check "an answer comes anew before its end" lab_wait 40 comes_anew

# direct connections at Secure
conf <<-E
	level secure
	resolver "udp://$INET4:5353"
E
profile curl2 "$LAB_DIR/curl2" "flags internet"
suite_settle
check "by name, at Secure" reaches "$LAB_DIR/curl2" two.example
check "by address without directconnect: refused" refused "$LAB_DIR/curl2" 9.9.1.7
check "by address with directconnect" reaches "$LAB_DIR/curl3" 9.9.1.7

# a client that waits no longer than its server is silent
on inet iptables -A INPUT -p udp --dport 5354 -j DROP
conf <<-E
	level dynamic
	resolver "udp://$INET4:5354"
E
suite_settle
is "a silent server" "$(dug silent.example.org)" ""
sleep 3
check "the answer that nobody waits for is no alarm" no_alarm

# a user who asks by many programs leaves room for others
conf <<-E
	level dynamic
	resolver "udp://$INET4:5353"
	resolver "udp://$INET4:5354?search=silent.example"
E
cp /usr/bin/dig "$LAB_DIR/dig2"
profile dig2 "$LAB_DIR/dig2" "$OPEN"
for i in 1 2 3; do
	cp "$PYTHON" "$LAB_DIR/asks$i"
	profile "asks$i" "$LAB_DIR/asks$i" "$OPEN"
done
suite_settle
ASKING=()
for i in 1 2 3; do
	lab_spawn as_nobody "$LAB_DIR/asks$i" -c "$ASKS" </dev/null >/dev/null 2>&1
	ASKING+=("$SPAWNED")
done
check "many programs of one user: no more of its questions wait" lab_wait 10 user_is_full
is "another user is answered" "$(dug new.one.example)" 9.9.1.1
kill -KILL "${ASKING[@]}"

# resolverd is lost
conf <<-E
	level dynamic
E
suite_settle
dug warm.example.org >/dev/null
mark
from=$(now_ms)
kill -KILL "$(suite_pid resolverd)"
lab_wait 5 answers after.example.org
soon "answers again after resolverd was killed" $(($(now_ms) - from)) 1500
kill -STOP "$(suite_pid resolverd)"
mark
is "resolverd stopped: no answer" "$(dug +time=1 @9.9.9.9 stopped.example.org)" ""	# before there is a fresh one
is "and nothing goes there" "$(sent 9.9.9.9)" 0
# A fresh one, which comes for the stopped one, asks what that server offers, and nothing else.
is "nor is that name asked anywhere" "$(tcpdump -r "$WIRE" -nn -A 2>/dev/null | grep -ci stopped)" 0
