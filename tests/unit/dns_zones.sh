#!/bin/sh
# A tree of signed zones for test_dns_validate.c, some of them spoilt after signing:
#	tests/unit/dns_zones.sh FOLDER PORT
# Leaves in the folder: anchors (the root's DS) and nsd.conf, for a server on 127.0.0.1 at PORT.
set -eu
cd "$1"

cat >nsd.conf <<END
server:
	ip-address: 127.0.0.1@$2
	username: ""
	zonesdir: "$1"
	database: ""
	pidfile: ""
	logfile: "/dev/null"
	xfrdfile: ""
	xfrdir: "$1"
	zonelistfile: "$1/zone.list"
	server-count: 1
	rrl-ratelimit: 0
remote-control:
	control-enable: no
END

serve() { # NAME FILE
	printf 'zone:\n\tname: "%s"\n\tzonefile: "%s"\n' "$1" "$2" >>nsd.conf
}

# Records that every zone has, and those of stdin.
text() { # NAME
	echo "$1 3600 IN SOA ns.example. root.example. 1 3600 600 86400 60"
	echo "$1 3600 IN NS ns.example."
	cat
}

# Its DS records go to ds.NAME, the zone to zone.NAME.
signed() { # NAME FLAGS ALGORITHM...
	name=$1 flags=$2 keys=
	shift 2
	text "$name" >"text.$name"
	for algorithm; do
		key=$(ldns-keygen -k -r /dev/urandom -a "$algorithm" "$name")
		cat "$key.ds" >>"ds.$name"
		keys="$keys $key"
	done
	# shellcheck disable=SC2086 # lists of words
	ldns-signzone $flags -o "$name" -f "zone.$name" "text.$name" $keys
	serve "$name" "zone.$name"
}

unsigned() { # NAME
	text "$1" >"zone.$1"
	serve "$1" "zone.$1"
}

spoil() { # NAME SED-SCRIPT
	sed -i "$2" "zone.$1"
}

hosts() { # NAME
	echo "www.$1 3600 IN A 192.0.2.1"
	echo "alias.$1 3600 IN CNAME www.$1"
	echo "*.wild.$1 3600 IN A 192.0.2.2"
}

EC=ECDSAP256SHA256
for name in good changed stripped nodenial; do
	hosts $name.example. | signed $name.example. "" $EC
done
spoil changed.example. 's/192\.0\.2\.1/192.0.2.66/'
spoil stripped.example. '/^www.*RRSIG[[:space:]]A /d'
spoil nodenial.example. '/NSEC/d'
{
	hosts nsec3.example.
	echo "plain.nsec3.example. 3600 IN NS ns.example."
} | signed nsec3.example. "-n -t 0" $EC
{
	hosts optout.example.
	echo "plain.optout.example. 3600 IN NS ns.example."
} | signed optout.example. "-n -p -t 0" $EC
hosts plain.optout.example. | unsigned plain.optout.example.
hosts plain.nsec3.example. | unsigned plain.nsec3.example.
{
	hosts plain.example.
	echo "to-good.plain.example. 3600 IN CNAME www.good.example."
	echo "to-changed.plain.example. 3600 IN CNAME www.changed.example."
} | unsigned plain.example.
# A roll of the algorithm: both keys there and signing; then one whose DS is ahead of the zone.
hosts roll.example. | signed roll.example. "" $EC ED25519
hosts half.example. | signed half.example. "" ED25519
ldns-keygen -k -r /dev/urandom -a $EC half.example. >half.key
cat "$(cat half.key).ds" >>ds.half.example.
# Aliases out of a zone, and a large answer.
{
	echo "to-good.example. 3600 IN CNAME www.good.example."
	echo "to-plain.example. 3600 IN CNAME www.plain.example."
	echo "to-changed.example. 3600 IN CNAME www.changed.example."
	for i in $(seq 1 20); do
		echo "large.example. 3600 IN TXT \"$i aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\""
	done
	for name in good changed stripped nodenial nsec3 optout plain roll half; do
		echo "$name.example. 3600 IN NS ns.example."
		[ ! -e "ds.$name.example." ] || cat "ds.$name.example."
	done
} | signed example. "" $EC
{
	echo "example. 3600 IN NS ns.example."
	cat ds.example.
} | signed . "" $EC
cp ds.. anchors
