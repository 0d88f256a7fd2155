#!/bin/bash
# Questions for names: whatever server a program asks, resolverd gets the question, judges it by
# who asks, and asks the machine's resolver itself; the wire shows nothing else. Without resolverd
# nobody is answered.
. "$(dirname "$0")/../lab/lib.sh"

dug() { on desk dig +short +time=2 +tries=1 "$@" 2>&1; }
status_of() { on desk dig +time=2 +tries=1 "$@" 2>&1 | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'; }

lab_begin
wire_start
put "$ETC/bulwark.conf" <<-E
	level dynamic
	set nameserver { dynamic on }
E
profile dig /usr/bin/dig "$OPEN"
suite_start
monitor_start
fresh
is "the machine's own resolver is asked" "$(dug www.example.org)" 9.9.0.10
is "asked anywhere else: the same answer" "$(dug @9.9.9.9 www.example.org)" 9.9.0.10
is "over IPv6" "$(dug @2a00:1::99 www.example.org)" 9.9.0.10
is "over TCP" "$(dug +tcp @9.9.9.9 www.example.org)" 9.9.0.10
is "AAAA" "$(dug @9.9.9.9 AAAA www.example.org)" 2a00:1::10
is "nothing goes elsewhere" "$(wire_to "(host 9.9.9.9 or host 2a00:1::99)")" 0
