#!/bin/bash
# The parent with stand-ins for its children (stand_in.c) and the real bulwark-setup: start, death,
# silence and misbehaviour of each kind, loss of the hub, orderly stop, its own death. Runs in a
# network namespace of its own; makes one if it is not called from there.
# shellcheck disable=SC2317 # functions are called by others
cd "$(dirname "$0")/../.." || exit 1
if [ -z "${PARENT_TEST_INSIDE:-}" ]; then
	PARENT_TEST_INSIDE=1 exec unshare -n "$0" "$@"
fi
VARIANT=${VARIANT:-test}
B=build/$VARIANT
make -s VARIANT="$VARIANT" sandbox-tests "$B/bin/bulwarkd" "$B/bin/bulwark-setup" >&2 || {
	echo "not ok build of the stand-in"
	exit 1
}
dir=$(mktemp -d /tmp/bulwark-parent.XXXXXX)
mkdir -p "$dir/bin" "$dir/etc" "$dir/vendor" "$dir/geo" "$dir/run" "$dir/state"
chmod 755 "$dir"
children="policyd whod intercept resolverd uid"
for name in $children; do cp "$B/tests/sandbox/stand_in" "$dir/bin/$name"; done
cp "$B/bin/bulwarkd" "$B/bin/bulwark-setup" "$dir/bin/"
log=$dir/log
parent=''
bad=0

cleanup() {
	[ -z "$parent" ] || kill -9 "$parent" 2>/dev/null
	[ "$bad" = 0 ] || tail -n 60 "$log" | sed 's/^/# /'
	rm -rf "$dir"
}
trap cleanup EXIT

pass() { echo "ok $*"; }
fail() { echo "not ok $*"; bad=1; }
check() { local what=$1; shift; if "$@"; then pass "$what"; else fail "$what"; fi; }
now() { echo $(($(date +%s%N) / 1000000)); }
pid() { awk -v n="$1" '$1 == n { print $2 }' "$dir/run/suite" 2>/dev/null; }
pids() { for name in $children; do pid "$name"; done | sort | tr '\n' ' '; }
others() { for n in $children; do [ "$n" = "$1" ] || pid "$n"; done | tr '\n' ' '; }
complete() { [ "$(grep -c . "$dir/run/suite" 2>/dev/null)" = 6 ]; }
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }
said() { grep -q -- "$1" "$log"; }
wait_for() { # SECONDS COMMAND...
	local end=$(($(now) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(now)" -lt $end ] || return 1
		sleep 0.005
	done
}
new_pid() { local p; p=$(pid "$1"); [ -n "$p" ] && [ "$p" != "$2" ]; }
start() {
	"$dir/bin/bulwarkd" -u -b "$dir/bin" -c "$dir/etc" -r "$dir/run" -s "$dir/state" \
		-p "$dir/vendor" -g "$dir/geo" </dev/null >>"$log" 2>&1 &
	parent=$!
	wait_for 20 complete
}
rules() { iptables-save -t mangle 2>/dev/null | grep -q NFQUEUE; }
guard() { nft list tables 2>/dev/null | grep -q bulwark; }

echo "stop release" >"$dir/etc/bulwarkd.conf"
check "starts" start
check "rules stand" rules
check "guard stands" guard
check "a second one in the same folder is refused" bash -c "! '$dir/bin/bulwarkd' -u -b '$dir/bin' \
	-c '$dir/etc' -r '$dir/run' -s '$dir/state' -p '$dir/vendor' 2>/dev/null"

for name in uid whod intercept resolverd; do
	old=$(pid $name) rest=$(others $name) from=$(now)
	kill -9 "$old"
	if wait_for 5 new_pid $name "$old"; then
		took=$(($(now) - from))
		check "$name is back $took ms after SIGKILL" [ $took -lt 300 ]
		check "$name: the others were left alone" [ "$rest" = "$(others $name)" ]
	else
		fail "$name does not come back"
	fi
done
check "both sides of a channel get fresh ends" said 'whod: channel 2, generation 3'

old=$(pid uid) from=$(now)
kill -STOP "$old"
check "uid is ended after SIGSTOP" wait_for 5 new_pid uid "$old"
took=$(($(now) - from))
check "it took $took ms" [ $((took / 100)) -ge 14 -a $((took / 100)) -lt 26 ]

# misbehave NAME DEED WHAT-THE-LOG-SAYS
misbehave() {
	local old rest
	wait_for 15 complete || { fail "$1 $2: the suite is not complete before"; return; }
	old=$(pid "$1") rest=$(others "$1")
	echo "$2" >"$dir/bin/$1.do"
	: >"$log"
	kill -9 "$old"
	if ! wait_for 15 said "$3"; then fail "$1 $2: not said: $3"; sed 's/^/#   /' "$log"; return; fi
	if ! wait_for 15 complete; then fail "$1 $2: does not come back"; return; fi
	check "$1 $2: $(grep -m1 -- "$3" "$log" | cut -c1-80)" [ "$rest" = "$(others "$1")" ]
}

while read -r name deed text <&3; do misbehave "$name" "$deed" "$text"; done 3<<'END'
uid garbage uid is ended: a header is wrong
whod empty whod \(ended with status [01]\|is ended: it speaks to nobody\)
intercept big intercept is ended: a header is wrong
uid unknown uid is ended: message type 4711 is not for us
whod order whod is ended: message type 18 is not for us
intercept invalid intercept is ended: log
uid early uid is ended: pong
whod name whod is ended: hello
intercept again intercept is ended: ready
uid foreign uid is ended: rules-changed
whod exit whod ended with status 3
intercept lie intercept is ended: it has another user
uid lie uid is ended: it has another user
whod exec whod made a forbidden system call
intercept abort intercept ended by signal ABRT
uid silent uid is ended: no sign of life
whod lie whod is ended: it has another user
intercept mute intercept is ended: its start takes too long
END

for deed in flood noise; do
	echo $deed >"$dir/bin/uid.do"
	: >"$log"
	wait_for 15 complete
	kill -9 "$(pid uid)"
	wait_for 5 said "$deed"
	sleep 1.5
	check "a $deed of lines is cut: $(wc -l <"$log") lines" [ "$(wc -l <"$log")" -lt 2000 ]
done
check "no terminal escapes in the log" bash -c "! grep -q \$'\\033' '$log'"

wait_for 15 complete
before=$(pids) from=$(now)
kill -9 "$(pid policyd)"
all_new() {
	complete && ! comm -12 <(pids | tr ' ' '\n' | sort) <(tr ' ' '\n' <<<"$before" | sort) |
		grep -q .
}
check "loss of the hub: all start anew" wait_for 10 all_new
check "after $(($(now) - from)) ms" [ $(($(now) - from)) -lt 1000 ]
check "rules stood" rules

mapfile -t old < <(pids | tr ' ' '\n' | grep .)
kill -TERM "$parent"
check "stops in order" wait_for 10 gone "$parent"
wait "$parent"
check "with status 0" [ $? = 0 ]
for p in "${old[@]}"; do check "child $p is gone" gone "$p"; done
check "rules are removed" bash -c '! iptables-save -t mangle | grep -q NFQUEUE'
check "no guard is left" bash -c '! nft list tables | grep -q bulwark'
check "no socket is left" bash -c "[ ! -e '$dir/run/bulwark.sock' ] && [ ! -e '$dir/run/suite' ]"

echo "stop hold" >"$dir/etc/bulwarkd.conf"
check "starts again" start
mapfile -t old < <(pids | tr ' ' '\n' | grep .)
kill -9 "$parent"
for p in "${old[@]}"; do check "after the parent's SIGKILL child $p ends" wait_for 2 gone "$p"; done
check "rules stay" rules
check "starts over rules that stand" start
kill -TERM "$parent"
wait "$parent"
check "with stop hold rules stay" rules
parent=''

echo "stop sometimes" >"$dir/etc/bulwarkd.conf"
check "a wrong configuration: file, line, column" bash -c \
	"'$dir/bin/bulwarkd' -n -c '$dir/etc' 2>&1 | grep -q 'bulwarkd.conf:1:6: '"
echo "stop hold" >"$dir/etc/bulwarkd.conf"
chmod 666 "$dir/etc/bulwarkd.conf"
check "a configuration that others can write is refused" bash -c \
	"! '$dir/bin/bulwarkd' -n -c '$dir/etc' 2>/dev/null"
exit $bad
