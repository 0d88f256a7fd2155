# What a test in the lab starts with:
#	. "$(dirname "$0")/../lab/lib.sh"
#	lab_begin
# The script then runs in a mount namespace and a cgroup of its own; whatever ends it, nothing
# stays: namespaces go with the mount namespace, processes with the cgroup.
#
# Prints one line a check, "ok ..." or "not ok ...", and exits 1 if any was not.
# VARIANT says which build of the suite is under test (release).
# shellcheck shell=bash
set -u
LAB_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LAB_TEST=$(basename "$0" .sh)
BIN=$LAB_TOP/build/${VARIANT:-release}/bin
LAB_FAILED=0 LAB_PASSED=0
LAB='' LAB_DIR='' LAB_CG='' LAB_CG_HOME='' PROGRAMS=''

[ "$(id -u)" = 0 ] || { echo "$0: run as root" >&2; exit 2; }
if [ -z "${LAB_PRIVATE:-}" ]; then
	export LAB_PRIVATE=$$
	exec unshare -m --propagation private -- "$BASH" "$0" "$@"
fi

# shellcheck source=tests/lab/net.sh
. "$LAB_TOP/tests/lab/net.sh"
# shellcheck source=tests/lab/spawn.sh
. "$LAB_TOP/tests/lab/spawn.sh"
# shellcheck source=tests/lab/servers.sh
. "$LAB_TOP/tests/lab/servers.sh"
# shellcheck source=tests/lab/wire.sh
. "$LAB_TOP/tests/lab/wire.sh"
# shellcheck source=tests/lab/suite.sh
. "$LAB_TOP/tests/lab/suite.sh"

die() {
	echo "not ok $LAB_TEST: $*"
	LAB_FAILED=$((LAB_FAILED + 1))
	exit 1
}

pass() {
	LAB_PASSED=$((LAB_PASSED + 1))
	echo "ok $LAB_TEST: $*"
}

fail() {
	LAB_FAILED=$((LAB_FAILED + 1))
	echo "not ok $LAB_TEST: $*"
}

# check TEXT CMD...: the command succeeds
check() {
	local text=$1
	shift
	if "$@"; then pass "$text"; else fail "$text"; fi
}

# soon TEXT MILLISECONDS LIMIT: LAB_SLOW times as long on a slow machine (qemu without kvm)
soon() {
	local limit=$(($3 * ${LAB_SLOW:-1}))
	if [ "$2" -le $limit ]; then pass "$1 ($2 ms)"; else fail "$1: $2 ms, $limit allowed"; fi
}

# is TEXT GOT WANTED; least TEXT GOT AT-LEAST; most TEXT GOT AT-MOST
is() { if [ "$2" = "$3" ]; then pass "$1"; else fail "$1: $2, not $3"; fi; }
least() { if [ "$2" -ge "$3" ]; then pass "$1"; else fail "$1: $2, at least $3 wanted"; fi; }
most() { if [ "$2" -le "$3" ]; then pass "$1"; else fail "$1: $2, at most $3 wanted"; fi; }

now_ms() { local t=$EPOCHREALTIME; echo $((${t%.*}${t#*.} / 1000)); }

# lab_begin: everything up but the suite
lab_begin() {
	LAB_DIR=$(mktemp -d "${TMPDIR:-/tmp}/bulwark-lab.XXXXXX") || exit 1
	chmod 755 "$LAB_DIR"
	trap lab_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	lab_cgroup_up "$LAB_TEST-$$"
	mkdir -p /run/netns
	mount -t tmpfs -o mode=755 tmpfs /run/netns
	lab_net_up
	lab_servers_up
	suite_folders
	printf 'nameserver %s\n' $DNS4 >"$LAB_DIR/resolv.conf"
	touch -a /etc/resolv.conf
	mount --bind "$LAB_DIR/resolv.conf" "$(readlink -f /etc/resolv.conf)"
}

# lab_programs: PROGRAMS, an empty folder that root alone may change, as well as those above it (LAB_DIR lies in /tmp): in a
# file system of its own; or in the folder LAB_PROGRAMS, for a machine where the suite sees only what process 1 does.
lab_programs() {
	if [ -z "${LAB_PROGRAMS:-}" ]; then mount -t tmpfs -o mode=755 programs /srv || die "mount"; fi
	PROGRAMS=$(mktemp -d "${LAB_PROGRAMS:-/srv}/bulwark-lab.XXXXXX") || die "no folder for programs"
	chmod 755 "$PROGRAMS"
}

# The suite finds them. After suite_start.
programs_seen() { [ -n "${LAB_PROGRAMS:-}" ] || grep -q "process 1 may not be looked at" "$SUITE_LOG"; }

lab_end() {
	local status=$?
	trap - EXIT
	trap '' INT TERM HUP
	if cat "$LAB_DIR"/suite*.log 2>/dev/null | grep -qE 'runtime error:|Sanitizer'; then
		fail "a sanitizer found something"
	fi
	if [ $LAB_FAILED -gt 0 ] || [ $status != 0 ]; then
		[ $LAB_FAILED -gt 0 ] || echo "not ok $LAB_TEST: ended with status $status"
		lab_say_why
	fi
	lab_cgroup_down
	umount -l /run/netns
	[ -z "$PROGRAMS" ] || rm -rf "$PROGRAMS"
	if [ -n "${LAB_KEEP:-}" ]; then echo "# kept $LAB_DIR"; else rm -rf "$LAB_DIR"; fi
	[ $LAB_FAILED -eq 0 ] && [ $status = 0 ] || exit 1
}

# The suite's own words, for a log of a failed test.
lab_say_why() {
	local f
	for f in "$LAB_DIR"/suite*.log; do
		[ ! -s "$f" ] || { echo "# $(basename "$f"):"; tail -n 60 "$f" | sed 's/^/#   /'; }
	done
}
