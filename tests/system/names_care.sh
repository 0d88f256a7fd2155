#!/bin/bash
# Care for names: the suite looks itself whether packets and questions still come to it, and says
# what stands in the way; its own question never leaves the machine. What blocked names get.
# Beside others: what comes once a minute is waited for.
. "$(dirname "$0")/../lab/lib.sh"

NOWHERE=198.51.100.17	# proto/names.h, NAMES_NOWHERE

dug() { on desk dig +short +time=2 +tries=1 "$@" 2>/dev/null | grep -v '^;'; }
status_of() { on desk dig +time=2 +tries=1 "$@" 2>&1 | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
problems_have() { ctl status --json | jq -e --arg t "$1" '.problems | any(contains($t))' >/dev/null; }
problems_lack() { ! problems_have "$1"; }
conf() { put "$ETC/bulwark.conf"; }
# Other questions of resolverd may be led to another resolver by its rule: ours is known by its name.
nowhere_on_wire() { wire_show "host $NOWHERE or udp port 53 or tcp port 53" | grep -ciE "$NOWHERE|bulwark\.invalid"; }
# The shortest time from one of the suite's questions to itself to the next, in seconds; 60 if only one was told.
tries_apart() {
	jq -s '[.[] | select(.type == "event" and .dst == "'$NOWHERE'") | .time_us] | sort |
		[.[1:], .[:-1]] | transpose | map((.[0] - .[1]) / 1000000 | floor) | min // 60' "$MONITOR"
}
restart_resolverd() { kill -KILL "$(suite_pid resolverd)"; }

# As resolverd/selfcheck.c sends it; without any rules.
send_nowhere() {
	on desk python3 - "$NOWHERE" <<-E
		import socket, sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.setsockopt(socket.SOL_SOCKET, 62, 1)	# SO_BINDTOIFINDEX, lo
		s.bind(("127.0.0.1", 0))
		s.connect((sys.argv[1], 53))
		s.send(b"question")
	E
}

LAB_TTL=300 # seconds: what is answered is kept
lab_begin
wire_start
profile dig /usr/bin/dig "$OPEN"
check "the suite's question to itself can be sent without any rules" send_nowhere
is "and leaves the machine nowhere" "$(nowhere_on_wire)" 0

# another program has the port
lab_daemon taker desk dnsmasq -k -C /dev/null --no-resolv --no-hosts --user=root --bind-interfaces \
	--listen-address=127.0.0.17 --address=/#/9.9.1.66 --pid-file= --log-facility=-
TAKER=$SPAWNED
lab_wait 5 bash -c 'nsenter --net="$1" dig +short +time=1 +tries=1 @127.0.0.17 x.example | grep -q .' _ "$(ns desk)"
suite_start
check "status names the program that has the port" lab_wait 3 problems_have "dnsmasq["
check "and the address" problems_have "has port 53 of 127.0.0.17 (udp)"
suite_stop
kill -KILL "$TAKER"

# all is well
suite_start
monitor_start
check "once a minute a question goes out to nowhere and comes to the queue" \
	told 12 '.type == "event" and .dst == "'$NOWHERE'" and .verdict == "nameserver" and .reason.check == 1'
check "all is well" ctl status --check

# what a blocked name gets: three ways, each with the list that says so
echo "0.0.0.0 ads.example" >"$ETC/ads.hosts"
blocked_as() { # [VALUE]
	conf <<-E
		level dynamic
		list "ads" file "$ETC/ads.hosts" tag ads
		${1:+set blocked-answer { dynamic $1 \}}
	E
	suite_settle
}
additional() { on desk dig +time=2 +tries=1 "$@" | grep -E '^ads\.example\.[[:space:]]+[0-9]+[[:space:]]+IN[[:space:]]+TXT'; }
yaml_has() { on desk dig +yaml +time=2 +tries=1 ads.example A | grep -qF "ads.example. 10 IN TXT \"list \\\"ads\\\", line 1\""; }
extended() { on desk dig +time=2 +tries=1 ads.example | grep -q 'EDE: 15 (Blocked): (list "ads", line 1)'; }
getent_says() { on desk getent ahosts ads.example | awk '{ print $1 }' | sort -u | tr '\n' ' '; }
allowed getent /usr/bin/getent
mv "$ETC/ads.hosts" "$ETC/later"
blocked_as
check "a list without its file: status says so" problems_have "bulwark.conf:2: list \"ads\": $ETC/ads.hosts is not read: No such file"
check "so does the check before" grep -q "bulwark.conf:2: warning: $ETC/ads.hosts can't be opened" <(ctl profile check "$ETC/bulwark.conf" 2>&1)
printf '<html>\n<p>not found</p>\n' | put "$ETC/ads.hosts"
check "a file that is no list: status says so" lab_wait 5 problems_have "list \"ads\": more in it is wrong than right"
mv "$ETC/later" "$ETC/ads.hosts"
check "until it is one" lab_wait 5 problems_lack "list \"ads\""
is "blocked: no such name" "$(status_of ads.example)" NXDOMAIN
check "with an extended error" extended
check "and a record that says why" [ "$(additional ads.example | wc -l)" = 1 ]
check "as dig's YAML, too" yaml_has
check "also over TCP" [ "$(additional +tcp ads.example | wc -l)" = 1 ]
check "and without EDNS" [ "$(additional +noedns ads.example | wc -l)" = 1 ]
is "the C library finds nothing" "$(getent_says)" ""
blocked_as zero
is "zero: A" "$(dug ads.example)" 0.0.0.0
is "zero: AAAA" "$(dug AAAA ads.example)" ::
is "zero: nothing of other types" "$(status_of MX ads.example)/$(dug MX ads.example)" NOERROR/
check "with the record" [ "$(additional ads.example | wc -l)" = 1 ]
is "the C library takes the addresses" "$(getent_says)" "0.0.0.0 :: "
blocked_as refused
is "refused" "$(status_of ads.example)" REFUSED
is "the C library finds nothing then" "$(getent_says)" ""
is "the browser's canary does not exist" "$(status_of use-application-dns.net)" NXDOMAIN
is "designated resolvers: we are it" "$(status_of _dns.resolver.arpa SVCB)" NOERROR
is "of which none is designated" "$(dug _dns.resolver.arpa SVCB)" ""

# what people are shown of it
shown() { [ -n "$(ctl dns blocked --json "$@" | jq -c 'select(.name == "ads.example" and .reason == "list \"ads\", line 1" and .qtype == "A")')" ]; }
check "dns blocked" grep -qE ' dig\[[0-9]+\] +root +ads\.example +A +blocked +list "ads", line 1' <(ctl dns blocked)
check "as objects" shown app:dig uid:0
check "not of another program" [ -z "$(ctl dns blocked --json app:curl | jq -c 'select(.type == "blocked")')" ]
dug fresh.example >/dev/null
check "an answer is kept" grep -q "^fresh.example " <(ctl dns cache)
check "dns flush" ctl dns flush
check "forgets it" [ -z "$(ctl dns cache --json | jq -c 'select(.type == "cached")')" ]
check "not for anybody but root" [ "$(setpriv --reuid=65534 --clear-groups "$BIN/bulwarkctl" -r "$RUN" dns flush 2>/dev/null; echo $?)" = 4 ]

# what would become of a question, step by step
conf <<-X
	level secure
	list "ads" file "$ETC/ads.hosts" tag ads
	resolver "udp://$DNS4"
	resolver "udp://9.9.0.66:5399"
	resolver "dot://9.9.0.67?name=dns.example"
	set encrypted-dns { dynamic off secure off }
X
servers_have() { ctl dns servers --json | jq -ce "select($1)" | grep -q .; }
check "other servers are in force" lab_wait 5 servers_have '.server == "dot://9.9.0.67"'
query() { ctl dns query --as /usr/bin/dig "$@"; }
kept() {
	query kept.example >"$LAB_DIR/kept"
	grep -qE "cache: kept for [0-9]+ s yet: NOERROR, addresses 1, unchecked; from udp://$DNS4 in the clear, in [0-9]+ us" \
		"$LAB_DIR/kept" || { sed 's/^/#   /' "$LAB_DIR/kept"; false; }
}
is "a name is answered" "$(dug kept.example)" "$INET4"
check "dns query: who asks" grep -q "/usr/bin/dig asks, user 0" <(query kept.example)
check "the lists are looked at" grep -q "list: no block list has it" <(query kept.example)
check "what is kept" kept
check "whether it must be proved" grep -q "validation: its answer is believed unchecked" <(query kept.example)
check "what is not kept" grep -q "cache: no answer is kept" <(query other.example)
check "and who would be asked" grep -qE "server: .*9.9.0" <(query other.example)
check "nobody is" [ "$(wire_count "udp port 53" >/dev/null; tcpdump -r "$WIRE" -nn -A 2>/dev/null | grep -c other)" = 0 ]
check "a name on a list" grep -q "^verdict: block" <(query ads.example)
check "which list" grep -q 'list: list "ads", line 1' <(query ads.example)
check "a name of this machine" grep -q "server: none: such names are answered on this machine" <(query abc.onion)
check "one who may not read all is not told what is kept" \
	[ -z "$(setpriv --reuid=65534 --clear-groups "$BIN/bulwarkctl" -r "$RUN" dns query --as /usr/bin/dig kept.example 2>/dev/null | grep cache:)" ]

# how servers do
for i in 1 2 3 4; do dug "many$i.example" >/dev/null; done
check "dns servers: a good one" servers_have '.server == "udp://'$DNS4'" and .health == "good" and .latency_us > 0 and
	.transport == "clear" and .authenticated == "nothing" and .used'
check "one that fails, and why" lab_wait 8 servers_have '.server == "udp://9.9.0.66:5399" and .failures > 0 and .last_error != ""'
check "one over TLS" servers_have '.server == "dot://9.9.0.67" and .transport == "TLS" and .authenticated == "name"'
check "as a table" grep -qE "^udp://$DNS4 +in the clear +all names +nothing +good, [0-9.]+ ms +.*/bulwark.conf" <(ctl dns servers)

# none of them answers
answers() { [ "$(dug back.example)" = "$INET4" ]; }
conf <<<'resolver "udp://9.9.0.66:5399"'
suite_settle
dug lost.example >/dev/null
check "no server answers: status says so, and why" lab_wait 8 problems_have "no server for names answers: udp://9.9.0.66:5399: "
conf <<<"level dynamic"
check "until one does" lab_wait 8 problems_lack "no server for names answers"
check "and names are resolved" lab_wait 5 answers

least "one a minute is enough" "$(tries_apart)" 55

# a rule of somebody else's keeps packets from the queue
conf <<<"level dynamic"
on desk nft "table ip other { chain o { type filter hook output priority -160; udp dport 53 drop; }; }"
restart_resolverd
check "packets that do not come to the queue: status says so" lab_wait 40 problems_have "did not come to the queue"
check "so does a notice" told 2 '.type == "notice" and .level == "alarm" and (.text | test("did not come to the queue"))'

# another one leads questions elsewhere, instead
on desk nft "delete table ip other; table ip other { chain o { type nat hook output priority -130; udp dport 53 dnat to 9.9.0.66; }; }"
check "questions that go to another resolver: status says so" lab_wait 40 problems_have "do not come to resolverd"
check "and no more that packets do not come" problems_lack "did not come to the queue"
on desk nft delete table ip other
check "until they come" lab_wait 40 problems_lack "do not come to resolverd"
check "and that is said" told 2 '.type == "notice" and (.text | test("come to the suite again"))'
is "the suite's question was never on the wire" "$(nowhere_on_wire)" 0
