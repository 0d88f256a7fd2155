# Real daemons in the lab: on the "Internet" nginx, sshd, dnsmasq, iperf3 and an echo server, on
# the router (as a thing in the LAN) and with the stranger nginx and the echo server.
# Sourced by lib.sh and by the command lab. LAB_TTL: how long the names there may be kept (0: a resolver keeps such for a second).
# shellcheck shell=bash

# lab_daemon NAME HOST CMD...: starts one; its output goes to LAB_DIR/NAME.log
lab_daemon() {
	local name=$1 host=$2
	shift 2
	lab_spawn on "$host" "$@" </dev/null >"$LAB_DIR/$name.log" 2>&1
}

# nginx_conf FILE PORT [NAME]: / answers at once, /big is 64 MiB, /slow 1 GiB at 200 KB/s
nginx_conf() {
	cat >"$1" <<-E
		daemon off; master_process off; user root; pid $1.pid; error_log stderr error;
		events { worker_connections 4096; }
		http {
			access_log off; default_type text/plain;
			client_body_temp_path $LAB_DIR/tmp; proxy_temp_path $LAB_DIR/tmp;
			fastcgi_temp_path $LAB_DIR/tmp; uwsgi_temp_path $LAB_DIR/tmp;
			scgi_temp_path $LAB_DIR/tmp;
			server {
				listen $2; listen [::]:$2; root $LAB_DIR/www;
				location = / { return 200 "hello from ${3:-nginx}\n"; }
				location /slow { limit_rate 200k; sendfile off; }
			}
		}
	E
}

lab_www() {
	mkdir -p "$LAB_DIR/www" "$LAB_DIR/tmp"
	truncate -s 64M "$LAB_DIR/www/big"
	truncate -s 1G "$LAB_DIR/www/slow"
}

lab_sshd() {
	mkdir -p /run/sshd
	[ -e "$LAB_DIR/ssh_key" ] || ssh-keygen -q -t ed25519 -N '' -f "$LAB_DIR/ssh_key"
	cp "$LAB_DIR/ssh_key.pub" "$LAB_DIR/authorized_keys"
	cat >"$LAB_DIR/sshd_config" <<-E
		HostKey $LAB_DIR/ssh_key
		AuthorizedKeysFile $LAB_DIR/authorized_keys
		PidFile none
		StrictModes no
		UsePAM no
		UseDNS no
		PermitRootLogin yes
		MaxStartups 100
	E
	lab_daemon sshd inet /usr/sbin/sshd -D -e -f "$LAB_DIR/sshd_config"
}

# lab_certificate NAME [OPTION...]: a key and a certificate for NAME in LAB_DIR/NAME.key and .pem;
# options are openssl req's. Sets PIN to the key's.
lab_certificate() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "/CN=$1" \
		-keyout "$LAB_DIR/$1.key" -out "$LAB_DIR/$1.pem" "${@:2}" 2>/dev/null
	PIN=$(openssl x509 -in "$LAB_DIR/$1.pem" -noout -pubkey | openssl pkey -pubin -outform der |
		openssl dgst -sha256 -binary | base64)
}

# lab_unbound NAME HOST ADDRESS@PORT... <LINES: a name server, with what else stands below its server:.
# With a certificate of that NAME it speaks TLS on port 853 and HTTPS on 443.
lab_unbound() {
	local name=$1 host=$2
	shift 2
	{
		printf '\t%s\n' server: 'do-daemonize: no' 'use-syslog: no' 'username: ""' 'chroot: ""' 'pidfile: ""' \
			"directory: \"$LAB_DIR\"" 'access-control: 0.0.0.0/0 allow' 'access-control: ::/0 allow'
		printf '\tinterface: %s\n' "$@"
		[ ! -e "$LAB_DIR/$name.key" ] || printf '\t%s\n' 'tls-port: 853' 'https-port: 443' \
			"tls-service-key: \"$LAB_DIR/$name.key\"" "tls-service-pem: \"$LAB_DIR/$name.pem\""
		cat
		printf 'remote-control:\n\tcontrol-enable: no\n'
	} >"$LAB_DIR/$name.conf"
	lab_daemon "$name" "$host" unbound -d -c "$LAB_DIR/$name.conf"
	# shellcheck disable=SC2046 # a list of numbers
	lab_wait 5 lab_listening "$host" $(printf '%s\n' "${@#*@}") || die "no server $name"
}

lab_servers_up() {
	local h
	lab_www
	for h in inet router stranger; do
		nginx_conf "$LAB_DIR/nginx-$h.conf" 80 "$h"
		lab_daemon "nginx-$h" $h /usr/sbin/nginx -e stderr -c "$LAB_DIR/nginx-$h.conf"
		lab_daemon "echo-$h" $h /usr/bin/python3 "$LAB_TOP/tests/lab/echo.py" 7
	done
	lab_sshd
	lab_daemon dnsmasq inet dnsmasq -k -C /dev/null --no-resolv --no-hosts --user=root \
		--local-ttl="${LAB_TTL:-0}" --address=/#/$INET4 --address=/#/$INET6 --pid-file= --log-facility=-
	lab_daemon iperf3 inet iperf3 -s
	lab_wait 5 lab_listening inet 80 7 22 53 5201 || die "no servers in inet"
	lab_wait 5 lab_listening router 80 7 || die "no servers in router"
	lab_wait 5 lab_listening stranger 80 7 || die "no servers in stranger"
}

lab_listening() { # HOST PORT...
	local host=$1 have port
	shift
	have=$(on "$host" ss -Hltn | awk '{ sub(/.*:/, "", $4); print $4 }')
	for port; do
		grep -qx "$port" <<<"$have" || return 1
	done
}
