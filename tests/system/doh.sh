#!/bin/bash
# Names asked for over HTTPS, of a real server (unbound): they are answered, and the wire shows
# nothing of them; a server that is not who it should be, or speaks something else, gets no question.
. "$(dirname "$0")/../lab/lib.sh"

dug() { on desk dig +short +time=5 +tries=1 "$@" 2>/dev/null | grep -v '^;'; }
status_of() { on desk dig +time=5 +tries=1 "$@" 2>&1 | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
conf() { put "$ETC/bulwark.conf"; }
in_clear() { sleep 0.1; tcpdump -r "$WIRE" -nn -A 2>/dev/null | grep -ci "$1"; }
says() { grep -q "$1" "$SUITE_LOG"; }
no_alarm() { ! told_now '.type == "notice" and (.text | test("taken over"))'; }

lab_begin
wire_start
lab_certificate dns.example
zones() {
	printf '\t%s\n' 'local-zone: "one.example." redirect' 'local-data: "one.example. 60 A 9.9.1.1"' \
		'local-zone: "large.example." static'
	for i in {1..60}; do
		echo "	local-data: 'large.example. TXT \"text $i, which is too much for a datagram\"'"
	done
}
lab_unbound dns.example inet "$INET4@443" "$INET6@443" "$INET4@5301" < <(zones)
# And one that has HTTP/1.1 only.
nginx_conf "$LAB_DIR/nginx.conf" "8443 ssl" old
sed -i "s|listen \\[::\\][^;]*;|ssl_certificate $LAB_DIR/dns.example.pem; ssl_certificate_key $LAB_DIR/dns.example.key;|" "$LAB_DIR/nginx.conf"
lab_daemon nginx-old inet /usr/sbin/nginx -e stderr -c "$LAB_DIR/nginx.conf"
lab_wait 5 lab_listening inet 8443 || die "no server"
profile dig /usr/bin/dig "$OPEN"
conf <<-E
	level secure
	resolver "doh://$INET4?pin=$PIN"
E
suite_start
monitor_start

is "over HTTPS" "$(dug www.one.example)" 9.9.1.1
is "another name" "$(dug other.one.example)" 9.9.1.1
is "that there is none" "$(status_of nothing.large.example)" NXDOMAIN
is "an answer too large for a datagram" "$(dug TXT large.example | wc -l)" 60
for i in {1..50}; do echo "n$i.one.example"; done >"$LAB_DIR/names"
is "one after the other" "$(dug -f "$LAB_DIR/names" | grep -c 9.9.1.1)" 50
is "no name is on the wire" "$(in_clear one.example)" 0
is "nothing goes to a port for questions" "$(wire_count "src host $DESK4 and dst port 53")" 0
least "HTTPS is" "$(wire_count "dst host $INET4 and tcp dst port 443")" 10
most "over few connections" \
	"$(wire_count "dst host $INET4 and tcp dst port 443 and tcp[tcpflags] & tcp-syn != 0")" 2

conf <<-E
	level secure
	resolver "doh://[$INET6]/dns-query?pin=$PIN"
E
suite_settle
is "over IPv6" "$(dug six.one.example)" 9.9.1.1
least "which the wire shows" "$(wire_count "dst host $INET6 and tcp dst port 443")" 3

# those who are not asked; another that would be asked in clear does not help
conf <<-E
	level secure
	resolver "udp://$INET4:5301"
	resolver "doh://$INET4?pin=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
E
suite_settle
is "another key: no answer" "$(status_of key.one.example)" SERVFAIL
check "why is said" says "not believed: its key is not the pinned one"
conf <<-E
	level secure
	resolver "udp://$INET4:5301"
	resolver "doh://$INET4:8443?pin=$PIN"
E
suite_settle
is "a server without HTTP/2: no answer" "$(status_of speech.one.example)" SERVFAIL
check "why is said, too" says "not believed: it does not speak HTTP/2"
conf <<-E
	level secure
	resolver "udp://$INET4:5301"
	resolver "doh://$INET4/elsewhere?pin=$PIN"
E
suite_settle
is "another path: no answer" "$(status_of path.one.example)" SERVFAIL
check "and that is said" says "of no use: its HTTP status is not 200"
is "none of these names is on the wire" "$(in_clear '\(key\|speech\|path\).one')" 0
check "to all of these resolverd may send" no_alarm

# and in clear again
conf <<-E
	level secure
	resolver "udp://$INET4:5301"
E
suite_settle
is "in clear, where that is all there is" "$(dug clear.one.example)" 9.9.1.1
least "which the wire shows" "$(wire_count "dst host $INET4 and udp dst port 5301")" 1
