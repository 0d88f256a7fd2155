# Processes of the lab: one cgroup (v2) holds them all, so that ending them needs no names and
# misses none. Where there is no cgroup v2 the process group does. Sourced by lib.sh and lab.
# shellcheck shell=bash

lab_cgroup_root() {
	awk '{ for (i = 7; i < NF && $i != "-"; i++); if ($(i + 1) == "cgroup2") { print $5; exit } }' \
		/proc/self/mountinfo
}

# Our own place in the tree of cgroup v2.
lab_cgroup_home() {
	local root
	root=$(lab_cgroup_root)
	[ -n "$root" ] || return 1
	echo "$root$(sed -n 's/^0:://p' /proc/self/cgroup)"
}

# lab_cgroup_up NAME: makes LAB_CG and moves this shell into it
lab_cgroup_up() {
	LAB_CG_HOME=$(lab_cgroup_home) || return 0
	LAB_CG_HOME=${LAB_CG_PARENT:-${LAB_CG_HOME%/}}
	LAB_CG=$LAB_CG_HOME/bulwark-$1
	if ! mkdir "$LAB_CG" 2>/dev/null || ! echo $BASHPID >"$LAB_CG/cgroup.procs"; then
		LAB_CG=
	fi
}

lab_cgroup_down() {
	local i
	[ -n "$LAB_CG" ] || { lab_kill_by_netns; return; }
	echo $BASHPID >"$LAB_CG_HOME/cgroup.procs"
	lab_cgroup_kill "$LAB_CG"
	for ((i = 0; i < 100; i++)); do
		find "$LAB_CG" -depth -type d -exec rmdir {} + 2>/dev/null
		[ -d "$LAB_CG" ] || return 0
		sleep 0.02
	done
	echo "# left: $LAB_CG" >&2
}

lab_kill_by_netns() {
	local h
	for h in ${LAB_HOSTS:-}; do
		ip netns pids "$LAB$h" 2>/dev/null | xargs -r kill -9 2>/dev/null
	done
}

lab_cgroup_kill() { # DIR; a kernel before 5.14 has no cgroup.kill
	local p
	if [ -e "$1/cgroup.kill" ]; then
		echo 1 >"$1/cgroup.kill"
		return
	fi
	while p=$(find "$1" -name cgroup.procs -exec cat {} +) && [ -n "$p" ]; do
		# shellcheck disable=SC2086 # a list of numbers
		kill -9 $p 2>/dev/null
		sleep 0.02
	done
}

# lab_spawn CMD...: in the background, without job control's messages; sets SPAWNED to the pid, with
# "on HOST" that of the program itself
LAB_EXEC=
lab_spawn() {
	(LAB_EXEC='exec'; "$@") &
	SPAWNED=$!
	disown $SPAWNED
}

# lab_wait SECONDS CMD...: tries until it succeeds
lab_wait() {
	local end=$((SECONDS + 1 + $1 * ${LAB_SLOW:-1}))	# of the first second a part may be over
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.03
	done
}

# pause SECONDS: LAB_SLOW times as long on a slow machine
pause() {
	if [ "${LAB_SLOW:-1}" = 1 ]; then sleep "$1"; else sleep "$(awk "BEGIN { print $1 * $LAB_SLOW }")"; fi
}
