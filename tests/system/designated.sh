#!/bin/bash
# Servers in clear that offer encryption at their own address (RFC 9462), as real ones do: they are
# asked over it, with a certificate on the Internet and without one in the local network, and in
# clear when it does not work.
. "$(dirname "$0")/../lab/lib.sh"

AUTHORITIES=/etc/ssl/certs/ca-certificates.crt

dug() { on desk dig +short +time=5 +tries=1 "$@" 2>/dev/null | grep -v '^;'; }
conf() { put "$ETC/bulwark.conf"; }
in_clear() { sleep 0.1; tcpdump -r "$WIRE" -nn -A 2>/dev/null | grep -ci "$1"; }
says() { grep -q "$1" "$SUITE_LOG"; }
no_alarm() { ! told_now '.type == "notice" and (.text | test("taken over"))'; }

# server NAME HOST ADDRESS PORT PARAMETERS [OTHER]: it offers encryption, with a certificate of its address, or of
# an OTHER one
server() {
	lab_certificate "$1" -addext "subjectAltName=IP:${6:-$3}"
	lab_unbound "$1" "$2" "$3@$4" "$3@853" "$3@443" <<-E
		local-zone: "one.example." redirect
		local-data: "one.example. 60 A 9.9.1.1"
		local-zone: "resolver.arpa." static
		local-data: "_dns.resolver.arpa. 60 SVCB 1 dns.example. $5"
	E
}

lab_begin
wire_start
server ours inet "$INET4" 5301 'alpn=h2 key7=/dns-query{?dns}'
server strange stranger "$STRANGER4" 53 'alpn=dot' 10.9.8.7
server other inet 9.9.0.12 5301 'alpn=dot' 9.9.0.99
# The Internet's authorities are the lab's own.
mount --bind "$LAB_DIR/ours.pem" "$(readlink -f $AUTHORITIES)"
profile dig /usr/bin/dig "$OPEN"
conf <<-E
	level secure
	resolver "udp://$INET4:5301"
E
suite_start
monitor_start
check "a server of the Internet that offers HTTPS" lab_wait 5 says "is asked over doh://$INET4:443, as it offers\$"
is "answers" "$(dug first.one.example)" 9.9.1.1
is "no name is on the wire" "$(in_clear first)" 0
is "its own name is ours to answer" "$(dug SVCB _dns.resolver.arpa)" ""

conf <<-E
	level secure
	resolver "udp://9.9.0.12:5301"
E
suite_settle
check "one whose certificate has another address" lab_wait 5 says "9.9.0.12:853 is not believed"
is "is asked in clear" "$(dug second.one.example)" 9.9.1.1
least "which the wire shows" "$(in_clear second)" 1

conf <<-E
	level secure
E
printf 'nameserver %s\n' "$STRANGER4" >"$LAB_DIR/resolv.conf"
check "the network's own, which has no certificate" \
	lab_wait 5 says "$STRANGER4 is asked over dot://$STRANGER4:853, as it offers; no certificate"
is "answers, too" "$(dug third.one.example)" 9.9.1.1
is "and its name is not on the wire" "$(in_clear third)" 0
on stranger iptables -A INPUT -p tcp --dport 853 -j REJECT --reject-with tcp-reset
is "when that does not work any more it answers in clear" "$(dug fourth.one.example)" 9.9.1.1
check "which is said" says "dot://$STRANGER4:853 does not answer: it is asked in clear"

# switched off: nobody is asked what he offers, and nothing is asked over what was offered
conf <<-E
	level secure
	resolver "udp://$INET4:5301"
	set designated-resolvers { dynamic off secure off }
E
suite_settle
from=$(wire_count "src host $DESK4 and tcp dst port 443")
is "switched off it answers" "$(dug fifth.one.example)" 9.9.1.1
least "in clear, as the wire shows" "$(in_clear fifth)" 1
is "and is not asked what it offers" "$(wire_count "src host $DESK4 and tcp dst port 443")" "$from"
conf <<-E
	level secure
	resolver "udp://$INET4:5301"
E
suite_settle
said_twice() { [ "$(grep -c "is asked over doh://$INET4:443" "$SUITE_LOG")" = 2 ]; }
check "switched on again it is" lab_wait 5 said_twice

# where only encrypted ones are asked nobody in clear is asked what he offers
from=$(wire_count "src host $DESK4 and dst host $INET4 and udp dst port 5301")
conf <<-E
	level secure
	resolver "udp://$INET4:5301"
	resolver "dot://9.9.0.13?name=dns.example"
E
suite_settle
is "nothing goes to a server in clear where others are named" \
	"$(wire_count "src host $DESK4 and dst host $INET4 and udp dst port 5301")" "$from"
check "to all of these resolverd may send" no_alarm
