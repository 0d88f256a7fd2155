#!/bin/bash
# Scripts with profiles of their own: what an interpreter's arguments lead to may only tighten,
# whatever a program says of itself. Units and images by cgroup and mount.
. "$(dirname "$0")/../lab/lib.sh"

S='' CG='' PYTHON=()
TAIL=$(printf '%06d' $(($$ % 1000000)))	# of an image's mount: six characters

# script NAME INTERPRETER: says "yes" on the address that it is given, and waits for the echo
script() {
	{
		echo "#!$2"
		case $2 in
		*python3) echo 'import socket, sys
s = socket.create_connection((sys.argv[1], 7), 3); s.send(b"x"); sys.exit(s.recv(1) != b"x")';;
		*bash) echo 'exec 3<>"/dev/tcp/$1/7" && echo x >&3 && read -r -t 3 -N 1 c <&3 && [ "$c" = x ]';;
		*node) echo 'const s = require("net").connect({ host: process.argv[2], port: 7, timeout: 3000 }, () => s.write("x"));
s.on("data", d => process.exit(d[0] == 120 ? 0 : 1)); s.on("error", () => process.exit(1)); s.on("timeout", () => process.exit(1));';;
		*perl) echo 'use IO::Socket::INET; my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0],
PeerPort => 7, Timeout => 3) or exit 1; $s->send("x"); $s->recv(my $c, 1); exit($c ne "x");';;
		esac
	} | put "$S/$1"
	chmod 755 "$S/$1"
}

# archive NAME: the same in Java
archive() {
	put "$S/Talk.java" <<-E
		public class Talk {
			public static void main(String[] a) throws Exception {
				java.net.Socket s = new java.net.Socket();
				s.connect(new java.net.InetSocketAddress(a[0], 7), 3000);
				s.getOutputStream().write('x');
				System.exit(s.getInputStream().read() == 'x' ? 0 : 1);
			}
		}
	E
	[ -e "$S/Talk.class" ] || javac -d "$S" "$S/Talk.java"
	jar --create --file "$S/$1" --main-class Talk -C "$S" Talk.class
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

# with FOLDER CMD...: runs it there
# shellcheck disable=SC2016 # for the inner shell
IN_CGROUP=(bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"')

may() { profile "$1" "$S/$1" "$OPEN" "default permit"; }
may_not() { profile "$1" "$S/$1" "$OPEN" "default deny"; }

scripts() {
	local kind
	S=$LAB_DIR/scripts
	mkdir "$S"
	for kind in python3 bash perl node; do
		[ -x "/usr/bin/$kind" ] || continue
		script "good-$kind" "/usr/bin/$kind"
		script "bad-$kind" "/usr/bin/$kind"
		may "good-$kind"
		may_not "bad-$kind"
	done
	if command -v java javac jar >/dev/null; then
		archive good.jar
		cp "$S/good.jar" "$S/bad.jar"
		may good.jar
		may_not bad.jar
	fi
	script none.py /usr/bin/python3
	ln -s bad-python3 "$S/link"
	cp "$(readlink -f /usr/bin/python3)" "$S/python3.99"
	may python3.99
	PYTHON=(/usr/bin/python3 -c "$(sed 1d "$S/good-python3")")
	profile unit /nowhere/1 "virtual \"systemd:bulwark-lab-$$.service\"" "$OPEN" "default deny"
	profile flatpak /nowhere/2 'virtual "flatpak:org.example.App"' "$OPEN" "default deny"
	profile user-unit /nowhere/4 "virtual \"systemd-user:bulwark-lab-$$.service\"" "$OPEN" "default deny"
	profile image /nowhere/3 'virtual "appimage:Image"' "$OPEN" "default deny"
	suite_settle
}

interpreters() {
	local kind
	for kind in python3 bash perl node; do
		[ -x "$S/good-$kind" ] || { echo "# no $kind"; continue; }
		passes "$kind: a script whose profile permits" "$S/good-$kind"
		refused "$kind: a script whose profile denies" "$S/bad-$kind"
	done
	if [ -e "$S/good.jar" ]; then
		passes "java: an archive whose profile permits" java -jar "$S/good.jar"
		refused "java: an archive whose profile denies" java -Xmx64m -jar "$S/bad.jar"
	else
		echo "# no java"
	fi
	refused "a script that is named relative to its folder" env -C "$S" /usr/bin/python3 -u ./bad-python3
	refused "a script behind a symbolic link" "$S/link"
	refused "a script of unknown origin, without a profile" "$S/none.py"
	passes "the interpreter without a script" "${PYTHON[@]}"
	passes "a copied interpreter, which fits no framework" "$S/python3.99" "$S/bad-python3"
	refused "a script through the loader" /lib64/ld-linux-x86-64.so.2 "$(readlink -f /usr/bin/python3)" "$S/bad-python3"
}

# What a program says of itself leads no further than without it.
lies() {
	profile python "$(readlink -f /usr/bin/perl)" "$OPEN" "default deny"
	suite_settle
	refused "an interpreter that is denied, with a script that is permitted" "$S/good-perl"
	refused "the same, under another name" bash -c 'exec -a "$0" perl "$@"' "$S/good-python3" "$S/good-perl"
	profile_gone python
	# In mounts of its own another file lies at the script's place: nothing proves which one runs.
	passes "a script that other mounts hide" unshare -m bash -c \
		"mount --bind '$S/good-python3' '$S/bad-python3' && exec /usr/bin/python3 '$S/bad-python3' \"\$0\""
	suite_settle
}

# cgroup PATH: makes it, below the root of all, as root does for a unit; false where none can be made
cgroup() {
	local root
	root=$(lab_cgroup_root) && [ -n "$root" ] || return 1
	CG=$root/$1
	mkdir -p "$CG" 2>/dev/null && [ -w "$CG/cgroup.procs" ]
}
# cgroup_gone PATH: it, and above it what is empty
cgroup_gone() { (cd "$(lab_cgroup_root)" && rmdir -p "$1" 2>/dev/null); }

units() {
	local unit=system.slice/bulwark-lab-$$.service
	local app=user.slice/user-64999.slice/user@64999.service/app.slice/app-flatpak-org.example.App-$$.scope
	if ! cgroup "$unit"; then
		echo "# no cgroup can be made: units are not tried"
		return
	fi
	refused "a program of a unit, by the unit's profile" "${IN_CGROUP[@]}" "$CG" "${PYTHON[@]}"
	cgroup_gone "$unit"
	cgroup "$app"
	refused "a Flatpak, by cgroup and mounts of its own" "${IN_CGROUP[@]}" "$CG" unshare -m "${PYTHON[@]}"
	cgroup_gone "$app"
	unit=user.slice/user-64999.slice/user@64999.service/app.slice/bulwark-lab-$$.service
	cgroup "$unit"
	refused "a program of a user's own unit, by that unit's profile" "${IN_CGROUP[@]}" "$CG" "${PYTHON[@]}"
	cgroup_gone "$unit"
}

# Programs of unknown origin may talk here: what is refused is so by its name.
images() {
	local folder
	printf '%s\n' "level dynamic" "set unknown-origin { dynamic permit }" "set unproven { dynamic permit }" |
		put "$ETC/bulwark.conf"
	suite_settle
	for folder in Image Other; do
		mkdir "/tmp/.mount_$folder$TAIL" && mount -t tmpfs -o mode=755 image "/tmp/.mount_$folder$TAIL" || die "mount"
		cp "$(readlink -f /usr/bin/python3)" "/tmp/.mount_$folder$TAIL/python3"
	done
	passes "an image without a profile" "/tmp/.mount_Other$TAIL/python3" "${PYTHON[@]:1}"
	refused "an image, by its mount" "/tmp/.mount_Image$TAIL/python3" "${PYTHON[@]:1}"
	for folder in Image Other; do
		umount -l "/tmp/.mount_$folder$TAIL"
		rmdir "/tmp/.mount_$folder$TAIL"
	done
}

# A file system that answers nobody, at an argument's place: the program is known all the same, only later.
hung() {
	if [ ! -w /dev/fuse ]; then
		echo "# no /dev/fuse: a file system that hangs is not tried"
		return
	fi
	mkdir "$LAB_DIR/hung"
	lab_spawn /usr/bin/python3 -c 'import ctypes, os, sys, time
fd = os.open("/dev/fuse", os.O_RDWR)
how = "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other" % fd
ctypes.CDLL(None).mount(b"hung", sys.argv[1].encode(), b"fuse", 0, how.encode())
open(sys.argv[2], "w").write("mounted")
time.sleep(60)' "$LAB_DIR/hung" "$LAB_DIR/mounted"
	lab_wait 5 test -s "$LAB_DIR/mounted" || die "no file system that hangs"
	# shellcheck disable=SC2016 # for the inner shell
	passes "a program with an argument that hangs" bash -c 'exec /usr/bin/python3 -c "$0" "$2" "$1"' \
		"${PYTHON[2]}" "$LAB_DIR/hung/x"
	kill "$SPAWNED"
	umount -l "$LAB_DIR/hung"
}

explained() {
	local pid
	script wait.python3 /usr/bin/python3
	printf '%s\n' 'import os, socket, sys, time' 'try: socket.create_connection((sys.argv[1], 7), 3)' \
		'except OSError: pass' 'open(sys.argv[2], "w").write(str(os.getpid()))' 'time.sleep(60)' | put "$S/wait.python3"
	may_not wait.python3
	suite_settle
	fresh
	lab_spawn on desk /usr/bin/python3 "$S/wait.python3" "$F4" "$LAB_DIR/pid"
	lab_wait 5 test -s "$LAB_DIR/pid" || die "the script does not come so far"
	pid=$(cat "$LAB_DIR/pid")
	ctl explain "$pid" 9.9.9.9:7 >"$LAB_DIR/explained"
	check "explain names the framework" grep -q "a framework for $(readlink -f /usr/bin/python3)" "$LAB_DIR/explained"
	check "explain names the script" grep -q "its arguments lead to $S/wait.python3" "$LAB_DIR/explained"
	check "explain names the script's profile" grep -q "both must permit" "$LAB_DIR/explained"
	check "explain says what comes of it" grep -q "the profile denies what no rule allows" "$LAB_DIR/explained"
	kill "$pid"
}

# in_part CMD...: a connection of the hook is listed so
in_part() { "$@" 2>/dev/null | grep -q "$WANTED"; }

# A framework that merges (programs of unknown origin may talk here): who looks sees the parent beside the program.
merged() {
	local copy
	for copy in hook whole; do
		cp "$(readlink -f /usr/bin/bash)" "$S/$copy"
	done
	printf 'framework "hook" {\n\tpath "%s/hook"\n\tparent-level 1\n\tmerge\n\t%s\n\tdefault permit\n}\n' "$S" "$OPEN" |
		put "$ETC/profiles/hook.conf"
	suite_settle
	fresh
	# shellcheck disable=SC2016 # for the inner shells
	lab_spawn on desk "$S/whole" -c '"$0" -c "$1" "$2"; :' "$S/hook" \
		'exec 3<>"/dev/tcp/$0/7" && read -r -t 20 _ <&3' "$F4"
	WANTED='hook\[[0-9]*\] (of whole) '
	check "connections name the parent that it is part of" lab_wait 5 in_part ctl connections
	WANTED='^1$'
	check "and list it under that name" in_part connections_of whole
	check "as under its own" in_part connections_of hook
	profile_gone hook
	suite_settle
}
# connections_of APP: how many of that name are part of whole
connections_of() {
	ctl connections --json "app:$1" |
		jq -s --arg of "$S/whole" '[.[] | select(.type == "connection" and .process.part_of.path == $of)] | length'
}

# late KIND WORD...: has the program of that kind do it; what it says of it is in SAID
late() {
	local lines kind=$1
	shift
	lines=$(wc -l <"$LAB_DIR/late.$kind")
	echo "$*" >"$LAB_DIR/late.$kind.in"
	lab_wait 10 late_said "$kind" "$lines" || die "the program that began early says nothing"
	SAID=$(tail -1 "$LAB_DIR/late.$kind")
}
late_said() { [ "$(wc -l <"$LAB_DIR/late.$1")" -gt "$2" ]; }

# A framework names a program that runs already, and that was told of without its arguments.
begun_early() {
	local kind
	cp "$(readlink -f /usr/bin/python3)" "$S/late3"
	for kind in good bad; do
		printf '%s\n' 'import socket, sys' 'def echo(s):' '    s.send(b"x"); return s.recv(1) == b"x"' \
			'def do(word, old=[]):' '    try:' \
			'        if word != "old": old.append(socket.create_connection((word, 7), 3))' \
			'        old[-1].settimeout(3); return echo(old[-1])' '    except OSError: return False' \
			'while True:' '    for line in open(sys.argv[1]):' \
			'        print("yes" if do(line.strip()) else "no", file=open(sys.argv[2], "a"))' | put "$S/late.$kind"
		mkfifo "$LAB_DIR/late.$kind.in"
		: >"$LAB_DIR/late.$kind"
		lab_spawn on desk "$S/late3" "$S/late.$kind" "$LAB_DIR/late.$kind.in" "$LAB_DIR/late.$kind"
	done
	may late.good
	may_not late.bad
	suite_settle
	for kind in good bad; do
		fresh
		late $kind "$F4"
		check "no framework names it yet: the $kind one passes" [ "$SAID" = yes ]
	done
	printf 'framework "late" {\n\tpath "%s/late*"\n\tfind "\\S+ (\\S+)" build "{1}"\n}\n' "$S" |
		put "$ETC/profiles/late.conf"
	suite_settle
	late bad old
	check "its framework came: the connection of one whose script is denied is cut" [ "$SAID" = no ]
	fresh
	late bad "$F4"
	check "and it gets no other" [ "$SAID $(wire_to "$F4")" = "no 0" ]
	late good old
	check "the connection of one whose script is permitted stays" [ "$SAID" = yes ]
	fresh
	late good "$F4"
	check "and it gets another" [ "$SAID" = yes ]
}

# Whoever was started anew knows whose arguments to look at.
begun_anew() {
	local who pid
	for who in whod intercept; do
		pid=$(suite_pid $who)
		kill -KILL "$pid"
		lab_wait 10 suite_anew "$who" "$pid" || die "$who does not begin anew"
		refused "$who begun anew: a script whose profile denies" "$S/bad-python3"
		passes "$who begun anew: a script whose profile permits" "$S/good-python3"
	done
}

lab_begin
wire_start
suite_start
scripts
interpreters
lies
units
hung
explained
images
merged
begun_early
begun_anew
