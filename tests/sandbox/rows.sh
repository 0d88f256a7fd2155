#!/bin/bash
# Each row of the process table, in the kernel: every system call and every neighbour of an allowed
# argument; what an attacker would try first; and that the audit notices each step left out. With
# the filter of test builds, which names what it forbids, and with that of releases, which kills.
cd "$(dirname "$0")/../.." || exit 1
rows="policyd whod intercept uid"

for variant in test release; do
	if ! make -s VARIANT=$variant sandbox-tests >&2; then
		echo "not ok build of the sandbox tests, $variant"
		exit 1
	fi
	enter=build/$variant/tests/sandbox/enter
	# shellcheck disable=SC2086 # words
	{
		"$enter" sweep $rows setup kernel bulwarkd </dev/null || echo "not ok sweep ended early"
		"$enter" tries $rows setup kernel || echo "not ok tries ended early"
	} | sed "s/\$/ ($variant)/"
done

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
for row in $rows; do
	cp build/release/tests/sandbox/enter "$dir/$row"
	"$dir/$row" weak || echo "not ok audit of $row ended early"
done
