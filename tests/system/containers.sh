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
# shellcheck disable=SC2016
ALONE=(bash -c 'echo $$ >"$0/cgroup.procs" && CG=$0 exec unshare -m "$@"')
# In the machine's mounts: process 1's, where it may be looked at; else bulwarkd's pass for them, which are ours
MOUNTS=()
! readlink /proc/1/ns/mnt >/dev/null 2>&1 || MOUNTS=(nsenter -t 1 -m --)

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

# from HOST TEXT CMD...: the same of what is forwarded for it; on a slow machine whoever waits is asked about for longer
passes_from() {
	local host=$1 text=$2
	shift 2
	fresh
	if on "$host" "$@" once tcp "$F4" 7 "${LAB_SLOW:-1}" >/dev/null 2>&1 && [ "$(from "$F4")" -gt 0 ]; then
		pass "$text passes"
	else
		fail "$text: $(from "$F4") packets"
	fi
}
refused_from() {
	local host=$1 text=$2
	shift 2
	fresh
	on "$host" "$@" once tcp "$F4" 7 >/dev/null 2>&1
	is "$text: nothing is on the wire" "$(from "$F4")" 0
}
from() { wire_count "src net 10.77.0.0/16 and dst host $1"; }

folders() {
	local user=user.slice/user-$MATE.slice/user@$MATE.service
	GOOD_CG=$(cgroup "system.slice/docker-$ID_GOOD.scope")
	BAD_CG=$(cgroup "system.slice/docker-$ID_BAD.scope")
	chown $MATE "$(cgroup "$user")"
	FAKE_CG=$(cgroup "$user/docker-$ID_GOOD.scope")
	FAKE_BAD_CG=$(cgroup "$user/docker-$ID_BAD.scope")
	chown $MATE "$FAKE_CG" "$FAKE_BAD_CG"
}

# host NAME ADDRESS: a network namespace at a port of the desk's bridge
host() {
	ip netns add "$LAB$1"
	lab_batch desk <<-E
		link add $1 type veth peer name v0 netns $LAB$1
		link set $1 master br0 up
	E
	lab_batch "$1" <<-E
		link set lo up
		addr add $2/24 dev v0
		link set v0 up
		route add default via 10.77.1.1
	E
}
bridge() {
	lab_batch desk <<-E
		link add br0 type bridge forward_delay 0 mcast_snooping 0
		addr add 10.77.1.1/24 dev br0
		link set br0 up
	E
	ip -n "${LAB}router" route add 10.77.1.0/24 via "$DESK4"
	host one 10.77.1.2
	host two 10.77.1.3
}
# Does the kernel say by which port of a bridge a packet came?
by_port() { lab_sysctl desk "bridge/bridge-nf-call-iptables=$1" 2>/dev/null; }

# In the machine's own network.
local_ones() {
	passes "a container that its profile permits" "${CONTAINED[@]}" "$GOOD_CG" "$TOOL"
	check "the monitor names it" told 2 ".process.container == \"$GOOD\" and .verdict == \"accept\" and .process.netns > 0"
	check "in words, too" lab_wait 2 grep -q "(in $GOOD)" "$LAB_DIR/words"
	refused "a container that its profile denies" "${CONTAINED[@]}" "$BAD_CG" "$TOOL"
	check "the monitor names it" told 2 ".process.container == \"$BAD\" and .verdict == \"block\""
	refused "the same program outside" "$TOOL"
	refused "one in the container's cgroup, but the machine's mounts" "${IN_CGROUP[@]}" "$GOOD_CG" "${MOUNTS[@]}" "$TOOL"
	refused "a user's container of the same name" "${BY_USER[@]}" "$FAKE_CG" "$TOOL"
	check "the monitor says that a user claims it" told 2 \
		".process.claimed_container == \"$GOOD\" and .process.container == null and .verdict == \"block\""
}

# stranger_in HOST: somebody is there, until SPAWNED is ended
stranger_in() {
	lab_spawn on "$1" sleep 60 </dev/null
	lab_wait 5 sleeps || die "nobody comes to $1"
}
sleeps() { [ "$(cat "/proc/$SPAWNED/comm")" = sleep ]; }

# By one end of a pair. Without a profile of its own what comes by the device is refused.
forwarded() {
	refused_from box "a namespace that is no container's" "$TOOL"
	passes_from box "a container that its profile permits, forwarded" "${CONTAINED[@]}" "$GOOD_CG" "$TOOL"
	check "the monitor names it" told 2 \
		".direction == \"forward\" and .process.container == \"$GOOD\" and .verdict == \"accept\" and .process.netns > 0"
	refused_from box "a user's container of the same name, forwarded" "${BY_USER[@]}" "$FAKE_CG" "$TOOL"
	stranger_in box
	refused_from box "a container with strangers in its namespace" "${CONTAINED[@]}" "$GOOD_CG" "$TOOL"
	kill "$SPAWNED"
	passes_from box "the same without them" "${CONTAINED[@]}" "$GOOD_CG" "$TOOL"
}

# What devices may send passes from here on.
tightened() {
	local how
	printf '%s\n' "level dynamic" "set unknown-origin { dynamic permit }" "set unproven { dynamic permit }" |
		put "$ETC/bulwark.conf"
	suite_settle
	passes "a user's program in mounts of its own" "${BY_USER[@]}" "$LAB_CG" "$TOOL"
	refused "a user's container, by the profile of one of that name" "${BY_USER[@]}" "$FAKE_BAD_CG" "$TOOL"
	passes_from box "a namespace that is no container's" "$TOOL"
	refused_from box "a container that its profile denies, forwarded" "${CONTAINED[@]}" "$BAD_CG" "$TOOL"
	check "the monitor names it" told 2 ".direction == \"forward\" and .process.container == \"$BAD\" and .verdict == \"block\""
	for how in leader groups deep; do
		refused_from box "the same, whose place is hard to say ($how)" "${ALONE[@]}" "$BAD_CG" python3 "$LAB_TOP/tests/lab/odd_container.py" $how
	done
	refused_from box "a user's container of that name, forwarded" "${BY_USER[@]}" "$FAKE_BAD_CG" "$TOOL"
	stranger_in box
	refused_from box "a container that is denied, with others in its namespace" "${CONTAINED[@]}" "$BAD_CG" "$TOOL"
	kill "$SPAWNED"
}

# A container makes more network namespaces than can be told: whoever is not told is refused, that container's
# own flows first, and others are told as before.
crowded() {
	local go=$LAB_DIR/go
	mkfifo "$go"
	lab_spawn on box "${CONTAINED[@]}" "$BAD_CG" bash -c "read -r to <'$go'; exec 3<>/dev/tcp/\$to/7" </dev/null
	# shellcheck disable=SC2016
	lab_spawn "${IN_CGROUP[@]}" "$BAD_CG" bash -c 'for ((i = 0; i < 700; i++)); do unshare -n sleep 900 & done; wait' </dev/null
	lab_wait 120 sleepers || die "no network namespaces are made"
	passes_from two "a namespace at a bridge beside the crowd" "$TOOL"
	fresh
	echo "$F4" >"$go"
	check "a crowd's container that its profile denies is refused" lab_wait 10 told_now \
		".direction == \"forward\" and .process.container == \"$BAD\" and .verdict == \"block\" and .dst == \"$F4\""
	is "nothing of it is on the wire" "$(from "$F4")" 0
	refused_from box "what the crowd's container begins then" "${CONTAINED[@]}" "$BAD_CG" "$TOOL"
	passes_from box "another container beside the crowd" "${CONTAINED[@]}" "$GOOD_CG" "$TOOL"
	passes_from box "a namespace that is no container's, beside the crowd" "$TOOL"
	lab_cgroup_kill "$BAD_CG"
	lab_wait 30 bad_is_empty || fail "the crowd does not end"
}
sleepers() { [ "$(xargs -I{} cat /proc/{}/comm <"$BAD_CG/cgroup.procs" 2>/dev/null | grep -c '^sleep$')" -ge 700 ]; }
bad_is_empty() { [ -z "$(cat "$BAD_CG/cgroup.procs")" ]; }

# By a bridge. The kernel says by which port a packet came; else the sender's hardware address is a hint, which
# its neighbours can make wrong, so that it only tightens.
bridged() {
	printf '%s\n' "level dynamic" "set forwarded { dynamic deny }" | put "$ETC/bulwark.conf"
	suite_settle
	if by_port 1; then
		passes_from one "a container at a bridge, that its profile permits" "${CONTAINED[@]}" "$GOOD_CG" "$TOOL"
		check "the monitor names it" told 2 ".device == \"br0\" and .process.container == \"$GOOD\" and .verdict == \"accept\""
		refused_from two "its neighbour" "$TOOL"
		by_port 0
	else
		echo "# the kernel does not say by which port of a bridge a packet comes"
	fi
	refused_from one "a container at a bridge, where nobody is sure who sends" "${CONTAINED[@]}" "$GOOD_CG" "$TOOL"
	echo "level dynamic" | put "$ETC/bulwark.conf"
	suite_settle
	passes_from two "a namespace at a bridge that is no container's" "$TOOL"
	refused_from one "a container at a bridge, that its profile denies" "${CONTAINED[@]}" "$BAD_CG" "$TOOL"
	judged_anew
}

# A flow that runs ends when its container's profile forbids it, at a bridge as well.
judged_anew() {
	local size
	fresh
	lab_spawn on one "${CONTAINED[@]}" "$GOOD_CG" curl -sN -o "$LAB_DIR/got" "http://$F4/slow" </dev/null
	lab_wait 5 test -s "$LAB_DIR/got" || die "the container's download does not begin"
	virtual good "$GOOD" "$OPEN" "default deny"
	lab_wait 5 told_now ".direction == \"forward\" and .source == \"again\" and .process.container == \"$GOOD\"" ||
		fail "the monitor does not say that the flow ended"
	pause 0.5	# what was on its way arrives
	size=$(stat -c %s "$LAB_DIR/got")
	pause 1
	is "a running download ends when the container's profile forbids it" "$(stat -c %s "$LAB_DIR/got")" "$size"
}

lab_begin
[ -n "$LAB_CG" ] || { echo "# no cgroup can be made: nothing is tried"; exit 0; }
wire_start
folders
bridge
talker tool
TOOL=$LAB_DIR/tool
virtual good "$GOOD" "$OPEN" "default permit"
virtual bad "$BAD" "$OPEN" "default deny"
printf '%s\n' "level dynamic" "set default-outgoing { dynamic deny }" "set unknown-origin { dynamic permit }" \
	"set forwarded { dynamic deny }" | put "$ETC/bulwark.conf"
suite_start
monitor_start
lab_spawn ctl monitor </dev/null >"$LAB_DIR/words" 2>/dev/null
lab_spawn ctl --json monitor "container:$GOOD" </dev/null >"$LAB_DIR/filtered" 2>/dev/null
local_ones
forwarded
is "a filter shows the container's connections, and no user's copy's" \
	"$(jq -r 'select(.type == "event") | "\(.process.container) \(.process.claimed_container) \(.direction)"' "$LAB_DIR/filtered" | sort -u |
		paste -sd,)" "$GOOD null forward,$GOOD null out"
tightened
crowded
bridged
ctl release
