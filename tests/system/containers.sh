#!/bin/bash
# Programs in containers: profiles by the container's name, for what they send in the machine's own network
# and for what is forwarded for them. Root's cgroup, with mounts of its own, gives the name; a user's copy of
# it only tightens. The containers are made by unshare, in cgroups as the engines name them.
. "$(dirname "$0")/../lab/lib.sh"

ID_GOOD=$(printf '%064x' 0xb01) ID_BAD=$(printf '%064x' 0xb02) ID_BAD=${ID_BAD/#0000/dead}
ID_GOOD=${ID_GOOD/#0000/cafe}
GOOD=docker/${ID_GOOD:0:12} BAD=docker/${ID_BAD:0:12}
MATE=64321	# a user

# A folder of cgroups as root makes it, in which engines make theirs
cgroup() { mkdir -p "$LAB_CG/$1"; echo "$LAB_CG/$1"; }

# Each with a folder of cgroups and a command: runs it there; with mounts and processes of its own; the same
# by a user, who may do that with namespaces of his own
# shellcheck disable=SC2016 # for the inner shells
IN_CGROUP=(bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"')
# shellcheck disable=SC2016
CONTAINED=(bash -c 'echo $$ >"$0/cgroup.procs" && exec unshare -m -p -f --mount-proc "$@"')
# shellcheck disable=SC2016
BY_USER=(bash -c 'echo $$ >"$0/cgroup.procs" && exec setpriv --reuid '"$MATE"' --regid '"$MATE"' --clear-groups \
	unshare -U -r -m "$@"')

# virtual PROFILE NAME LINE...: a profile by that name alone
virtual() {
	local file=$1 name=$2
	shift 2
	{
		printf 'profile "%s" {\n\tvirtual "container:%s"\n' "$file" "$name"
		printf '\t%s\n' "$@" "}"
	} | put "$ETC/profiles/$file.conf"
}

passes() {
	local text=$1
	shift
	fresh
	if on desk "$@" once tcp "$F4" 7 >/dev/null 2>&1 && [ "$(wire_to "$F4")" -gt 0 ]; then
		pass "$text passes"
	else
		fail "$text: $(wire_to "$F4") packets"
	fi
}
refused() {
	local text=$1
	shift
	fresh
	on desk "$@" once tcp "$F4" 7 >/dev/null 2>&1
	is "$text: nothing is on the wire" "$(wire_to "$F4")" 0
}

lab_begin
[ -n "$LAB_CG" ] || { echo "# no cgroup can be made: nothing is tried"; exit 0; }
wire_start
talker tool
TOOL=$LAB_DIR/tool
virtual good "$GOOD" "$OPEN" "default permit"
virtual bad "$BAD" "$OPEN" "default deny"
printf '%s\n' "level dynamic" "set default-outgoing { dynamic deny }" "set unknown-origin { dynamic permit }" |
	put "$ETC/bulwark.conf"
suite_start
monitor_start
lab_spawn ctl monitor </dev/null >"$LAB_DIR/words" 2>/dev/null
good=$(cgroup "system.slice/docker-$ID_GOOD.scope")
bad=$(cgroup "system.slice/docker-$ID_BAD.scope")
delegated=$(cgroup user.slice/user-$MATE.slice/user@$MATE.service)
chown $MATE "$delegated"
fake=$(cgroup "user.slice/user-$MATE.slice/user@$MATE.service/docker-$ID_GOOD.scope")
chown $MATE "$fake"
passes "a container that its profile permits" "${CONTAINED[@]}" "$good" "$TOOL"
check "the monitor names it" told 2 ".process.container == \"$GOOD\" and .verdict == \"accept\" and .process.netns > 0"
check "in words, too" lab_wait 2 grep -q "(in $GOOD)" "$LAB_DIR/words"
refused "a container that its profile denies" "${CONTAINED[@]}" "$bad" "$TOOL"
check "the monitor names it" told 2 ".process.container == \"$BAD\" and .verdict == \"block\""
refused "the same program outside" "$TOOL"
refused "one in the container's cgroup, but the machine's mounts" "${IN_CGROUP[@]}" "$good" "$TOOL"
refused "a user's container of the same name" "${BY_USER[@]}" "$fake" "$TOOL"
check "the monitor says that a user claims it" told 2 \
	".process.claimed_container == \"$GOOD\" and .process.container == null and .verdict == \"block\""
