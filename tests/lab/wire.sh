# What really went over the wire: everything that enters or leaves the desk's LAN port is captured
# on the router's side, for the whole test. Each case talks to an address that no other case
# uses, so that counting is a filter. Sourced by lib.sh.
# shellcheck shell=bash

WIRE=
LAB_FRESH=0

# fresh: sets F4 and F6 to addresses of the "Internet" that nobody used before
fresh() {
	LAB_FRESH=$((LAB_FRESH + 1))
	F4=9.9.$((100 + LAB_FRESH / 250)).$((1 + LAB_FRESH % 250))
	F6=$(printf '2a00:1::f:%x' $LAB_FRESH)
}

wire_start() { # [FILTER]
	local i
	WIRE=$LAB_DIR/wire.pcap
	lab_spawn on router tcpdump -Z root -i d0 -nn -U --immediate-mode -B 32768 -s 200 -w "$WIRE" \
		"${1:-}" </dev/null >/dev/null 2>"$LAB_DIR/tcpdump.log"
	for ((i = 0; i < 100; i++)); do
		! grep -q '^tcpdump: listening' "$LAB_DIR/tcpdump.log" || return 0
		sleep 0.02
	done
	die "tcpdump does not start: $(cat "$LAB_DIR/tcpdump.log")"
}

# wire_count FILTER: packets seen until now. What was sent just before is waited for.
wire_count() {
	sleep 0.1
	tcpdump -r "$WIRE" -nn "$1" 2>/dev/null | wc -l
}

wire_show() { tcpdump -r "$WIRE" -nn "$1" 2>/dev/null; }

# Packets from the desk to an address, and the other way.
wire_to() { wire_count "src host ($DESK4 or $DESK6) and dst host $1"; }
wire_from() { wire_count "src host $1 and dst host ($DESK4 or $DESK6)"; }
