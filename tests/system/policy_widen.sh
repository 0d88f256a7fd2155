#!/bin/bash
# What an administrator denies a user can't have by any file, name, link, mount, cgroup, argument or
# variable: all is tried as that user, and nothing of it is on the wire.
. "$(dirname "$0")/../lab/lib.sh"
. "$LAB_TOP/tests/lab/cases.sh"

ME=1000

# me WANT TEXT CMD...: as that user; HERE in its words is an address that nobody else talks to
me() {
	local want=$1 text=$2
	shift 2
	fresh
	try "$want" "$text" "> $F4.7: " as $ME "${@//HERE/$F4}"
}
ONCE=(once tcp HERE 7)

# Programs of root's, in folders that nobody else writes; and what the user made of them.
programs() {
	lab_programs
	BIN_DIR=$PROGRAMS/bin OWN=$PROGRAMS/home
	DENIED=$BIN_DIR/denied MAY=$BIN_DIR/may
	mkdir "$BIN_DIR"
	install -d -o $ME -g $ME "$OWN"
	install -m 755 "$LAB_TOP/build/release/tests/lab/talk" "$DENIED"
	install -m 755 "$DENIED" "$MAY"
	install -m 755 "$DENIED" "$BIN_DIR/plain"
	as $ME install -m 755 "$DENIED" "$OWN/renamed"
	as $ME install -m 755 "$DENIED" "$OWN/ended"
	as $ME install -m 755 "$DENIED" "$OWN/owned"
	as $ME install -D -m 755 "$DENIED" "$OWN/usr/bin/may"
	as $ME install -m 755 "$DENIED" "$LAB_DIR/open/renamed"
	ln "$DENIED" "$OWN/linked"	# as where fs.protected_hardlinks is off
	as $ME ln -s "$DENIED" "$OWN/symbolic"
	as $ME install -m 755 /lib64/ld-linux-x86-64.so.2 "$OWN/loader"
	as $ME install -m 755 "$(readlink -f /usr/bin/python3)" "$OWN/python3"
	as $ME install -m 755 /bin/bash "$OWN/bash"
	# shellcheck disable=SC2016 # for the script
	printf '#!/bin/bash\nexec 3<>"/dev/tcp/$1/7" && echo x >&3 && read -r -t 2 -N 1 c <&3\n' >"$LAB_DIR/script"
	as $ME install -m 755 "$LAB_DIR/script" "$OWN/script"
	install -m 755 "$LAB_DIR/script" "$BIN_DIR/script"
	install -m 755 "$LAB_DIR/script" "$BIN_DIR/denied-script"
}

profiles() {
	allowed may "$MAY"
	blocked denied "$DENIED"
	blocked denied-script "$BIN_DIR/denied-script"
	printf 'profile "unit" { virtual "systemd:bulwark-may-%d.service"; %s; default permit }\n' $$ "$OPEN" |
		put "$ETC/profiles/unit.conf"
}

# Files of that user's, in both forms: who wrote them may have meant what they like.
user_files() {
	local own=$STATE/policy/profiles
	mkdir -p "$own/$ME"
	printf 'profile "mine" { path "%s"; flags internet localnet service directconnect; default permit; rules { allow } }\n' \
		"$DENIED" | put "$own/$ME/denied.conf"
	printf 'profile "%s" { path "%s"; flags internet localnet service directconnect; default permit; rules { allow } }\n' \
		owned "$OWN/owned" script "$OWN/script" loader "$OWN/loader" bash "$OWN/bash" python "$OWN/python3" |
		put "$own/$ME/mine.conf"
	printf 'profile "all" { prefix "%s/"; flags internet directconnect; default permit; rules { allow } }\n' "$OWN" |
		put "$own/$ME-all.conf"
	printf 'profile "allowed" { path "%s"; flags internet directconnect; rules { allow net 9.9.240.0/24 } }\n' \
		"$BIN_DIR/plain" | put "$own/$ME-plain.conf"
	chmod -R a+rX "$STATE"
}

names_and_files() {
	me passes "a permitted program" "$MAY" "${ONCE[@]}"
	me passes "a program of root's without a profile" "$BIN_DIR/plain" "${ONCE[@]}"
	me refused/18 "a denied one, which the user's own profile permits" "$DENIED" "${ONCE[@]}"
	me refused/6 "a copy under another name" "$OWN/renamed" "${ONCE[@]}"
	me refused/6 "a copy in a folder that all may write" "$LAB_DIR/open/renamed" "${ONCE[@]}"
	me refused/6 "a copy that the user's own profile permits" "$OWN/owned" "${ONCE[@]}"
	me refused/6 "a copy at the same path below another folder" "$OWN/usr/bin/may" "${ONCE[@]}"
	me refused/6 "a hard link" "$OWN/linked" "${ONCE[@]}"
	me refused/18 "a symbolic link" "$OWN/symbolic" "${ONCE[@]}"
	# shellcheck disable=SC2016 # for the inner shell
	me refused/6 "a file that is gone" bash -c 'exec 3<"$0" && rm "$0" && exec /proc/self/fd/3 "$@"' "$OWN/ended" "${ONCE[@]}"
	me refused/6 "one in memory" /usr/bin/python3 -c 'import os, sys
fd = os.memfd_create("may"); os.write(fd, open(sys.argv[1], "rb").read())
os.execv("/proc/self/fd/%d" % fd, sys.argv[1:])' "$DENIED" "${ONCE[@]}"
	try refused/11 "a global rule, against the user's own" "> 9.9.240.1.7: " as $ME "$BIN_DIR/plain" once tcp 9.9.240.1 7
}

arguments() {
	me passes "a script of root's" "$BIN_DIR/script" HERE
	me refused/18 "a denied script" "$BIN_DIR/denied-script" HERE
	me refused/18 "the same, by its interpreter" bash "$BIN_DIR/denied-script" HERE
	me refused/18 "the same, relative to a folder" env -C "$BIN_DIR" bash ./denied-script HERE
	me refused/18 "the same, by a link" bash "/proc/self/root$BIN_DIR/denied-script" HERE
	me refused/6 "a script of the user's, which his own profile permits" "$OWN/script" HERE
	me refused/6 "an interpreter of the user's" "$OWN/bash" "$BIN_DIR/script" HERE
	me refused/6 "another" "$OWN/python3" -c 'import socket, sys; socket.create_connection((sys.argv[1], 7), 2)' HERE
	me refused/18 "through the loader" /lib64/ld-linux-x86-64.so.2 "$DENIED" "${ONCE[@]}"
	me refused/18 "with its options" /lib64/ld-linux-x86-64.so.2 --argv0 "$MAY" --library-path / "$DENIED" "${ONCE[@]}"
	me refused/6 "a copy through the loader" /lib64/ld-linux-x86-64.so.2 "$OWN/renamed" "${ONCE[@]}"
	me refused/6 "through a loader of the user's" "$OWN/loader" "$MAY" "${ONCE[@]}"
	# shellcheck disable=SC2016 # for the inner shell
	me refused/18 "with the name of a permitted program" bash -c 'exec -a "$0" "$@"' "$MAY" "$DENIED" "${ONCE[@]}"
	me refused/18 "with the environment of one" env "_=$MAY" PWD="$BIN_DIR" FLATPAK_ID=may SNAP=/snap/may SNAP_NAME=may \
		APPIMAGE="$MAY" INVOCATION_ID=1 PATH="$BIN_DIR" "$DENIED" "${ONCE[@]}"
	me refused/6 "a permitted program that is traced" /usr/bin/python3 -c 'import ctypes, os, sys
c = ctypes.CDLL(None)
pid = os.fork()
if pid == 0:
    c.ptrace(0, 0, 0, 0)
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    _, status = os.waitpid(pid, 0)
    if not os.WIFSTOPPED(status): sys.exit(os.waitstatus_to_exitcode(status))
    c.ptrace(7, pid, 0, 0)' "$MAY" "${ONCE[@]}"
}

# Another file at a permitted program's place, in mounts of the user's own; and the other way round.
mounts() {
	# shellcheck disable=SC2016 # for the inner shell
	local over='mount --bind "$0" "$1" && echo mounted && shift && exec "$@"' own=()
	if as $ME unshare -Urm true 2>/dev/null; then own=(as "$ME" unshare -Urm)
	else echo "# a user may have no mounts: they are root's here, and the program the user's"; own=(on desk unshare -m); fi
	over_it() { # TEXT FILE AT RUN
		fresh
		try refused/6 "$1" "> $F4.7: " "${own[@]}" bash -c "${over/exec/exec ${UNDER:-}}" "$2" "$3" "$4" once tcp "$F4" 7
	}
	over_it "the denied program, mounted over a permitted one" "$DENIED" "$MAY" "$MAY"
	over_it "a copy, mounted over a permitted one" "$OWN/renamed" "$MAY" "$MAY"
	over_it "a permitted one, mounted over the denied one" "$MAY" "$DENIED" "$DENIED"
	own=(on desk unshare -m) UNDER="setpriv --reuid=$ME --regid=$ME --clear-groups"
	over_it "the denied program over a permitted one, in mounts that root made" "$DENIED" "$MAY" "$MAY"
}

# in_cgroup FOLDER CMD...: as that user, begun there
in_cgroup() {
	local where=$1
	shift
	# shellcheck disable=SC2016 # for the inner shell
	try "$WANT" "$TEXT" "> $F4.7: " on desk bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$where" \
		setpriv --reuid=$ME --regid=$ME --clear-groups "${@//HERE/$F4}"
}

# Whoever makes a cgroup can name it as a unit is named that the administrator permits.
units() {
	local root unit=bulwark-may-$$.service made=() at
	root=$(lab_cgroup_root)
	put "$ETC/bulwark.conf" <<-E
		level dynamic
		set default-outgoing { dynamic deny }
	E
	at=system.slice/$unit
	if [ -z "$root" ] || ! mkdir -p "$root/$at" 2>/dev/null; then
		echo "# no cgroup can be made: units are not tried"
		return
	fi
	made=("$at" "user.slice/user-$ME.slice/user@$ME.service/system.slice/$unit" "system.slice/bulwark-user-$$.slice/$unit"
		"bulwark-$$/system.slice/$unit")
	for at in "${made[@]}"; do mkdir -p "$root/$at"; done
	chown $ME "$root/system.slice/bulwark-user-$$.slice" "$root/system.slice/bulwark-user-$$.slice/$unit" \
		"$root/${made[1]}" "$root/${made[3]}"
	lab_wait 10 refused_now || die "the setting is not in force"
	fresh; WANT=passes TEXT="a unit of root's"; in_cgroup "$root/${made[0]}" "$BIN_DIR/plain" "${ONCE[@]}"
	fresh; WANT=refused/18 TEXT="the same program outside"; in_cgroup "$root" "$BIN_DIR/plain" "${ONCE[@]}"
	for at in "${made[@]:1}"; do
		fresh; TEXT="a cgroup of that name at ${at/$$/N}"; in_cgroup "$root/$at" "$BIN_DIR/plain" "${ONCE[@]}"
	done
	fresh; TEXT="the denied program in the unit"; in_cgroup "$root/${made[0]}" "$DENIED" "${ONCE[@]}"
	fresh; WANT=refused/6 TEXT="a copy in the unit"; in_cgroup "$root/${made[0]}" "$OWN/renamed" "${ONCE[@]}"
	cases_run
	for at in "${made[@]}"; do (cd "$root" && rmdir -p "$at" 2>/dev/null); done
}
refused_now() { fresh; ! as $ME "$BIN_DIR/plain" once tcp "$F4" 7; }

# What the user's session may answer, which does not lead past an administrator's deny either.
answers() {
	lab_spawn as $ME "$LAB_DIR/ctl" -r "$RUN" prompts --watch --json </dev/null >"$LAB_DIR/agent" 2>/dev/null
	local agent=$SPAWNED
	lab_wait 5 grep -q '"end"' "$LAB_DIR/agent" || die "no agent"
	check "the session allows the denied program for a time" my_ctl allow "$DENIED" any --for 1h
	check "for good it may not" may_not "needs root" allow "$DENIED" any --for always
	check "nor another user's" may_not "another user's" allow "$MAY" any --for 1h --user 0
	check "it allows what a global rule denies" my_ctl allow "$BIN_DIR/plain" 9.9.240.2 --for 1h
	me refused/18 "the denied program, which the session allows" "$DENIED" "${ONCE[@]}"
	try refused/11 "a global rule, against the session's answer" "> 9.9.240.2.7: " as $ME "$BIN_DIR/plain" once tcp 9.9.240.2 7
	cases_run
	check "root allows what a global rule denies" ctl allow "$BIN_DIR/plain" 9.9.240.3 --for 1h --user $ME
	try refused/11 "a global rule, against root's answer" "> 9.9.240.3.7: " as $ME "$BIN_DIR/plain" once tcp 9.9.240.3 7
	cases_run
	kill "$agent"
	lab_wait 10 nobody_there || die "the agent is still there"
	as $ME install -m 755 "$DENIED" "$OWN/told"
	ctl allow "$OWN/told" any --for 1h --user $ME >/dev/null	# kept or not, it is of unknown origin
	me refused/6 "a copy, which root allows for a time" "$OWN/told" "${ONCE[@]}"
	cases_run
}
nobody_there() { my_ctl allow "$MAY" any 2>&1 | grep -q "your session has no agent"; }
my_ctl() { as $ME "$LAB_DIR/ctl" -r "$RUN" "$@"; }
may_not() { # WORDS COMMAND...
	local said
	said=$(my_ctl "${@:2}" 2>&1) && return 1
	echo "# $said"
	grep -qF -- "$1" <<<"$said"
}

lab_begin
wire_start
cp "$BIN/bulwarkctl" "$LAB_DIR/ctl"
install -d -m 1777 "$LAB_DIR/open"
programs
profiles
user_files
put "$ETC/bulwark.conf" <<-E
	level dynamic
	rules {
		deny net 9.9.240.0/24
	}
E
suite_start
monitor_start
is "no file has an error" "$(ctl status --json | jq -c '.problems // []')" "[]"
names_and_files
arguments
mounts
cases_run
answers
units
