#!/bin/bash
# Answers that are proved (DNSSEC), in a tree of signed zones of the lab's own; and asked for over
# TLS: what the wire shows then.
. "$(dirname "$0")/../lab/lib.sh"

dug() { on desk dig +short +time=5 +tries=1 "$@" 2>/dev/null | grep -v '^;'; }
status_of() { on desk dig +time=5 +tries=1 "$@" 2>&1 | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
proved() { on desk dig +dnssec +time=5 +tries=1 "$@" 2>&1 | grep -q '^;; flags:.* ad[ ;]'; }
unproved() { ! proved "$@"; }
says() { on desk dig +time=5 +tries=1 "$2" | grep -q "$1"; }
conf() { put "$ETC/bulwark.conf"; }
in_clear() { tcpdump -r "$WIRE" -nn -A 2>/dev/null | grep -ci "$1"; }

lab_begin
wire_start
zones=$LAB_DIR/zones
mkdir "$zones"
"$LAB_TOP/tests/unit/dns_zones.sh" "$zones" 5300 >/dev/null 2>"$LAB_DIR/suite-zones.log" || die "no zones"
lab_certificate dns.example
sed -i "s/ip-address: .*/ip-address: $INET4@5300\n\tip-address: $INET4@853\n\ttls-port: 853\n\ttls-service-key: \"${LAB_DIR//\//\\/}\/dns.example.key\"\n\ttls-service-pem: \"${LAB_DIR//\//\\/}\/dns.example.pem\"/" "$zones/nsd.conf"
lab_daemon nsd inet nsd -d -c "$zones/nsd.conf"
lab_wait 5 bash -c 'nsenter --net="$1" dig +short +time=1 +tries=1 "@$2" -p 5300 www.good.example | grep -q .' \
	_ "$(ns inet)" "$INET4"
cp "$zones/anchors" "$ETC/trust-anchors"
profile dig /usr/bin/dig "$OPEN"
conf <<-E
	level secure
	resolver "udp://$INET4:5300"
E
suite_start

is "a signed name" "$(dug www.good.example)" 192.0.2.1
check "is proved" proved www.good.example
check "so is an alias in its zone" proved alias.good.example
check "and a wildcard" proved any.wild.good.example
check "with NSEC3" proved www.nsec3.example
is "a record that was changed" "$(status_of www.changed.example)" SERVFAIL
check "is refused as bogus" says "EDE: 6" www.changed.example
is "but given to who checks for itself (CD)" "$(dug +cd www.changed.example)" 192.0.2.66
is "a signature that is missing" "$(status_of www.stripped.example)" SERVFAIL
is "an alias to a changed record" "$(status_of to-changed.example)" SERVFAIL
is "a zone that is not signed" "$(dug www.plain.example)" 192.0.2.1
check "is not called proved" unproved www.plain.example
is "below an opt-out" "$(dug www.plain.optout.example)" 192.0.2.1
check "two algorithms" proved www.roll.example
check "a DS that is ahead of its key" proved www.half.example
check "that a name is not there is proved" proved nothing.good.example
is "a denial without proof" "$(status_of nothing.nodenial.example)" SERVFAIL
is "an answer too large for a datagram" "$(dug TXT large.example | wc -l)" 20

# forgotten: answers, and keys
keys_of() { sleep 0.1; tcpdump -r "$WIRE" -nn -T domain "udp dst port 5300" 2>/dev/null | grep -ci 'DNSKEY? good\.example'; }
is "its keys were asked for once" "$(keys_of)" 1
check "dns flush" ctl dns flush >/dev/null
check "what is asked again is proved again" proved www.good.example
is "with keys that are asked for again" "$(keys_of)" 2

# over TLS
conf <<-E
	level secure
	resolver "udp://$INET4:5300"
	resolver "dot://$INET4:853?pin=$PIN"
E
suite_settle
is "over TLS" "$(dug any1.wild.good.example)" 192.0.2.2
check "is proved, too" proved any2.wild.good.example
is "the name is not on the wire" "$(in_clear any1)" 0
least "TLS is" "$(wire_count "tcp dst port 853")" 5
conf <<-E
	level secure
	resolver "udp://$INET4:5300"
	resolver "dot://$INET4:853?pin=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
E
suite_settle
is "another key: no answer" "$(status_of any3.wild.good.example)" SERVFAIL
is "and no question in clear" "$(in_clear any3)" 0
