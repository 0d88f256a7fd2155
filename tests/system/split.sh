#!/bin/bash
# Which server is asked for which name: scopes of bulwark.conf, search domains and servers of the
# network, names that no public server is told of, checks for captive portals, another network.
. "$(dirname "$0")/../lab/lib.sh"

dug() { on desk dig +short +time=3 +tries=1 "$@" 2>/dev/null | grep -v '^;'; }
status_of() { on desk dig +time=5 +tries=1 "$@" 2>&1 | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }
answers() { [ "$(dug "$1")" = "$2" ]; }
conf() { put "$ETC/bulwark.conf"; }
resolv_conf() { printf '%s\n' "$@" >"$LAB_DIR/resolv.conf"; }
# asked SERVER NAME: how often that server was, whatever case its letters had
asked() { sleep 0.1; wire_show "src host $DESK4 and dst host $1" | grep -ciE " ($2)\.? "; }

lab_begin
wire_start
# The network's own resolver, on the router, and a company's, elsewhere in the LAN.
lab_daemon dnsmasq-router router dnsmasq -k -C /dev/null --no-resolv --no-hosts --user=root --local-ttl=300 \
	--address=/#/9.9.7.7 --address=/corp.example/10.9.9.1 --address=/inner.example.org/10.9.9.9 \
	--address=/db.internal/10.9.9.2 --address=/printer/10.9.9.3 --address=/nas.home.arpa/10.9.9.4 \
	--address=/detectportal.firefox.com/$ROUTER4 --pid-file= --log-facility=-
lab_daemon dnsmasq-company stranger dnsmasq -k -C /dev/null --no-resolv --no-hosts --user=root --port=5353 \
	--address=/scoped.example/10.7.7.7 --ptr-record=5.5.168.192.in-addr.arpa,host.scoped.example \
	--pid-file= --log-facility=-
resolv_conf "search corp.example" "nameserver $ROUTER4"
profile dig /usr/bin/dig "$OPEN"
suite_start
monitor_start

# the network's own servers alone
is "a name of the Internet" "$(dug www.example.org)" 9.9.7.7
is "a search domain may have private addresses" "$(dug host.corp.example)" 10.9.9.1
is "a name of the Internet may not" "$(status_of inner.example.org)" NXDOMAIN
is "a local name" "$(dug db.internal)" 10.9.9.2
is "a single label" "$(dug printer)" 10.9.9.3
is "multicast DNS is not asked of servers" "$(status_of printer.local)" NXDOMAIN
is "the captive portal's address" "$(dug detectportal.firefox.com)" "$ROUTER4"
check "is told as such" told 3 '.name == "detectportal.firefox.com" and .validation == "captive"'

# another network with the same server's address
dug kept.example.org >/dev/null
dug kept.example.org >/dev/null
is "an answer is kept" "$(asked "$ROUTER4" "A\? kept.example.org")" 1
ip -n "${LAB}desk" addr add 10.55.0.1/24 dev c0
suite_settle
dug kept.example.org >/dev/null
is "but not in another network" "$(asked "$ROUTER4" "A\? kept.example.org")" 2
ip -n "${LAB}desk" addr del 10.55.0.1/24 dev c0

# a public server for all, one for a scope, and the network
conf <<-E
	level dynamic
	resolver "udp://$DNS4"
	resolver "udp://$STRANGER4:5353?search=scoped.example,168.192.in-addr.arpa"
E
suite_settle
is "all names to the public one" "$(dug any.example.org)" "$INET4"
least "which the wire shows" "$(asked "$DNS4" "A\? any.example.org")" 1
is "a scope's name" "$(dug host.scoped.example)" 10.7.7.7
is "addresses of a scope, backwards" "$(dug -x 192.168.5.5)" host.scoped.example.
is "a search domain's name" "$(dug host.corp.example)" 10.9.9.1
is "a local name, still" "$(dug db.internal)" 10.9.9.2
is "another one" "$(dug nas.home.arpa)" 10.9.9.4
is "a single label, still" "$(dug printer)" 10.9.9.3
is "the captive portal, still" "$(dug detectportal.firefox.com)" "$ROUTER4"
special="a.localhost a.local a.onion a.alt a.internal a.home.arpa a.test a.invalid a.lan single
	1.2.16.172.in-addr.arpa 9.9.64.100.in-addr.arpa 1.2.3.10.in-addr.arpa 1.0.0.127.in-addr.arpa 1.d.f.ip6.arpa
	_dns.resolver.arpa use-application-dns.net"
for name in $special; do
	dug "$name" >/dev/null
	dug "@$DNS4" TXT "$name" >/dev/null
	dug "@$DNS4" PTR "$name" >/dev/null
done
names=$(echo $special host.scoped.example 5.5.168.192.in-addr.arpa host.corp.example printer detectportal.firefox.com |
	tr ' ' '|')
is "the public server hears no name that is not public" "$(asked "$DNS4" "[a-z]+\? ($names)")" 0
is "the network's hears none of a scope" "$(asked "$ROUTER4" "[a-z]+\? (host.scoped.example|5.5.168.192.in-addr.arpa)")" 0
is "nor of the Internet" "$(asked "$ROUTER4" "A\? any.example.org")" 0
ctl dns servers >"$LAB_DIR/servers"
check "all are listed" grep -q "$ROUTER4" "$LAB_DIR/servers"

# the network is not heard
conf <<-E
	level dynamic
	set network-names { dynamic deny }
	resolver "udp://$DNS4"
E
suite_settle
is "a search domain is like any other, where the setting says so" "$(dug new.corp.example)" "$INET4"
is "and local names are not there" "$(status_of db.internal)" NXDOMAIN

# encrypted servers, though none of them answers
conf <<-E
	level secure
	resolver "dot://$INET4:8853?name=dns.example"
E
suite_settle
is "only encrypted: no check for captive portals in clear" "$(status_of detectportal.firefox.com)" SERVFAIL
is "no local name either" "$(status_of db.internal)" NXDOMAIN
conf <<-E
	level secure
	set captive-portals { dynamic permit secure permit }
	resolver "dot://$INET4:8853?name=dns.example"
E
suite_settle
is "but where the setting says so" "$(dug detectportal.firefox.com)" "$ROUTER4"
is "for that name alone" "$(status_of other.example.org)" SERVFAIL
is "of which nobody hears in clear" "$(asked "($ROUTER4 or $DNS4)" "A\? other.example.org")" 0

# the network's resolv.conf changes
conf <<-E
	level dynamic
	resolver "udp://$DNS4"
E
resolv_conf "search new.example" "nameserver $ROUTER4"
check "another search domain is followed" lab_wait 10 answers host.new.example 9.9.7.7
is "the last one is no longer" "$(dug more.corp.example)" "$INET4"
