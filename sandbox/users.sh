#!/bin/sh
# Creates the users and the group that the file given names (sysusers.d form).
set -eu
if command -v systemd-sysusers >/dev/null; then
	exec systemd-sysusers "$1"
fi
while read -r kind name _; do
	case $kind in
	u)	getent passwd "$name" >/dev/null || useradd --system --user-group \
		    --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin "$name" ;;
	g)	getent group "$name" >/dev/null || groupadd --system "$name" ;;
	esac
done <"$1"
