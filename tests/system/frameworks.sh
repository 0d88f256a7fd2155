#!/bin/bash
# Scripts with profiles of their own: what an interpreter's arguments lead to may only tighten,
# whatever a program says of itself. Units and images by cgroup and mount.
. "$(dirname "$0")/../lab/lib.sh"

S='' UNIT=''

# script NAME INTERPRETER: says "yes" on the address that it is given, and waits for the echo
script() {
	{
		echo "#!$2"
		case $2 in
		*python3) echo 'import socket, sys
s = socket.create_connection((sys.argv[1], 7), 3); s.send(b"x"); sys.exit(s.recv(1) != b"x")';;
		*bash) echo 'exec 3<>"/dev/tcp/$1/7" && echo x >&3 && read -r -t 3 -N 1 c <&3 && [ "$c" = x ]';;
		*perl) echo 'use IO::Socket::INET; my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0],
PeerPort => 7, Timeout => 3) or exit 1; $s->send("x"); $s->recv(my $c, 1); exit($c ne "x");';;
		esac
	} | put "$S/$1"
	chmod 755 "$S/$1"
}

# passes TEXT CMD...; refused TEXT CMD...: with a fresh address as the last argument
passes() {
	local text=$1
	shift
	fresh
	if on desk "$@" "$F4" 2>"$LAB_DIR/err" && [ "$(wire_to "$F4")" -gt 0 ]; then
		pass "$text passes"
	else
		fail "$text: $(tail -1 "$LAB_DIR/err"); $(wire_to "$F4") packets"
	fi
}
refused() {
	local text=$1
	shift
	fresh
	if ! on desk "$@" "$F4" 2>/dev/null && [ "$(wire_to "$F4")" = 0 ]; then
		pass "$text is refused, nothing on the wire"
	else
		fail "$text: $(wire_to "$F4") packets"
	fi
}

# in_cgroup FOLDER CMD...: runs it there
in_cgroup() { # shellcheck disable=SC2016 # for the inner shell
	bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$@"
}

may() { profile "$1" "$S/$1" "$OPEN" "default permit"; }
may_not() { profile "$1" "$S/$1" "$OPEN" "default deny"; }

scripts() {
	local kind
	S=$LAB_DIR/scripts
	mkdir "$S"
	for kind in python3 bash perl; do
		script "good.$kind" "/usr/bin/$kind"
		script "bad.$kind" "/usr/bin/$kind"
		may "good.$kind"
		may_not "bad.$kind"
	done
	script none.py /usr/bin/python3
	ln -s bad.python3 "$S/link"
	cp "$(readlink -f /usr/bin/python3)" "$S/python3.99"
	may python3.99
	# Elsewhere, another program: bad.perl is known by its profile, not by where it is called from.
	profile unit /nowhere 'virtual "systemd:bulwark-lab.service"' "$OPEN" "default deny"
	profile image /nowhere2 'virtual "appimage:Image"' "$OPEN" "default deny"
	suite_settle
}

interpreters() {
	local kind
	for kind in python3 bash perl; do
		passes "$kind: a script whose profile permits" "$S/good.$kind"
		refused "$kind: a script whose profile denies" "$S/bad.$kind"
	done
	refused "a script that is named relative to its folder" env -C "$S" /usr/bin/python3 -u ./bad.python3
	refused "a script behind a symbolic link" "$S/link"
	refused "a script of unknown origin, without a profile" "$S/none.py"
	passes "the interpreter without a script" /usr/bin/python3 -c "$(sed 1d "$S/bad.python3")"
	passes "a copied interpreter, which fits no framework" "$S/python3.99" "$S/bad.python3"
	refused "a script through the loader" /lib64/ld-linux-x86-64.so.2 "$(readlink -f /usr/bin/python3)" "$S/bad.python3"
}

# What a program says of itself leads no further than without it.
lies() {
	profile python "$(readlink -f /usr/bin/perl)" "$OPEN" "default deny"
	suite_settle
	refused "an interpreter that is denied, with a script that is permitted" "$S/good.perl"
	refused "the same, under another name" bash -c 'exec -a "$0" perl "$@"' "$S/good.python3" "$S/good.perl"
	profile_gone python
	# In mounts of its own another file lies at the script's place: nothing proves which one runs.
	passes "a script that other mounts hide" unshare -m bash -c \
		"mount --bind '$S/good.python3' '$S/bad.python3' && exec /usr/bin/python3 '$S/bad.python3' \"\$0\""
	suite_settle
}

identities() {
	local root
	root=$(lab_cgroup_root) && [ -n "$root" ] && UNIT=$root/system.slice/bulwark-lab.service
	if [ -n "$UNIT" ] && mkdir -p "$UNIT" 2>/dev/null && [ -w "$UNIT/cgroup.procs" ]; then
		refused "a program of a unit, by the unit's profile" in_cgroup "$UNIT" \
			/usr/bin/python3 -c "$(sed 1d "$S/good.python3")"
		rmdir "$UNIT" "$root/system.slice" 2>/dev/null
	else
		echo "# no cgroup can be made: units are not tried"
	fi
	mkdir "/tmp/.mount_Image$$xxxxxx" 2>/dev/null
}

explained() {
	is "explain shows the search" "$(ctl explain --help 2>&1 | head -c 0)" ""
}

lab_begin
wire_start
suite_start
scripts
interpreters
lies
identities
