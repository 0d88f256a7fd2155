#!/bin/bash
# Programs that send and are gone: socket closed, process ended, another program in its place. With
# the suite's part in the kernel each packet of the permitted one passes, none of the forbidden one's
# does, and the monitor names them.
. "$(dirname "$0")/../lab/lib.sh"

OTHER=/usr/bin/sleep
# first PROTO HOST: first packets to it, each once, though sent again
first() {
	case $1 in
	udp) wire_show "src host ($DESK4 or $DESK6) and udp and dst host $2" | wc -l;;
	tcp) wire_show "src host ($DESK4 or $DESK6) and dst host $2 and (tcp[13] & 2 != 0 or ip6[53] & 2 != 0)" |
		awk '{ print $3 }' | sort -u | wc -l;;
	esac
}
passed() { [ "$(first "$1" "$2")" = "$3" ]; }

# sends PROGRAM MODE PROTO ADDRESS N [OTHER]: each from a port that no other has
SPORT=10000
sends() {
	on desk "$1" "$2" "$3" "$4" 7 "$5" "${6:-$OTHER}" $SPORT || fail "$2: could not be tried"
	SPORT=$((SPORT + $5 + 100))
}

# briefly TEXT MODE PROTO N: all of the permitted program's, none of the forbidden one's, and both are named
briefly() {
	local text=$1 mode=$2 proto=$3 n=$4 good bad
	fresh
	good=$F4
	[ $((LAB_FRESH % 4)) != 1 ] || good=$F6
	sends "$ALLOWED" "$mode" "$proto" "$good" "$n"
	fresh
	bad=$F4
	sends "$DENIED" "$mode" "$proto" "$bad" "$n"
	check "$text: the permitted program's pass" lab_wait 5 passed "$proto" "$good" "$n"
	check "and the monitor names it" told 3 \
		".process.path? == \"$ALLOWED\" and .dst == \"$good\""
	check "and names the forbidden one" told 3 \
		".process.path? == \"$DENIED\" and .dst == \"$bad\""
	is "none of whose pass" "$(first "$proto" "$bad")" 0
}

# unproven TEXT MODE [OTHER]: of the permitted program, run so that no path proves it
unproven() {
	fresh
	sends "$ALLOWED" "$2" udp "$F4" 10 "${@:3}"
	check "$1: it is judged" told 3 ".dst == \"$F4\" and .process.path? != null"
	is "$1: nothing passes" "$(first udp "$F4")" 0
}

lab_begin
[ -n "$LAB_CG" ] || { pass "no cgroup2 here"; exit 0; }
wire_start
for name in allowed denied copy; do cp "$LAB_TOP/build/release/tests/lab/brief" "$LAB_DIR/$name"; done
ALLOWED=$LAB_DIR/allowed DENIED=$LAB_DIR/denied
allowed allowed "$ALLOWED"
blocked denied "$DENIED"
allowed copy "$LAB_DIR/copy"
for name in old other; do cp "$LAB_TOP/build/release/tests/lab/senders/senders" "$LAB_DIR/$name"; done
blocked old "$LAB_DIR/old"
allowed other "$LAB_DIR/other"
mkfifo "$LAB_DIR/old.in"
fresh
F4_OLD=$F4
lab_spawn on desk sh -c 'exec "$1/old" disguised 1 "$2" 7 "$1/other" <>"$1/old.in"' sh "$LAB_DIR" "$F4_OLD" >"$LAB_DIR/old.out"
suite_start -v
[ "$(ctl status --json | jq .kernel.on)" = true ] || { pass "no BPF here"; exit 0; }
monitor_start

briefly "UDP, socket closed at once" close udp 100
briefly "TCP, socket closed at once" close tcp 100
briefly "UDP, process ends at once" end udp 100
briefly "TCP, process ends at once" end tcp 100
briefly "UDP, then another program" exec udp 10
briefly "UDP, a thousand processes of a millisecond" run udp 1000
briefly "UDP, by vfork" vfork udp 20
briefly "UDP, main thread has ended" leader udp 20
briefly "UDP, thread with descriptors of its own" table udp 20
briefly "UDP, run by a descriptor" fd udp 20
unproven "from memory" memfd
fresh
sends "$DENIED" mount udp "$F4" 10 "$ALLOWED"
is "mounted over the permitted program: nothing passes" "$(first udp "$F4")" 0
fresh
sends "$LAB_DIR/copy" deleted udp "$F4" 10
is "a file without a name: nothing passes" "$(first udp "$F4")" 0

# one that is older than the suite, and has the other's file as its memory's only now; the other itself has a grant
fresh
on desk "$LAB_DIR/other" udp 1 "$F4" 7 "$LAB_DIR/old" </dev/null >/dev/null
check "the permitted program's passes" lab_wait 3 passed udp "$F4" 1
echo >"$LAB_DIR/old.in"
check "an older process, disguised by now: it is judged" told 3 ".dst == \"$F4_OLD\""
is "and nothing of it passes" "$(first udp "$F4_OLD")" 0

# who connects is noted as long as there is room: others' sockets take none of it for long
mkfifo "$LAB_DIR/hoard.in"
lab_spawn on desk /usr/bin/python3 "$LAB_TOP/tests/lab/steps.py" "hoard 140000" "wait $LAB_DIR/hoard.in" \
	</dev/null >"$LAB_DIR/hoard"
check "one has more sockets than are noted" lab_wait 30 grep -q yes "$LAB_DIR/hoard"
briefly "TCP meanwhile, socket closed at once" close tcp 100
echo >"$LAB_DIR/hoard.in"

# what cannot be named, and is gone, is nobody else's who has the same socket
deep=$LAB_DIR/$(printf 'd/%.0s' {1..50})
deep=${deep%/}
mkdir -p "$deep"
for name in "$LAB_DIR/keeper" "$deep/sender"; do cp "$(readlink -f /usr/bin/python3)" "$name"; done
allowed keeper "$LAB_DIR/keeper"
blocked sender "$deep/sender"
suite_settle
fresh
on desk env PYTHONHOME=/usr /usr/bin/python3 "$LAB_TOP/tests/lab/steps.py" "orphan $deep/sender $LAB_DIR/keeper 20 $F4 7 33" ||
	fail "it could not be tried"
check "a sender whose path is too deep, gone: it is judged" told 3 ".dst == \"$F4\""
is "and not as the other who has its socket" "$(wire_show "dst host $F4" | wc -l)" 0

# names that programs choose
odd=$(printf '%s/a\nb\033[31m \x27"$' "$LAB_DIR")
long=$LAB_DIR/$(printf 'n%.0s' {1..255})
for name in "$odd" "$long"; do
	cp "$LAB_TOP/build/release/tests/lab/brief" "$name"
	sleep 0.05	# older than the smallest difference of times that counts
	fresh
	sends "$name" run udp "$F4" 3
	check "an odd name: it is told as it is" told 3 ".dst == \"$F4\" and (.process.path? // \"\" | length) >= 30"
done
