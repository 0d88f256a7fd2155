#!/bin/bash
# Real programs under the profiles that come along, at all three levels: what each is for works, what
# it has no need of is refused, by the check that the profile means.
. "$(dirname "$0")/../lab/lib.sh"

# Which file a program's connections belong to.
declare -A FILE=(
	[curl]=/usr/bin/curl [wget]=/usr/bin/wget [git]=/usr/bin/git [git-http]=/usr/lib/git-core/git-remote-http
	[ssh]=/usr/bin/ssh [rsync]=/usr/bin/rsync [apt]=/usr/lib/apt/methods/http [dig]=/usr/bin/dig
	[ping]=/usr/bin/ping [traceroute]=/usr/bin/traceroute.db [mtr]=/usr/bin/mtr-packet
	[nc]=/usr/bin/nc.openbsd [ncat]=/usr/bin/ncat [whois]=/usr/bin/whois [lftp]=/usr/bin/lftp
	[telnet]=/usr/bin/inetutils-telnet [dirmngr]=/usr/bin/dirmngr [sshd]=/usr/sbin/sshd [nginx]=/usr/sbin/nginx
	[dnsmasq]=/usr/sbin/dnsmasq [redis]=/usr/bin/redis-check-rdb
	[rsyncd]=/usr/bin/rsync [transmission]=/usr/bin/transmission-cli
)
SLOW=${LAB_SLOW:-1}
T8=$((8 * SLOW)) T5=$((5 * SLOW)) T3=$((3 * SLOW)) T2=$((2 * SLOW))	# seconds
AT_ONCE=$((64 / SLOW))	# programs: on a slow machine more leave the suite's processes no time to show that they live
DIRECT=	# of this level: an address that nobody asked a name for

# client NAME PORT...: the program itself, in the desk, to a server's PORT. mtr is another user's: its raw
# sockets could have sent what its user's other programs seem to, so their questions for names would be unanswered.
client() {
	local host=$1.example
	case $1 in
	curl) on desk curl -sf --max-time $T8 "http://$host:$2/";;
	wget) on desk wget -q -t1 -T$T5 -O- "http://$host:$2/";;
	git) on desk git ls-remote "git://$host:$2/repo.git";;
	git-http) on desk git ls-remote "http://$host:$2/repo.git";;
	ssh) on desk ssh -i "$LAB_DIR/ssh_key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o BatchMode=yes -o LogLevel=ERROR -p "$2" "root@$host" true;;
	rsync) on desk rsync "rsync://$host:$2/";;
	apt) on desk apt-get -c "$LAB_DIR/apt$2/conf" -o APT::Update::Error-Mode=any update;;
	dig) on desk dig +time=$T2 +tries=1 +short -p "$2" @$INET4 $host | grep -v '^;';;
	ping) on desk ping -nc1 -W$T3 "$2";;
	traceroute) on desk traceroute.db -n -q 1 -w$T2 -m3 "$2" | grep -F "1  $ROUTER4";;
	mtr) on desk setpriv --reuid=65534 --clear-groups mtr -nrc1 -G$SLOW "$2" | grep -F "$ROUTER4";;
	nc) on desk nc.openbsd -N -w$T3 $host "$2" | grep x;;
	ncat) on desk ncat -w$T3 $host "$2" | grep x;;
	whois) on desk whois -h $host -p "$2" example.org | grep owner;;
	lftp) on desk lftp -c "set net:max-retries 1; set net:timeout $T5; cat http://$host:$2/";;
	telnet) on desk telnet "$host" "$2" < <(exec sleep $T8) | grep login;;
	dirmngr) echo "KS_FETCH http://$host:$2/key" |
		on desk dirmngr --server --homedir "$LAB_DIR/gnupg" | grep -a "BEGIN PGP";;
	esac
}

# server NAME HOST [PORT]: somebody there uses the desk's own
server() {
	case $1 in
	sshd) on "$2" ssh -i "$LAB_DIR/ssh_key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o BatchMode=yes -o LogLevel=ERROR -o ConnectTimeout=$T3 root@$DESK4 true;;
	nginx) on "$2" curl -sf --max-time "$T" "http://$DESK4:$3/";;
	dnsmasq) on "$2" dig +time="$T" +tries=1 +short @$DESK4 desk.example | grep -F 10.2.2.2;;
	redis) on "$2" timeout "$T" redis-cli -h $DESK4 ping | grep PONG;;
	rsyncd) on "$2" rsync --contimeout="$T" "rsync://$DESK4/";;
	ssh | nc | ncat | transmission) on "$2" ncat -zw"$T" $DESK4 "$3";;
	esac
}

# try works|refused NAME client|server ARGUMENT...: in the background; LAB_DIR/try/NAME-works has its status
try() {
	local file=$LAB_DIR/try/$2-$1
	while [ "$(jobs -rp | wc -l)" -ge $AT_ONCE ]; do wait -n; done
	{
		case $1 in works) T=$T5;; *) T=$SLOW;; esac
		"$3" "$2" "${@:4}" </dev/null >"$file.out" 2>&1
		echo $? >"$file"
	} &
}

work() { # NAME
	if [ "$(cat "$LAB_DIR/try/$1-works")" = 0 ]; then pass "$LEVEL: $1 works"; return; fi
	fail "$LEVEL: $1 does not work"
	sed 's/^/#   /' "$LAB_DIR/try/$1-works.out"
	jq -r "select(.process.path == \"${FILE[$1]}\" and .verdict != \"accept\") | .reason.text" "$LAB_DIR/level.json" |
		sort | uniq -c | sed 's/^/#   /'
}

# refuse NAME CHECK: it failed, and the monitor says why
refuse() {
	[ "$(cat "$LAB_DIR/try/$1-refused")" != 0 ] || { fail "$LEVEL: $1 is not refused"; return; }
	check "$LEVEL: $1 is refused by check $2" grep -qxF "${FILE[$1]} $2" "$LAB_DIR/reasons"
}

# The desk's own servers.
serve() {
	nginx_conf "$LAB_DIR/nginx-desk.conf" 80 desk
	sed -i 's/listen 80; listen \[::\]:80;/listen 80; listen 8080;/' "$LAB_DIR/nginx-desk.conf"
	lab_daemon nginx-desk desk /usr/sbin/nginx -e stderr -c "$LAB_DIR/nginx-desk.conf"
	lab_daemon sshd-desk desk /usr/sbin/sshd -D -e -f "$LAB_DIR/sshd_config"
	lab_daemon dnsmasq-desk desk dnsmasq -k -C /dev/null --no-resolv --no-hosts --user=root --bind-interfaces \
		--listen-address=$DESK4 --address=/desk.example/10.2.2.2 --pid-file= --log-facility=-
	lab_daemon redis desk bash -c "exec -a redis-server ${FILE[redis]} --protected-mode no --save '' --bind $DESK4"
	rsync_daemon desk
	lab_daemon nc-desk desk nc.openbsd -lk 7001
	lab_daemon ncat-desk desk ncat -lk 7002
	lab_daemon ssh-desk desk ssh -i "$LAB_DIR/ssh_key" -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -gNL 7003:localhost:7 root@$INET4
	transmission-create -o "$LAB_DIR/a.torrent" "$LAB_DIR/resolv.conf" >/dev/null
	lab_daemon transmission desk env HOME="$LAB_DIR" transmission-cli -p 51413 -w "$LAB_DIR/tmp" "$LAB_DIR/a.torrent"
	lab_wait 5 lab_listening desk 80 8080 22 6379 873 7001 7002 7003 51413 || die "a server of the desk"
}

rsync_daemon() { # HOST
	printf 'use chroot = no\n[files]\npath = %s\n' "$LAB_DIR/www" >"$LAB_DIR/rsyncd.conf"
	lab_daemon "rsyncd-$1" "$1" rsync --daemon --no-detach --config="$LAB_DIR/rsyncd.conf"
}

# What they use in the Internet.
serve_inet() {
	git init -q --bare "$LAB_DIR/www/repo.git"
	git -C "$LAB_DIR/www/repo.git" update-server-info
	lab_daemon git inet git -c safe.directory='*' daemon --export-all --base-path="$LAB_DIR/www"
	rsync_daemon inet
	lab_daemon whois inet socat TCP6-LISTEN:43,fork,ipv6only=0 SYSTEM:'read line; echo owner'
	lab_daemon telnet inet socat TCP6-LISTEN:23,fork,ipv6only=0 SYSTEM:'echo login; sleep 1'
	# nc's end of input is no reason to end before the answer
	lab_daemon x inet socat -t $T8 TCP6-LISTEN:26,fork,ipv6only=0 SYSTEM:'echo x'
	printf -- '-----BEGIN PGP PUBLIC KEY BLOCK-----\n' >"$LAB_DIR/www/key"
	lab_wait 5 lab_listening inet 9418 873 43 23 26 || die "a server of the Internet"
}

prepare() {
	local port dir
	mkdir -p "$LAB_DIR/try"
	mkdir -m 700 "$LAB_DIR/gnupg"
	for port in 80 605; do
		dir=$LAB_DIR/apt$port
		mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
		echo "deb [trusted=yes] http://apt.example:$port/ ./" >"$dir/list"
		printf '%s "%s";\n' Dir::Etc::SourceList "$dir/list" Dir::Etc::SourceParts - Dir::Etc::Parts - \
			Dir::State::Lists "$dir/lists" Dir::Cache "$dir/cache" >"$dir/conf"
		chmod -R 777 "$dir"
	done
	: >"$LAB_DIR/www/Packages"
}

# What each client has no need of: NAME CHECK ARGUMENT of client.
clients() {
	cat <<-E2
		curl 10 601
		wget 10 602
		git 10 603
		rsync 10 604
		apt 10 605
		whois 10 606
		lftp 10 607
		telnet 10 608
		dirmngr 10 609
		dig 10 610
		git-http 10 611
		traceroute 2 240.0.0.2
		mtr 2 240.0.0.3
	E2
}

# Who may use the desk's own: NAME works|refused CHECK HOST PORT; "-" for no check.
servers() {
	cat <<-E2
		sshd works - stranger 22
		nginx works - inet 80
		nginx refused 11 inet 8080
		dnsmasq works - stranger 53
		dnsmasq refused 11 inet 53
		redis works - stranger 6379
		redis refused 9 inet 6379
		rsyncd works - stranger 873
		rsyncd refused 11 inet 873
		nc refused 11 stranger 7001
		ncat refused 11 stranger 7002
		ssh refused 8 stranger 7003
	E2
	case $LEVEL in
	fortress) echo "transmission refused 11 inet 51413";;
	*) echo "transmission works - inet 51413";;
	esac
}

# What each client is for.
try_works() {
	local name
	for name in curl wget git-http lftp apt dirmngr; do try works $name client 80; done
	try works git client 9418
	try works ssh client 22
	try works rsync client 873
	try works dig client 53
	try works whois client 43
	try works telnet client 23
	try works nc client 26
	try works ncat client 26
	for name in ping traceroute mtr; do
		fresh
		try works $name client "$F4"
	done
}

# All at once at one level.
phase() { # LEVEL
	local name what check host port from
	LEVEL=$1
	ctl level "$LEVEL" >/dev/null || die "level $LEVEL"
	from=$(wc -l <"$MONITOR")
	fresh
	DIRECT=$F4
	try_works
	try direct curl direct "$DIRECT"
	while read -r name check port; do try refused "$name" client "$port"; done < <(clients)
	while read -r name what check host port; do try "$what" "$name" server "$host" "$port"; done < <(servers)
	wait
	judge "$from"
}

direct() { on desk curl -sf --max-time $T3 "http://$2/"; }

judge() { # FROM: lines of the monitor before this level
	local name what check
	lab_wait 2 all_told "$1"
	for name in curl wget git-http lftp apt dirmngr git ssh rsync dig whois telnet nc ncat ping traceroute mtr; do
		work $name
	done
	while read -r name check _; do refuse "$name" "$check"; done < <(clients)
	while read -r name what check _; do
		if [ "$what" = works ]; then work "$name"; else refuse "$name" "$check"; fi
	done < <(servers)
	if [ "$LEVEL" = dynamic ]; then
		is "dynamic: curl reaches an address without a name" "$(cat "$LAB_DIR/try/curl-direct")" 0
	else
		refuse_direct
	fi
}

refuse_direct() {
	least "$LEVEL: curl does not reach an address without a name" "$(cat "$LAB_DIR/try/curl-direct")" 1
	check "$LEVEL: by check 12" grep -qxF "${FILE[curl]} 12" "$LAB_DIR/reasons"
	is "$LEVEL: nothing of it on the wire" "$(wire_to "$DIRECT")" 0
}

# Takes what the monitor told since then; true when it has a reason for all that is refused.
all_told() { # FROM
	local name what check
	tail -n +$(($1 + 1)) "$MONITOR" >"$LAB_DIR/level.json"
	jq -r 'select(.type == "event" and (.verdict == "block" or .verdict == "drop")) |
		"\(.process.path) \(.reason.check)"' "$LAB_DIR/level.json" 2>/dev/null | sort -u >"$LAB_DIR/reasons"
	while read -r name check _; do
		grep -qxF "${FILE[$name]} $check" "$LAB_DIR/reasons" || return 1
	done < <(clients; servers | awk '$2 == "refused" { print $1, $3 }')
}

lab_begin
wire_start
prepare
serve_inet
suite_start
serve
monitor_start
for level in dynamic secure fortress; do
	phase $level
done
is "nothing of what was refused is on the wire" "$(wire_count "src host ($DESK4 or $DESK6) and dst portrange 601-611")" 0
is "nor to invalid addresses" "$(wire_count "dst net 240.0.0.0/4")" 0
