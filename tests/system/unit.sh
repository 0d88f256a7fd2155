#!/bin/bash
# The unit file, without a running systemd: each key stands in the section that systemd reads it in.
set -u
cd "$(dirname "$0")/../.." || exit 1
unit=sandbox/bulwark.service.in
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

section_of() { awk -v key="$1" '/^\[/ { s = $0 } index($0, key "=") == 1 { print s; exit }' $unit; }
is() { if [ "$2" = "$3" ]; then echo "ok unit: $1"; else echo "not ok unit: $1: $2, not $3"; fi; }

is "StartLimitIntervalSec" "$(section_of StartLimitIntervalSec)" "[Unit]"
is "Restart" "$(section_of Restart)" "[Service]"
is "a key stands once" "$(grep -oE '^[A-Za-z]+=' $unit | sort | uniq -d | tr -d '\n')" ""
if command -v systemd-analyze >/dev/null; then
	sed 's,@SBINDIR@/bulwarkd,/bin/true,;s,@LIBEXEC@,/,;s,@SHARE@,/,' $unit >"$dir/bulwark.service"
	is "systemd knows each key" "$(systemd-analyze verify --man=no "$dir/bulwark.service" 2>&1)" ""
fi
