#!/bin/bash
. "$(dirname "$0")/../lab/lib.sh"
lab_begin
suite_start -v
ctl status
ctl status --json | jq .kernel
on desk iptables-save -t mangle | grep BW-OUT
cat $SUITE_LOG
suite_stop
