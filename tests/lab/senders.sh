# Every odd way to send, by one program: what left and who was named. Sourced, after lib.sh, by the scripts that
# try them with the suite or with another firewall.
# SENDERS_MANY: processes of the way "many" (10000). SENDERS_ONLY: only these ways.
# shellcheck shell=bash

SENDERS=$LAB_TOP/build/release/tests/lab/senders/senders
SENDERS_MANY=${SENDERS_MANY:-$((10000 / ${LAB_SLOW:-1}))}

# ways: WAY FAMILY ATTEMPTS WANT TEXT, one a line
ways() { sed -e '/^#/d' -e "s/MANY/$SENDERS_MANY/g" "$LAB_TOP/tests/lab/senders/ways"; }

# senders_up: the programs, and what the ways want of the desk
senders_up() {
	cp "$SENDERS" "$LAB_DIR/denied"
	cp "$SENDERS" "$LAB_DIR/allowed"
	lab_sysctl desk ipv4/ping_group_range="0 65534" ipv4/tcp_fastopen=1
}

# senders_base FAMILY CASE NUMBER: the first address of a way's; 64 for each, 16384 for number 0
senders_base() {
	local at=$(($2 * 32768 + $3 * 64))
	[ "$3" != 0 ] || at=$(($2 * 32768 + 16384))
	if [ "$1" = 4 ]; then echo "9.9.$((at / 256)).$((at % 256))"; else printf '2a00:1::%x:0:1\n' $(($2 * 4096 + 4096 + $3)); fi
}

# senders_run CASE PROGRAM OTHER [CMD...]: every way, one after the other, CASE is 0 or 1; CMD before each. What each says
# lies in told-WAY-FAMILY and said-WAY-FAMILY, what ran in ran: WAY FAMILY ATTEMPTS WANT STATUS TEXT.
senders_run() {
	local case=$1 program=$2 other=$3 way family n want text at number=4 status
	shift 3
	rm -f "$LAB_DIR"/told-* "$LAB_DIR"/said-*
	: >"$LAB_DIR/ran"
	while read -r way family n want text; do
		number=$((number + 1)) at=$number
		[ -z "${SENDERS_ONLY:-}" ] || [[ " $SENDERS_ONLY " = *" $way "* ]] || continue
		[ "$way" != many ] || at=0
		[ $# = 0 ] || "$@"
		SENDERS_CGROUP=$LAB_CG on desk timeout $((30 * ${LAB_SLOW:-1})) "$program" "$way" "$n" \
			"$(senders_base "$family" "$case" $at)" 7 "$other" \
			</dev/null >>"$LAB_DIR/told-$way-$family" 2>"$LAB_DIR/said-$way-$family"
		status=$?
		echo "$way $family $n $want $status $text" >>"$LAB_DIR/ran"
	done < <(ways)
}

# senders_wire: the addresses to which anything left until now, in wire.seen
senders_wire() {
	sleep 0.1
	wire_show "dst net 9.9.0.0/16 or dst net 2a00:1::/32" | awk '$2 ~ /^IP/ {
		a = $5
		sub(/:$/, "", a)
		if ($2 == "IP6" || gsub(/\./, ".", a) == 4) sub(/\.[0-9]+$/, "", a)
		print a }' | sort -u >"$LAB_DIR/wire.seen"
}

# senders_count WAY FAMILY PATH PROVEN: prints attempts, arrived ones and named ones. monitor.seen has lines
# ADDRESS PID PATH PROVEN; only if PROVEN is true the path counts.
senders_count() {
	awk -v path="$3" -v proven="$4" '
		FILENAME == ARGV[1] { wire[$1] = 1; next }
		FILENAME == ARGV[2] {
			right = $4 == proven && (proven == "false" || $3 == path)
			if (!right || ($1 in who && who[$1] != $2)) wrong[$1] = 1
			who[$1] = $2
			next }
		{ n++; arrived += $1 in wire; named += who[$1] == $2 && !($1 in wrong) }
		END { print n + 0, arrived + 0, named + 0 }' "$LAB_DIR/wire.seen" "$LAB_DIR/monitor.seen" "$LAB_DIR/told-$1-$2"
}

# senders_show WAY FAMILY PATH PROVEN WANTED: the attempts that are not WANTED (arrived or refused), or of which the monitor
# says something else, or nothing; what more a line of monitor.seen has is shown
senders_show() {
	awk -v path="$3" -v proven="$4" -v wanted="$5" '
		FILENAME == ARGV[1] { wire[$1] = 1; next }
		FILENAME == ARGV[2] {
			told[$1] = told[$1] "; " $2 " " $3 " " $4
			if (NF > 4) more[$1] = more[$1] " (" $5 ")"
			next }
		{ word = $1 in wire ? "arrived" : "refused"
		  if (word != wanted || told[$1] != "; " $2 " " path " " proven)
			print $1, word, "sent by", $2 ", told as" (told[$1] == "" ? " nothing" : told[$1] more[$1]) }' \
		"$LAB_DIR/wire.seen" "$LAB_DIR/monitor.seen" "$LAB_DIR/told-$1-$2"
}
