# The lab's network. Sourced by lib.sh and by the command lab.
#
#	desk      the machine that the suite protects: v0 to the LAN, c0 to the box behind it
#	router    LAN 192.168.77.1, fd77::1; the way to the Internet, without NAT, so that
#	          captures show who sent
#	inet      the Internet: every address of 9.9.0.0/16 and 2a00:1::/32 is one machine
#	stranger  another host on the LAN
#	box       a container behind the desk, 10.77.0.2, fd78::2, forwarded by it
#
# The addresses of the "Internet" look like anybody's, because the policy refuses those that are
# reserved for documentation. Nothing leaves these namespaces.
# shellcheck shell=bash

LAB_HOSTS="desk router inet stranger box"
DESK4=192.168.77.2 DESK6=fd77::2
ROUTER4=192.168.77.1 ROUTER6=fd77::1
STRANGER4=192.168.77.66 STRANGER6=fd77::66
BOX4=10.77.0.2 BOX6=fd78::2
# shellcheck disable=SC2034 # for the scripts
INET4=9.9.0.10 INET6=2a00:1::10 DNS4=9.9.0.53 DNS6=2a00:1::53

ns() { echo "/run/netns/${LAB?}$1"; }

# on HOST CMD...: runs a program there. Only the network differs: mounts and cgroups stay.
on() {
	local host=$1
	shift
	${LAB_EXEC:-} nsenter --net="$(ns "$host")" -- "$@"
}

lab_batch() { # HOST; commands of ip on standard input
	ip -n "$LAB$1" -batch -
}

lab_sysctl() { # HOST KEY=VALUE..., keys below net/
	local host=$1
	shift
	# shellcheck disable=SC2016 # for the inner shell
	on "$host" sh -c 'for s; do echo "${s#*=}" >"/proc/sys/net/${s%%=*}"; done' sh "$@"
}

lab_net_up() {
	local h
	for h in $LAB_HOSTS; do
		ip netns add "$LAB$h"
		lab_sysctl "$h" ipv6/conf/default/accept_dad=0 ipv6/conf/all/accept_dad=0 \
			ipv6/conf/default/accept_ra=0
	done
	lab_batch router <<-E
		link set lo up
		link add br0 type bridge forward_delay 0 mcast_snooping 0
		link add d0 type veth peer name v0 netns ${LAB}desk
		link add s0 type veth peer name v0 netns ${LAB}stranger
		link add wan type veth peer name v0 netns ${LAB}inet
		link set d0 master br0 up
		link set s0 master br0 up
		addr add $ROUTER4/24 dev br0
		addr add $ROUTER6/64 dev br0 nodad
		addr add 9.1.0.1/24 dev wan
		addr add 2a00:2::1/64 dev wan nodad
		link set br0 up
		link set wan up
		route add 9.9.0.0/16 via 9.1.0.2
		route add 2a00:1::/32 via 2a00:2::2
		route add 10.77.0.0/24 via $DESK4
		route add fd78::/64 via $DESK6
	E
	lab_batch inet <<-E
		link set lo up
		addr add 9.1.0.2/24 dev v0
		addr add 2a00:2::2/64 dev v0 nodad
		link set v0 up
		route add default via 9.1.0.1
		route add default via 2a00:2::1
		route add local 9.9.0.0/16 dev lo
		route add local 2a00:1::/32 dev lo
	E
	lab_batch stranger <<-E
		link set lo up
		addr add $STRANGER4/24 dev v0
		addr add $STRANGER6/64 dev v0 nodad
		link set v0 up
		route add default via $ROUTER4
		route add default via $ROUTER6
	E
	lab_batch desk <<-E
		link set lo up
		link add c0 type veth peer name v0 netns ${LAB}box
		addr add $DESK4/24 dev v0
		addr add $DESK6/64 dev v0 nodad
		addr add 10.77.0.1/24 dev c0
		addr add fd78::1/64 dev c0 nodad
		link set v0 up
		link set c0 up
		route add default via $ROUTER4
		route add default via $ROUTER6
	E
	lab_batch box <<-E
		link set lo up
		addr add $BOX4/24 dev v0
		addr add $BOX6/64 dev v0 nodad
		link set v0 up
		route add default via 10.77.0.1
		route add default via fd78::1
	E
	lab_sysctl inet ipv6/ip_nonlocal_bind=1
	for h in router desk; do
		lab_sysctl $h ipv4/ip_forward=1 ipv6/conf/all/forwarding=1
	done
}

lab_net_down() {
	local h
	for h in $LAB_HOSTS; do
		[ ! -e "$(ns "$h")" ] || ip netns del "$LAB$h"
	done
}
