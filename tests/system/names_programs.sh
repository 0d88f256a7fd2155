#!/bin/bash
# Programs of all kinds ask for names while only encrypted questions may leave: each question ends at
# resolverd, as that program's, or is refused as its profile says; the wire shows none in clear.
. "$(dirname "$0")/../lab/lib.sh"

# asked NAME PATH: the monitor has the question, as this program's, answered over TLS
asked() {
	told 3 '.type == "question" and .name == "'"$1"'" and .process.path == "'"$2"'" and .outcome == "resolved"'
}
said() { grep -qF -- "$1" "$LAB_DIR/out"; }
run() { on desk timeout $((30 * ${LAB_SLOW:-1})) "$@" </dev/null >"$LAB_DIR/out" 2>&1; }
dug() { on desk dig +short +time=2 +tries=1 "$@" 2>/dev/null | grep -v '^;'; }

lab_begin
wire_start
lab_certificate dns.example
lab_unbound dns.example inet "$INET4@853" "$INET4@443" <<-E2
	local-zone: "example." redirect
	local-data: "example. 300 A $INET4"
	local-data: "example. 300 AAAA $INET6"
	local-zone: "." refuse
E2
put "$ETC/bulwark.conf" <<-E2
	level dynamic
	set encrypted-dns { dynamic on }
	resolver "dot://$INET4:853?pin=$PIN"
E2
profile dig /usr/bin/dig "$OPEN" "rules {" "deny port { tcp/853 tcp/443 }" "}"
profile static "$LAB_DIR/static" "$OPEN"
suite_start
monitor_start

musl-gcc -static -O1 -o "$LAB_DIR/static" "$LAB_TOP/tests/lab/lookup.c" || die "musl-gcc"
check "a static program (musl)" run "$LAB_DIR/static" static.example
check "has the address" said "$INET4"
check "its question ends here, as its own" asked static.example "$LAB_DIR/static"

check "the C library's own way" run getent ahosts getent.example
check "ends here" asked getent.example /usr/bin/getent
check "curl" run curl -s --max-time 10 http://curl.example/
check "has its page" said "hello from inet"
check "its question ends here" asked curl.example /usr/bin/curl
python=$(readlink -f "$(python3 -c "import sys; print(sys.executable)")")
check "python" run python3 -c 'import urllib.request as u; print(u.urlopen("http://python.example/", timeout=10).read())'
check "its question ends here" asked python.example "$python"
run ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null ssh.example true
check "ssh reaches the server" said "Permission denied"
check "its question ends here" asked ssh.example /usr/bin/ssh

mkdir -p "$LAB_DIR/apt/lists/partial" "$LAB_DIR/apt/cache/archives/partial"
chmod -R 777 "$LAB_DIR/apt"
echo "deb [trusted=yes] http://apt.example/ stable main" >"$LAB_DIR/apt/list"
run apt-get -o Dir::Etc::SourceList="$LAB_DIR/apt/list" -o Dir::Etc::SourceParts=- -o Dir::Etc::Parts=- \
	-o Dir::State::Lists="$LAB_DIR/apt/lists" -o Dir::Cache="$LAB_DIR/apt/cache" update
check "apt reaches the server" said "404"
check "its question ends here, as its method's" asked apt.example /usr/lib/apt/methods/http

check "a browser" run chromium --headless --no-sandbox --disable-gpu --user-data-dir="$LAB_DIR/browser" \
	--dump-dom http://browser.example/
check "has its page" said "hello from inet"
check "its question ends here" asked browser.example /usr/lib/chromium/chromium

is "another server over UDP is this one" "$(dug @9.9.9.9 udp.example)" "$INET4"
is "over TCP" "$(dug +tcp @9.9.9.9 tcp.example)" "$INET4"
is "over IPv6" "$(dug @2a00:1::99 six.example)" "$INET4"
is "over TLS: refused as set" "$(dug +tls "@$INET4" tls.example)" ""
check "and shown" told 2 '.type == "event" and .process.path == "/usr/bin/dig" and .dport == 853 and .verdict == "block"'
is "over HTTPS: refused as set" "$(dug +https "@$INET4" https.example)" ""
check "and shown" told 2 '.type == "event" and .process.path == "/usr/bin/dig" and .dport == 443 and .verdict == "block"'
profile dig /usr/bin/dig "$OPEN"
suite_settle
is "over TLS where the profile permits it: the program's own affair" "$(dug +tls "@$INET4" tls.example)" "$INET4"

is "nothing is asked in clear" "$(wire_count "port 53 or port 5353")" 0
least "but over TLS" "$(wire_count "src host $DESK4 and tcp dst port 853")" 10
