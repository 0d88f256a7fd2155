#!/bin/bash
# bulwark-setup alone, with stand-ins for the parent and for intercept (rules_stub.py): what the
# kernel does with each kind of packet, whoever touches its rules.
#	rules.sh [PART...]	all parts, or some: closed existing lifeline repeat touched unguarded marks
#				load release killed together redirect errors
# Three namespaces: DESK has the rules; FAR is the network; BOX is a container behind DESK.
# No sanitizers: it is the kernel that is looked at; bulwark-setup runs with them in the other scripts.
# Beside others: what the kernel needs to change its rules is waited for.
# shellcheck disable=SC2086 # names of namespaces have no blanks
set -u
cd "$(dirname "$0")/../.." || exit 2
VARIANT=${VARIANT:-release}
SETUP=$PWD/build/$VARIANT/bin/bulwark-setup
STUB=$PWD/tests/system/rules_stub.py
DESK=bwrules$$d FAR=bwrules$$f BOX=bwrules$$b
D4=10.77.0.1 D6=fd77::1 F4=10.77.0.2 F6=fd77::2
X4=10.78.0.2 X6=fd78::2
W=$(mktemp -d)
FAILED=0
declare -A LIVE=()	# pids of what runs: those of what has ended may be others' by now

desk() { ip netns exec $DESK "$@"; }
far() { ip netns exec $FAR "$@"; }
box() { ip netns exec $BOX "$@"; }

cleanup() {
	local p status=$?
	trap - EXIT
	[ $FAILED != 0 ] || FAILED=$status
	for p in "${!LIVE[@]}"; do kill "$p" 2>/dev/null; done
	wait 2>/dev/null
	for p in $DESK $FAR $BOX; do ip netns del $p 2>/dev/null; done
	rm -rf "$W"
	exit $FAILED
}
trap cleanup EXIT
trap 'FAILED=2; exit 2' INT TERM HUP
trap '' PIPE			# a stand-in that ended is "silent"

result() { # STATUS NAME [WHAT]
	if [ "$1" = 0 ]; then
		echo "ok $2"
	else
		echo "not ok $2${3:+: $3}"
		FAILED=1
	fi
}
is() { # NAME WANT HAVE
	[ "$2" = "$3" ]
	result $? "$1" "wanted '$2', have '$3'"
}

# --- stand-ins: each has a pair of pipes; "tell NAME WORDS" gives the line it answers with ---------
declare -A IN OUT PID
start() { # NAME NAMESPACE VERB ARGS...
	local name=$1 ns=$2 in out
	shift 2
	mkfifo "$W/$name.in" "$W/$name.out"
	ip netns exec "$ns" python3 "$STUB" "$@" <"$W/$name.in" >"$W/$name.out" 2>"$W/$name.err" &
	PID[$name]=$!
	LIVE[$!]=1
	disown $!
	exec {in}>"$W/$name.in" {out}<"$W/$name.out"
	IN[$name]=$in OUT[$name]=$out
	rm "$W/$name.in" "$W/$name.out"
}
hear() { # NAME: one line of it
	local line=
	read -r -t "${2:-20}" -u "${OUT[$1]}" line || line="silent: $(tail -1 "$W/$1.err")"
	echo "$line"
}
tell() { # NAME WORDS
	local name=$1
	shift
	echo "$*" >&"${IN[$name]}"
	hear "$name"
}
end() { # NAME...
	local name in out
	for name; do
		[ -n "${PID[$name]:-}" ] || continue
		kill -9 "${PID[$name]}" 2>/dev/null
		in=${IN[$name]} out=${OUT[$name]}
		exec {in}>&- {out}<&-
		unset "LIVE[${PID[$name]}]" "PID[$name]" "IN[$name]" "OUT[$name]"
	done
	sleep 0.05
}
queue() { # DEFAULT [PORT=V...]: anew
	end queue
	start queue $DESK queue "$@"
	[ "$(hear queue)" = ready ] || result 1 "queue stand-in" "$(tail -1 "$W/queue.err")"
}
setup() { tell parent "$@"; }

# --- the wire --------------------------------------------------------------------------------
wire_up() {
	local n
	for n in $DESK $FAR $BOX; do
		ip netns add $n || exit 2
		ip netns exec $n sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
		ip -n $n link set lo up
	done
	ip link add v0 netns $DESK type veth peer name v0 netns $FAR
	ip link add v1 netns $DESK type veth peer name v1 netns $BOX
	ip -n $DESK addr add $D4/24 dev v0 && ip -n $DESK addr add $D6/64 dev v0 nodad
	ip -n $FAR addr add $F4/24 dev v0 && ip -n $FAR addr add $F6/64 dev v0 nodad
	ip -n $DESK addr add 10.78.0.1/24 dev v1 && ip -n $DESK addr add fd78::1/64 dev v1 nodad
	ip -n $BOX addr add $X4/24 dev v1 && ip -n $BOX addr add $X6/64 dev v1 nodad
	for n in $DESK $FAR; do ip -n $n link set v0 up; done
	for n in $DESK $BOX; do ip -n $n link set v1 up; done
	ip -n $DESK route add default via $F4 && ip -n $DESK -6 route add default via $F6
	ip -n $FAR route add 10.78.0.0/24 via $D4 && ip -n $FAR -6 route add fd78::/64 via $D6
	ip -n $BOX route add default via 10.78.0.1 && ip -n $BOX -6 route add default via fd78::1
	desk sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	# What arrives, before anything else sees it; the kernel's own neighbour discovery is short.
	for n in $FAR $BOX; do
		ip netns exec $n nft -f - <<-NFT
		table inet wire {
			counter arrived { }
			counter answers { }
			chain arrivals {
				type filter hook prerouting priority -500
				iifname "lo" accept
				meta l4proto ipv6-icmp icmpv6 type >= 130 meta length < 200 accept
				meta l4proto tcp tcp flags & rst == rst counter name answers accept
				icmp type destination-unreachable counter name answers accept
				icmpv6 type destination-unreachable counter name answers accept
				counter name arrived
			}
		}
		NFT
	done
	# Neighbours are known from now on: no packet waits for an answer.
	desk ping -qc1 -W1 $F4 >/dev/null; desk ping -qc1 -W1 $F6 >/dev/null
	desk ping -qc1 -W1 $X4 >/dev/null; desk ping -qc1 -W1 $X6 >/dev/null
	far ping -qc1 -W1 $X4 >/dev/null; far ping -qc1 -W1 $X6 >/dev/null
	for n in "$FAR $D4" "$FAR $D6" "$DESK $F4" "$DESK $F6" "$DESK $X4" "$DESK $X6" \
	    "$BOX 10.78.0.1" "$BOX fd78::1"; do
		settle $n
	done
}
# A neighbour that is never asked for again.
settle() { # NAMESPACE ADDRESS
	local dev mac
	dev=$(ip -n "$1" route get "$2" | sed -n 's/.* dev \([^ ]*\) .*/\1/p' | head -1)
	mac=$(ip -n "$1" neigh show "$2" dev "$dev" | sed -n 's/.*lladdr \([^ ]*\).*/\1/p')
	[ -n "$mac" ] && ip -n "$1" neigh replace "$2" lladdr "$mac" dev "$dev" nud permanent
}
# An address is at that namespace's end of the link.
settle_at() { # NAMESPACE ADDRESS NEIGHBOUR
	ip -n "$1" neigh replace "$2" lladdr "$(ip -n "$3" link show v0 | sed -n 's/.*link\/ether \([^ ]*\).*/\1/p')" dev v0
}
# Packets since the last question; refusals by RST and ICMP are counted as "answers".
arrived() { # NAMESPACE [COUNTER]
	sleep 0.01
	ip netns exec "$1" nft reset counter inet wire "${2:-arrived}" | sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}
delivered() { # to raw sockets on the desk, from outside, since the start
	sleep 0.01
	kill -USR1 "${PID[sink]}"
	hear sink
}
forget() { desk conntrack -F >/dev/null 2>&1; }
state() { # every rule as the tools show it, without counters
	desk nft -s list ruleset 2>/dev/null
	desk iptables-save | sed 's/\[[0-9:]*\]//; /^#/d'
	desk ip6tables-save | sed 's/\[[0-9:]*\]//; /^#/d'
}
rules_of() { desk "$1" | sed 's/\[[0-9:]*\]//; /^#/d'; }
loaded() { # bring up: everything fresh
	setup load >/dev/null
	forget
	arrived $FAR >/dev/null
	arrived $BOX >/dev/null
}

INWARDS=(tcp udp fragments sctp private igmp icmp report)

# --- parts ------------------------------------------------------------------------------------
part_closed() {
	local before sent
	end queue
	loaded
	sent=$(tell sender 0 $F4 $F6 $X4 $X6)
	is "closed: out, nothing on the wire" "sent 30 0 0" "$sent $(arrived $FAR) $(arrived $BOX)"
	before=$(delivered)
	# neighbour discovery with hop limit 255 comes from the link itself and passes: not sent here
	sent=$(tell stranger 0 "${INWARDS[@]}" $D4 $D6)
	is "closed: in, nothing delivered" "sent 14 0" "$sent $(($(delivered) - before))"
	arrived $FAR >/dev/null
	sent=$(tell inside 0 $F4 $F6)
	is "closed: forwarded outwards" "sent 15 0" "$sent $(arrived $FAR)"
	arrived $BOX >/dev/null
	sent=$(tell stranger 0 $X4 $X6)
	is "closed: forwarded inwards" "sent 15 0" "$sent $(arrived $BOX)"
	# the same senders with verdict accept: the zeros above were no accident
	queue 1
	arrived $FAR >/dev/null
	tell sender 0 tcp udp fragments sctp private igmp icmp $F4 $F6 >/dev/null
	sent=$(arrived $FAR)
	[ "$sent" -ge 13 ]
	result $? "accept: out passes" "$sent packets"
	before=$(delivered)
	tell stranger 0 tcp udp fragments sctp private igmp icmp $D4 $D6 >/dev/null
	sent=$(($(delivered) - before))
	[ "$sent" -ge 13 ]
	result $? "accept: in passes" "$sent packets"
	arrived $FAR >/dev/null
	tell inside 0 tcp udp fragments sctp private icmp $F4 $F6 >/dev/null
	sent=$(arrived $FAR)
	[ "$sent" -ge 12 ]
	result $? "accept: forwarded passes" "$sent packets"
	end queue
}

part_existing() {
	local port out
	setup release >/dev/null
	# conntrack at work before the suite, as on most machines
	desk nft 'add table inet before; add chain inet before c { type filter hook output priority 0; };
		add rule inet before c ct state new counter'
	desk conntrack -F >/dev/null 2>&1
	start old $DESK flow tcp $F4 7000 && port=$(hear old) && port=${port#connected }
	start oldudp $DESK flow udp $F6 7000 && hear oldudp >/dev/null
	start oldin $FAR flow tcp $D6 7100 && hear oldin >/dev/null
	start oldfwd $BOX flow tcp $F4 7000 && hear oldfwd >/dev/null
	tell old a >/dev/null; tell oldudp a >/dev/null; tell oldin a >/dev/null; tell oldfwd a >/dev/null
	end parent
	start parent $DESK hold "$SETUP"
	is "existing: first load" "0 loaded guard" "$(setup load)"
	is "existing: tcp out goes on" "echo b" "$(tell old b)"
	is "existing: udp out goes on" "echo b" "$(tell oldudp b)"
	is "existing: tcp in goes on" "echo b" "$(tell oldin b)"
	is "existing: forwarded goes on" "echo b" "$(tell oldfwd b)"
	out=" $(setup flows) "
	[[ $out == " 0x42574558"*" 6/$D4/$port/$F4/7000/socket "* ]] &&
		[[ $out == *" 17/$D6/"*"/$F6/7000/socket "* && $out == *" 6/$D6/7100/$F6/"*"/socket "* &&
		$out == *" 6/$X4/"*"/$F4/7000/conntrack "* ]]
	result $? "existing: list names them" "$out"
	start new $DESK flow tcp $F4 7000
	is "existing: a new one does not" "error timeout" "$(hear new)"
	end old oldudp oldin oldfwd new
	desk nft delete table inet before
}

part_lifeline() {
	end queue
	setup release >/dev/null
	desk conntrack -F >/dev/null 2>&1
	setup load "tcp 7100 $F4/32; tcp 7100 fd77::/64" >/dev/null
	is "lifeline: check with its lines" "0 ok guard" "$(setup check "tcp 7100 $F4/32; tcp 7100 fd77::/64")"
	start a $FAR flow tcp $D4 7100 && hear a >/dev/null
	start b $FAR flow tcp $D6 7100 && hear b >/dev/null
	is "lifeline: v4 passes" "echo x" "$(tell a x)"
	is "lifeline: v6 passes" "echo x" "$(tell b x)"
	start c $FAR flow udp $D4 7100 && hear c >/dev/null
	is "lifeline: not udp" "error timeout" "$(tell c x)"
	start d $FAR flow tcp $D4 7101
	is "lifeline: not another port" "error timeout" "$(hear d)"
	start e $BOX flow tcp $D4 7100
	is "lifeline: not another net" "error timeout" "$(hear e)"
	start f $DESK flow tcp $F4 7000
	is "lifeline: not outgoing" "error timeout" "$(hear f)"
	start g $DESK flow tcp $D4 7100
	is "lifeline: not from a local program" "error timeout" "$(hear g)"
	desk conntrack -U --mark 0 >/dev/null 2>&1
	is "lifeline: passes when its mark is lost" "echo y" "$(tell a y)"
	is "lifeline: gone with its line" "0 put-back guard" "$(setup load)"
	end a b c d e f g
	local bad
	for bad in "tcp 0 $F4/32" "tcp 22 $F4/33" "icmp 22 $F4/32" "tcp 22 $F4/32 x" "tcp 22 -j" "tcp 70000 ::/0"; do
		is "lifeline: refuses '$bad'" "1 failed bad lifeline lines" "$(setup load "$bad")"
	done
	is "lifeline: refused lines change nothing" "0 kept guard" "$(setup load)"
}

part_repeat() {
	local before
	loaded
	before=$(desk nft -a list ruleset 2>/dev/null | md5sum)
	is "twice: nothing to do" "0 kept guard" "$(setup load)"
	is "twice: not one handle changed" "$before" "$(desk nft -a list ruleset 2>/dev/null | md5sum)"
	before=$(state)
	desk iptables -t mangle -D OUTPUT -j BW-OUT
	is "twice: a lost jump is put back" "0 put-back guard" "$(setup load)"
	is "twice: the same rules as before" "$before" "$(state)"
	desk iptables -t mangle -A OUTPUT -j BW-OUT
	is "twice: a doubled jump goes" "0 put-back guard $before" "$(setup load) $(state)"
	desk iptables -t filter -I BW-FO 1 -j RETURN
	is "twice: a foreign rule in our chain goes" "0 put-back guard $before" "$(setup load) $(state)"
	desk ip6tables -t filter -N THEIRS && desk ip6tables -t filter -A THEIRS -j BW-REJ
	is "twice: a foreign way into our chain goes" "0 put-back guard" "$(setup load)"
	desk ip6tables -t filter -F THEIRS; desk ip6tables -t filter -X THEIRS
	is "twice: all as before" "$before" "$(state)"
}

# What other tools do to the rules. Each line is run on the desk.
TOUCHES=(
	"iptables -F" "ip6tables -F" "iptables -t raw -F" "ip6tables -t raw -F"
	"iptables -t mangle -F" "ip6tables -t mangle -F" "iptables -t nat -F" "ip6tables -t nat -F"
	"iptables -t security -F" "ip6tables -t security -F"
	"nft flush ruleset"
	"nft delete table ip raw" "nft delete table ip mangle" "nft delete table ip nat"
	"nft delete table ip filter" "nft delete table ip security"
	"nft delete table ip6 mangle" "nft delete table ip6 filter" "nft delete table ip6 security"
	"iptables -t raw -I OUTPUT 1 -j ACCEPT" "iptables -t mangle -I OUTPUT 1 -j ACCEPT"
	"iptables -t nat -I OUTPUT 1 -j ACCEPT" "iptables -I OUTPUT 1 -j ACCEPT"
	"iptables -t security -I OUTPUT 1 -j ACCEPT" "ip6tables -t mangle -I OUTPUT 1 -j ACCEPT"
	"iptables -t mangle -I FORWARD 1 -j ACCEPT" "iptables -I INPUT 1 -j ACCEPT"
)
# Removes a line that another tool put in; what it flushed is put back by the next load.
untouch() {
	[[ $1 == *" -I "* ]] || return 0
	set -- "${1/ -I / -D }"
	desk ${1/ 1 / } 2>/dev/null
}
# Packets that got anywhere, of all kinds and ways.
leaks() { # MARK
	local before now
	tell sender "$1" $F4 $F6 $X4 $X6 >/dev/null
	before=$(delivered)	# after what the sender's redirected flows were answered
	tell stranger 0 "${INWARDS[@]}" $D4 $D6 >/dev/null
	now=$(($(delivered) - before))
	tell inside 0 $F4 $F6 >/dev/null
	echo $((now + $(arrived $FAR) + $(arrived $BOX)))
}
part_touched() {
	local verdict touch n bad
	for verdict in 0 2 3 4 5 7; do
		bad=
		queue $verdict
		for touch in "${TOUCHES[@]}"; do
			loaded
			# shellcheck disable=SC2086
			desk $touch 2>/dev/null
			n=$(leaks 0)
			[ "$n" = 0 ] || bad+=" [$touch: $n]"
			untouch "$touch"
		done
		[ -z "$bad" ]
		result $? "touched: verdict $verdict, ${#TOUCHES[@]} ways, 0 packets" "$bad"
	done
	# verdicts that let pass: what is not asked must not, so with nobody at the queue
	for verdict in 1 6; do
		bad=
		for touch in "${TOUCHES[@]}"; do
			queue $verdict
			loaded
			tell sender 0 udp icmp $F4 $F6 >/dev/null
			end queue
			# shellcheck disable=SC2086
			desk $touch 2>/dev/null
			arrived $FAR >/dev/null; arrived $BOX >/dev/null
			n=$(leaks 0)
			# one flow of a protocol without ports: accepted for good above
			[ "$n" = 0 ] || bad+=" [$touch: $n]"
			untouch "$touch"
		done
		[ -z "$bad" ]
		result $? "touched: verdict $verdict then nobody, ${#TOUCHES[@]} ways, 0 packets" "$bad"
	done
	setup load >/dev/null
}

# Nobody holds the guard: its owner was killed (since Linux 6.9 it stays, as any other table), or it could not be had.
unguard() { # killed|none
	if [ "$1" = killed ]; then
		[ -n "${PID[parent]:-}" ] || start parent $DESK hold "$SETUP"
		loaded
		end parent
	else
		desk "$SETUP" load </dev/null >/dev/null 3<&- 4<&-
		forget
		arrived $FAR >/dev/null; arrived $BOX >/dev/null
	fi
}
ways() { { desk iptables-save; desk ip6tables-save; } | grep -cE -- '-j BW-(RAW|GO)$'; } # into raw and security
stays() { desk nft list table inet bulwark-guard >/dev/null 2>&1; } # without its owner
part_unguarded() {
	local how verdict touch n bad guard=no-guard wanted=6
	unguard killed
	! stays || guard=guard wanted=0
	is "unguarded: raw and security are there unless the guard stays" $wanted "$(ways)"
	is "unguarded: what a killed parent leaves is as it should be" "ok $guard" "$(desk "$SETUP" check </dev/null)"
	is "unguarded: nobody owns what is left" 0 "$(desk nft list table inet bulwark-guard 2>/dev/null | grep -c owner)"
	if [ $guard = guard ]; then
		desk nft delete table inet bulwark-guard
		is "unguarded: that it lacks is said" differs "$(desk "$SETUP" check </dev/null | cut -d" " -f1)"
		start parent $DESK hold "$SETUP"
		is "unguarded: and put back" "0 put-back guard" "$(setup load)"
		unguard killed
	fi
	start parent $DESK hold "$SETUP"
	is "unguarded: the next parent takes it over" "0 kept guard" "$(setup load)"
	is "unguarded: the same tables" $wanted "$(ways)"
	is "unguarded: which stays so" "0 kept guard" "$(setup load)"
	for how in killed none; do
		for verdict in 0 2 5; do
			bad=
			queue $verdict
			for touch in "${TOUCHES[@]}" "nft delete table inet bulwark-guard"; do
				[ "$touch" != "nft flush ruleset" ] || continue
				unguard $how
				# shellcheck disable=SC2086
				desk $touch 2>/dev/null
				n=$(leaks 0)
				# What a program sets, the guard clears, or raw where none stays.
				if [ "$verdict" = 0 ] && { stays || [[ $touch != *raw* && $touch != *guard ]]; }; then
					n+=$(leaks 0x01000000)
				fi
				[ -z "${n//0/}" ] || bad+=" [$touch: $n]"
				untouch "$touch"
			done
			[ -z "$bad" ]
			result $? "unguarded: $how, verdict $verdict, ${#TOUCHES[@]} ways, 0 packets" "$bad"
		done
		[ $how = none ] || end parent
		desk "$SETUP" release </dev/null >/dev/null 3<&- 4<&-
	done
	desk "$SETUP" load </dev/null >/dev/null 3<&- 4<&-
	is "unguarded: without a guard there are all tables" "6 ok no-guard" "$(ways) $(desk "$SETUP" check </dev/null)"
	desk "$SETUP" release </dev/null >/dev/null 3<&- 4<&-
	start parent $DESK hold "$SETUP"
	setup load >/dev/null
}

part_marks() {
	local nibble n bad=
	end queue
	loaded
	for nibble in 1 2 4 5 6 7 8 15; do
		n=$(leaks $((nibble << 24)))
		[ "$n" = 0 ] || bad+=" [$nibble: $n]"
	done
	[ -z "$bad" ]
	result $? "marks: SO_MARK with each nibble, nobody at the queue, 0 packets" "$bad"
	queue 0
	bad=
	for n in "iptables -t raw -F" "ip6tables -t raw -F" "iptables -t raw -I OUTPUT 1 -j ACCEPT" "nft flush ruleset"; do
		loaded
		# shellcheck disable=SC2086
		desk $n
		[ "$(leaks 0x01000000)" = 0 ] || bad+=" [$n]"
	done
	[ -z "$bad" ]
	result $? "marks: SO_MARK with raw flushed, 0 packets" "$bad"
	desk iptables -t raw -D OUTPUT -j ACCEPT 2>/dev/null
	wg_marks
}
# A tunnel as wg-quick sets it up: everything but its own marked packets is routed to nowhere.
wg_marks() {
	local other n
	desk ip rule add not fwmark 51820 table 51820 prio 100
	desk ip rule add table main suppress_prefixlength 0 prio 99
	desk ip route add blackhole default table 51820
	far ip addr add 10.99.0.9/32 dev lo
	desk sysctl -qw net.ipv4.conf.all.src_valid_mark=1
	desk iptables-restore --noflush <<-R
	*raw
	-I PREROUTING ! -i wg0 -d 10.55.0.1/32 -m addrtype ! --src-type LOCAL -j DROP
	COMMIT
	*mangle
	-I POSTROUTING -m mark --mark 51820 -p udp -j CONNMARK --save-mark
	-I PREROUTING -p udp -j CONNMARK --restore-mark
	COMMIT
	R
	other=$(rules_of iptables-save | grep '^-A' | grep -v BW-)
	queue 1
	loaded
	is "wg-quick: its rules stay" "$other" "$(rules_of iptables-save | grep '^-A' | grep -v BW-)"
	start unmarked $DESK flow udp 10.99.0.9 7000
	is "wg-quick: unmarked is routed elsewhere" "error EINVAL" "$(hear unmarked | sed 's/ENETUNREACH/EINVAL/')"
	tell sender 51820 udp udp 10.99.0.9 >/dev/null
	n=$(arrived $FAR)
	is "wg-quick: marked passes" 2 "$n"
	is "wg-quick: its connmark is kept whole" 0xca6c \
		"$(desk conntrack -L -p udp -d 10.99.0.9 -o xml 2>/dev/null | sed -n 's/.*<mark>\([0-9]*\)<.*/\1/p' | head -1 | xargs printf '%#x')"
	queue 0
	tell sender 51820 udp 10.99.0.9 >/dev/null
	is "wg-quick: marked, verdict drop" 0 "$(arrived $FAR)"
	end unmarked
	desk ip rule del prio 100; desk ip rule del prio 99
	desk ip route flush table 51820
	far ip addr del 10.99.0.9/32 dev lo
	desk iptables -t raw -F PREROUTING; desk iptables -t mangle -F POSTROUTING
	desk iptables -t mangle -F PREROUTING
	setup load >/dev/null
}

# Other tools at work while packets flow and the rules are put back.
part_load() {
	local i n stop=$W/stop
	queue 0
	loaded
	n=$(delivered)
	( while [ ! -e "$stop" ]; do leaks_fire; done ) &
	local firing=$!
	LIVE[$firing]=1
	for i in $(seq 3); do
		for touch in "nft flush ruleset" "iptables -F" "iptables -t mangle -F" \
		    "ip6tables -t security -F" "nft delete table ip6 filter"; do
			# shellcheck disable=SC2086
			desk $touch 2>/dev/null
			setup load >/dev/null
		done
	done
	touch "$stop"
	wait $firing 2>/dev/null
	unset "LIVE[$firing]"
	is "under load: flushed and put back 15 times, 0 packets" "0 0 0" \
		"$(arrived $FAR) $(arrived $BOX) $(($(delivered) - n))"
	is "under load: whole again" "0 ok guard" "$(setup check)"
}
leaks_fire() {
	tell sender 0 udp tcp icmp private $F4 $F6 >/dev/null
	tell stranger 0 udp tcp icmp private $D4 $D6 >/dev/null
	tell inside 0 udp tcp icmp private $F4 $F6 >/dev/null
}

part_release() {
	local before
	setup release >/dev/null
	before=$(state)
	setup load >/dev/null
	setup load "tcp 22 $F4/32" >/dev/null
	is "release: says so" "0 released" "$(setup release)"
	is "release: an empty machine is empty again" "$before" "$(state)"
	desk iptables-restore <<-R
	*filter
	:INPUT ACCEPT [0:0]
	:FORWARD DROP [0:0]
	:OUTPUT ACCEPT [0:0]
	:THEIRS - [0:0]
	-A INPUT -i v0 -p tcp -m tcp --dport 9 -m comment --comment "not -j BW-FI" -j THEIRS
	-A THEIRS -j RETURN
	COMMIT
	*mangle
	:PREROUTING ACCEPT [0:0]
	:OUTPUT ACCEPT [0:0]
	-A OUTPUT -p tcp -m tcp --dport 9 -j MARK --set-xmark 0x5/0xff
	COMMIT
	R
	desk nft 'add table inet theirs; add chain inet theirs c { type filter hook output priority 0; };
		add rule inet theirs c ct mark set ct mark | 0x77'
	before=$(state)
	queue 1
	setup load >/dev/null
	tell sender 0 udp tcp icmp $F4 $F6 >/dev/null
	is "release: among others' rules" "0 released" "$(setup release)"
	is "release: others' rules as before" "$before" "$(state)"
	is "release: no nibble left in conntrack" 0 \
		"$(desk conntrack -L -o xml 2>/dev/null | grep -o '<mark>[0-9]*<' | tr -dc '0-9\n' | awk '$1 >= 16777216' | wc -l)"
	[ "$(desk conntrack -L 2>/dev/null | grep -c 'mark=119 ')" -gt 0 ]
	result $? "release: others' marks are left"
	is "release: again" "0 released" "$(setup release)"
	start free $DESK flow tcp $F4 7000 && hear free >/dev/null
	is "release: after it all passes" "echo hello" "$(tell free hello)"
	end free
	setup load >/dev/null
	desk iptables -A OUTPUT -p tcp --dport 10 -j ACCEPT
	desk iptables -t security -A OUTPUT -p tcp --dport 10 -j ACCEPT
	setup release >/dev/null
	is "release: a rule added meanwhile stays" 2 "$(desk nft list ruleset 2>/dev/null | grep -c 'dport 10 ')"
	desk nft flush ruleset
	desk conntrack -F >/dev/null 2>&1
	setup load >/dev/null
	end parent
	start parent $DESK hold "$SETUP"
	is "release: from another process, afterwards" "0 released" "$(setup release)"
	is "release: and nothing is left" "" "$(desk nft list ruleset 2>/dev/null)"
	setup load >/dev/null
	is "release: refused while another holds the guard" \
		"failed the guard belongs to a process that lives" "$(desk "$SETUP" release </dev/null 3<&- 4<&-)"
	is "release: refused means untouched" "0 kept guard" "$(setup load)"
	setup release >/dev/null
}

part_killed() {
	local ms bad='' before
	setup release >/dev/null
	desk iptables -A INPUT -p tcp --dport 9 -j ACCEPT
	desk ip6tables -t mangle -A FORWARD -p tcp --dport 9 -j ACCEPT
	before=$(state)
	for ms in 1 2 4 6 8 10 12 15 20 25 30 35 40 50 60 70 80 90 100 110 120 135 150 170 190 220 250 300; do
		setup "kill $ms load" >/dev/null
		[ "$(setup release)" = "0 released" ] && [ "$(state)" = "$before" ] || bad+=" [$ms ms]"
	done
	[ -z "$bad" ]
	result $? "killed: load ended at 28 moments, release leaves what was there" "$bad"
	bad=
	for ms in 5 20 40 60 80 100 140 180; do
		setup "kill $ms load" >/dev/null
		setup load >/dev/null
		[ "$(setup check)" = "0 ok guard" ] || bad+=" [$ms ms load]"
		setup "kill $ms release" >/dev/null
		[ "$(setup release)" = "0 released" ] && [ "$(state)" = "$before" ] || bad+=" [$ms ms release]"
	done
	[ -z "$bad" ]
	result $? "killed: the next load or release makes it right" "$bad"
	desk nft flush ruleset
}

# Two at once, without and with each other's lock.
part_together() {
	local i bad=
	setup release >/dev/null
	start other $DESK hold "$SETUP"
	for i in $(seq 5); do
		echo load >&"${IN[parent]}"
		echo load >&"${IN[other]}"
		hear parent >/dev/null
		hear other >/dev/null
		[[ "$(setup check)" == "0 ok"* ]] || bad+=" $i"
		end other parent
		start other $DESK hold "$SETUP"
		start parent $DESK hold "$SETUP"
		setup release >/dev/null
	done
	[ -z "$bad" ]
	result $? "together: two loads at once" "$bad"
	end other
}

# A datagram out by the device, whatever the routes say.
by_device() { # NAMESPACE ADDRESS PORT
	ip netns exec "$1" python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"v0")
s.sendto(b"x", (sys.argv[1], int(sys.argv[2])))' "$2" "$3"
}
part_redirect() {
	local n what
	queue 1 7004=5 53=4 7006=6
	loaded
	start doors $DESK serve 127.0.0.17:53 127.0.0.17:1117 ::1:53 ::1:1117
	hear doors >/dev/null
	for what in "tcp $F4 7004 127.0.0.17:1117" "udp $F4 7004 127.0.0.17:1117" \
	    "tcp $F6 7004 ::1:1117" "udp $F6 7004 ::1:1117" \
	    "tcp $F4 53 127.0.0.17:53" "udp $F4 53 127.0.0.17:53" \
	    "tcp $F6 53 ::1:53" "udp $F6 53 ::1:53" \
	    "tcp 198.51.100.9 7004 127.0.0.17:1117" "udp 8.8.8.8 53 127.0.0.17:53" \
	    "tcp 127.17.3.4 7004 127.0.0.17:1117" "udp 127.17.3.4 7004 127.0.0.17:1117"; do
		# shellcheck disable=SC2086
		set -- $what
		start f $DESK flow "$1" "$2" "$3"
		hear f >/dev/null
		n=$(tell f hello)
		is "redirect: $1 $2 port $3" "echo hello $1 $4 hello" "$n $(hear doors 2 | cut -d' ' -f1-3)"
		end f
	done
	is "redirect: nothing on the wire" 0 "$(arrived $FAR)"
	start f $DESK flow tcp $F4 7004 && hear f >/dev/null
	start g $DESK flow udp $F6 7004 && hear g >/dev/null
	tell f a >/dev/null; tell g a >/dev/null; hear doors >/dev/null; hear doors >/dev/null
	desk iptables -t nat -F; desk ip6tables -t nat -F
	tell f b >/dev/null; tell g b >/dev/null
	for what in tcp udp; do
		start h $DESK flow $what $F4 7004; hear h >/dev/null; end h
		start h $DESK flow $what $F6 7004; hear h >/dev/null; tell h x >/dev/null; end h
	done
	desk nft delete table ip nat; desk nft delete table ip6 nat
	tell f c >/dev/null; tell g c >/dev/null
	is "redirect: nat flushed and deleted, nothing on the wire" 0 "$(arrived $FAR)"
	end f g doors
	setup load >/dev/null
	start doors $DESK serve 127.0.0.17:1117 ::1:1117
	hear doors >/dev/null
	for what in 127.0.0.17 ::1; do
		start f $DESK flow tcp $what 1117
		is "redirect: the door at $what is shut to direct callers" "error timeout" "$(hear f)"
		end f
	done
	queue 1
	start f $DESK flow tcp 127.17.9.9 80
	is "redirect: a tunnel name that is not redirected reaches nobody" "error timeout" "$(hear f)"
	arrived $FAR >/dev/null
	by_device $DESK 127.17.1.2 80
	is "redirect: not by another device either" 0 "$(arrived $FAR)"
	desk sysctl -qw net.ipv4.conf.v0.route_localnet=1
	settle_at $FAR 127.0.0.17 $DESK
	while [[ $(hear doors 0.2) != silent* ]]; do :; done
	by_device $FAR 127.0.0.17 1117
	is "redirect: the door is shut to the network, routed to it or not" "silent: " "$(hear doors 1)"
	desk sysctl -qw net.ipv4.conf.v0.route_localnet=0
	end f doors
	start f $BOX flow tcp $F4 7004 && hear f >/dev/null; end f
	queue 5
	arrived $FAR >/dev/null
	tell inside 0 $F4 $F6 >/dev/null
	tell sender 0 icmp sctp private igmp $F4 $F6 >/dev/null
	is "redirect: verdict 5 for forwarded flows and other protocols passes nothing" 0 "$(arrived $FAR)"
	queue 4
	tell sender 0 tcp udp icmp sctp private $F4 $F6 >/dev/null
	is "redirect: verdict 4 on other ports passes nothing" 0 "$(arrived $FAR)"
}

# Bytes in what passes without a verdict of its own: errors and neighbour discovery.
part_errors() {
	local port
	queue 0 7000=1
	loaded
	start f $DESK flow udp $F4 7000; port=$(hear f); port=${port#connected }
	is "errors: a permitted flow" "echo a" "$(tell f a)"
	arrived $FAR answers >/dev/null
	arrived $FAR >/dev/null
	tell sender 0 "error:$D4/$port/7000" $F4 >/dev/null
	is "errors: a program's icmp error about it is dropped" 0 "$(($(arrived $FAR) + $(arrived $FAR answers)))"
	end f
	start f $DESK flow udp $F6 7000; port=$(hear f); port=${port#connected }
	tell f a >/dev/null
	arrived $FAR answers >/dev/null
	arrived $FAR >/dev/null
	tell sender 0 "error:$D6/$port/7000" $F6 >/dev/null
	is "errors: the same for v6" 0 "$(($(arrived $FAR) + $(arrived $FAR answers)))"
	desk nft flush ruleset
	tell sender 0 "error:$D6/$port/7000" neighbour report $F6 >/dev/null
	is "errors: and with all rules flushed" 0 "$(($(arrived $FAR) + $(arrived $FAR answers)))"
	end f
	setup load >/dev/null
	# the kernel's own pass
	start f $FAR flow udp $D4 9; hear f >/dev/null
	queue 1
	is "errors: the kernel's port unreachable passes" "error ECONNREFUSED" "$(tell f a)"
	end f
	queue 2
	start f $DESK flow tcp $F4 7000
	is "errors: a blocked connect is told at once" "error ECONNREFUSED" "$(hear f)"
	end f
	start f $DESK flow udp $F6 7000; hear f >/dev/null
	is "errors: a blocked datagram is told at once" "error EACCES" "$(tell f a)"
	end f
	ip -n $DESK neigh del $F6 dev v0
	queue 1
	start f $DESK flow udp $F6 7000; hear f >/dev/null
	is "errors: neighbour discovery works" "echo a" "$(tell f a)"
	end f
	settle $DESK $F6
}

wire_up
start parent $DESK hold "$SETUP"
start farserver $FAR serve 0.0.0.0:7000 :::7000
start deskserver $DESK serve 0.0.0.0:7100 :::7100 0.0.0.0:7101
start sink $DESK sink $F4 $F6 $X4 $X6
for s in farserver deskserver sink; do hear $s >/dev/null; done
start sender $DESK send
start stranger $FAR send
start inside $BOX send
# what they say further is of no use here; their pipes must not fill
for s in farserver deskserver; do cat <&"${OUT[$s]}" >/dev/null & LIVE[$!]=1; disown $!; done

if [ $# = 0 ]; then
	set -- closed existing lifeline repeat touched unguarded marks load redirect errors release killed together
fi
for part; do
	declare -F "part_$part" >/dev/null || { result 1 "no part $part"; continue; }
	begin=$SECONDS
	"part_$part"
	echo "# $part: $((SECONDS - begin)) s"
done
