#!/bin/bash
. "$(dirname "$0")/../lab/lib.sh"
queued() { on desk cat /proc/self/net/netfilter/nfnetlink_queue | awk '{ n += $8 } END { print n + 0 }'; }
as() { on desk env PYTHONHOME=/usr "$1" "$LAB_DIR/steps.py" "${@:2}"; }
lab_begin
wire_start
cp "$LAB_TOP/tests/lab/steps.py" "$LAB_DIR"
for name in pa pd; do cp "$(readlink -f /usr/bin/python3)" "$LAB_DIR/$name"; done
allowed pa "$LAB_DIR/pa"
blocked pd "$LAB_DIR/pd"
suite_start -v
monitor_start
for p in tcp udp; do
	for v in 4 6; do
		fresh
		a=F$v; a=${!a}
		queued
		as "$LAB_DIR/pa" "$p $a 7" "$p $a 7" "$p $a 7" "$p $a 7" "$p $a 7"  "$p $a 7" 
		queued
	done
done
sleep 1
ctl status
cat $SUITE_LOG
jq -c . $MONITOR | tail -30
bpftool map dump name grants | head -50
bpftool map dump name owners | head -50
