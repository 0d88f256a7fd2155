#!/bin/bash
# What bulwarkctl says to wrong questions, and to a question from another network namespace.
. "$(dirname "$0")/../lab/lib.sh"

OUT=''
says() { # TEXT STATUS WORDS COMMAND...
	local status=0
	"${@:4}" >"$OUT" 2>&1 || status=$?
	is "$1: status" "$status" "$2"
	if grep -qF -- "$3" "$OUT"; then pass "$1: $(head -1 "$OUT")"; else fail "$1: $(cat "$OUT")"; fi
}
from_box() { on box "$BIN/bulwarkctl" -r "$RUN" "$@"; }

# The network of one address of the lab's Internet; the file is replaced whole, as a package does.
as_of() { # NUMBER
	echo "$INET4,$INET4,$1" >"$LAB_DIR/as.csv"
	"$BIN/../policyd/geo/compile" "$LAB_DIR/as.csv" >"$LAB_DIR/geo/new" && mv "$LAB_DIR/geo/new" "$LAB_DIR/geo/as.mmdb"
}
reaches() { on desk curl -gsm3 -o /dev/null "http://$INET4/"; }
refused() { ! reaches; }

# In this script's own mount namespace; the file is written into, as nobody should, which is seen all the same.
ZONES=/usr/share/zoneinfo/Etc
zone() { cat "$ZONES/$1" >"$LAB_DIR/zone"; }
at_five() { TZ=UTC date -d "5 hours $1 minutes" +%H:%M; }	# local time at UTC+5, MINUTES from now
permits() { ctl explain "$@" 2>/dev/null | grep -q "verdict: accept"; }

# completes WANTED WORD...: bash completes the last word to just that
completes() {
	local wanted=$1
	shift
	# shellcheck disable=SC2034 # for the completion
	COMP_WORDS=(bulwarkctl "$@") COMP_CWORD=$# COMPREPLY=()
	_bulwarkctl
	is "completed: $*" "${COMPREPLY[*]}" "$wanted"
}
compopt() { :; }
bulwarkctl() { ctl "$@"; }

lab_begin
talkers
OUT=$LAB_DIR/said
zone GMT
[ ! -e /etc/localtime ] || mount --bind "$LAB_DIR/zone" "$(readlink -f /etc/localtime)"
mkdir "$LAB_DIR/geo"
as_of 64496
suite_start
for name in bulwarkd policyd intercept whod resolverd uid bulwark-setup bulwarkctl; do
	says "$name --help" 0 "usage: $name" "$BIN/$name" --help
	says "$name -h" 0 "usage: $name" "$BIN/$name" -h
	says "$name --version" 0 "$name 0." "$BIN/$name" --version
done
for name in policyd intercept whod resolverd uid; do
	says "$name --help names who starts it" 0 "bulwarkd starts it" "$BIN/$name" --help
	says "so does $name by hand" 1 "$name: bulwarkd starts this, by hand it is of no use" "$BIN/$name"
	says "$name with an option that it does not know" 2 "unknown argument --foo (see $name --help)" "$BIN/$name" --foo
done
says "an unknown option" 2 "unknown option --foo (see bulwarkctl --help)" ctl --foo status
says "an unknown letter" 2 "unknown option -x (see bulwarkctl --help)" ctl -x status
says "an option without its value" 2 "-r wants a value (see bulwarkctl --help)" ctl -r
says "help by verb" 0 "usage: bulwarkctl level" ctl help level
says "help lists verbs" 0 "what waits for an answer" ctl help
says "help about help" 0 "usage: bulwarkctl help [VERB]" ctl help help
says "help about no verb" 2 "unknown verb 'hlep' (did you mean help?)" ctl help hlep
# shellcheck source=uid/ctl/completion/bulwarkctl.bash
. "$LAB_TOP/uid/ctl/completion/bulwarkctl.bash"
words() { tr ' ' '\n' | grep . | LC_ALL=C sort -u | paste -sd' '; }
verbs=$(ctl help | sed -n 's/^  \([a-z]\+\)  .*/\1/p')
least "verbs" "$(wc -w <<<"$verbs")" 18
for verb in $verbs; do
	says "help about $verb" 0 "usage: bulwarkctl $verb" ctl help "$verb"
	check "help about $verb: more than that, and no long lines" awk 'length > 110 { exit 1 } END { if (NR < 3) exit 1 }' "$OUT"
	[ "$verb" = help ] || is "help about $verb: the same after it" "$(ctl "$verb" --help)" "$(cat "$OUT")"
	options=$(grep -o -- '--[a-z]\+' "$OUT" | words)
	[ "$verb" != help ] || options=''
	# shellcheck disable=SC2034 # for the completion
	COMP_WORDS=(bulwarkctl "$verb" -) COMP_CWORD=2 COMPREPLY=()
	_bulwarkctl
	is "its options are completed: $verb" "$(tr ' ' '\n' <<<"${COMPREPLY[*]}" | grep -vx -e --json -e --help -e -r -e -b | words)" \
		"$options"
	# shellcheck disable=SC2034 # for the completion
	COMP_WORDS=(bulwarkctl "$verb") COMP_CWORD=1 COMPREPLY=()
	_bulwarkctl
	check "it is completed itself: $verb" grep -qw "$verb" <<<"${COMPREPLY[*]}"
	check "in the other shell, too: $verb" grep -q "'$verb:" "$LAB_TOP/uid/ctl/completion/_bulwarkctl"
	check "the manual has it: $verb" grep -qE "^\.Cm .*\b$verb\b" "$LAB_TOP/docs/man/bulwarkctl.1"
done
says "an unknown verb" 2 "unknown verb 'stauts' (did you mean status?)" ctl stauts
says "a wrong use names its verb's help" 2 "(see bulwarkctl level --help)" ctl level high
says "no address" 2 "'9.9.9.999' is neither an address nor a name" ctl explain curl 9.9.9.999
says "no protocol" 2 "'upd' is no protocol (did you mean udp?)" ctl explain curl 9.9.9.9:53/upd
is "and nothing else is said" "$(wc -l <"$OUT")" 1
says "no number of a port" 2 "'https' is no port: a number" ctl explain curl 9.9.9.9:https
says "a URL" 2 "is no destination: a name or address" ctl explain curl http://www.example.org/
says "no process" 1 "there is no process 4194305" ctl explain 4194305
says "a verb of profile" 2 "(did you mean show?)" ctl profile shwo curl
says "set without a setting" 2 "set NAME LEVEL VALUE" ctl settings set
says "a setting set without set" 2 "to set it: settings set lan secure deny" ctl settings lan secure deny
says "no port" 2 "a number from 0 to 65535" ctl monitor port:99999
says "no verdict" 2 "accept, block, drop" ctl connections verdict:nonsense
says "too many" 2 "a number from 0 to" ctl monitor --last 5000
says "no such profile" 5 "'bulwarkctl profile list' shows them" ctl profile show nosuch
says "no such file" 1 "there is no such file: /usr/bin/nosuch" ctl explain /usr/bin/nosuch 9.9.9.9
says "a folder" 1 "/usr/bin is no program" ctl explain /usr/bin 9.9.9.9
says "no such command" 1 "nosuch: no such program" ctl explain nosuch 9.9.9.9
says "a file that nobody can run" 1 "is no program" ctl explain "$ETC/bulwark.conf"
says "a program" 0 "verdict: accept" ctl explain "$ALLOWED" "$INET4:80"
says "no rule needs the place of an address" 0 "was not looked up" ctl explain "$ALLOWED" "$INET4:80"
profile ctl "$BIN/bulwarkctl" "$OPEN"
profile named /usr/bin/env "flags internet" "domains { .example.org }"
suite_settle
says "by a name that its profile lists" 0 "verdict: accept" ctl explain env www.example.org:80
says "its question is told of first" 0 "/usr/bin/env ? www.example.org" ctl explain env www.example.org:80
says "then the flow" 0 "/usr/bin/env -> www.example.org ($INET4) tcp port 80" ctl explain env www.example.org:80
is "as objects" "$(ctl --json explain env www.example.org:80 | jq -r 'select(.type == "end") | "\(.question) \(.verdict)"' | paste -sd' ')" \
	"www.example.org accept null accept"
says "by one that it does not" 0 "verdict: block" ctl explain env www.example.com:80
is "of which it is told no address" "$(grep -c -e ' -> ' "$OUT")" 0
is "so that nothing is asked" "$(ctl --json dns cache | jq -r 'select(.name == "www.example.com") | .name')" ""
is "as objects" "$(ctl --json explain env www.example.com:80 | jq -r 'select(.type == "end") | "\(.question) \(.verdict)"')" \
	"www.example.com block"
says "by address" 0 "verdict: block" ctl explain env "$INET4:80"
says "a name that does not exist: where to look" 5 "'bulwarkctl dns blocked app:bulwarkctl' tells" ctl explain "$ALLOWED" none.invalid
profile ctl "$BIN/bulwarkctl" "$OPEN" "domains { .example.com }"
suite_settle
says "one that bulwarkctl itself may not ask for" 5 "'bulwarkctl dns blocked app:bulwarkctl' tells" ctl explain env www.example.org
is_among_blocked() { ctl dns blocked app:bulwarkctl | grep -qF "$1"; }
is "but the program may" "$(sed -n 's/^verdict: //p' "$OUT")" accept
check "there it stands" lab_wait 5 is_among_blocked www.example.org
profile_gone named
profile_gone ctl
profile placed /usr/bin/curl "flags internet directconnect" "rules { deny as AS64496; deny country se port tcp/81; " \
	"allow port tcp/84 at $(at_five -30)-$(at_five 30); deny port tcp/84; " \
	"allow port tcp/82 until 2026-01-01; deny port tcp/82; tunnel port tcp/83 exit country { ch se } hops 4 }"
suite_settle
says "an address in a network that is denied" 0 "a rule of the profile denies it (" ctl explain curl "$INET4:80"
says "the network is shown" 0 "country not known, network AS64496" ctl explain curl "$INET4:80"
check "a real connection there is refused" refused
as_of 64497
check "with another database it is not" lab_wait 5 reaches
says "a country that is not known is denied" 0 "where its address lies is not known" ctl explain curl "$INET4:81"
says "a rule that has ended" 0 "verdict: block" ctl explain curl "$INET4:82"
says "a rule for another time of day" 0 "verdict: block" ctl explain curl "$INET4:84"
if [ -e /etc/localtime ]; then
	zone GMT-5
	check "in another time zone it is that time" lab_wait 12 permits curl "$INET4:84"
fi
says "the way through the tunnel" 0 "exit in CH, SE; 4 hops" ctl explain curl "$INET4:83"
profile_gone placed
says "to itself, from another namespace" 0 "addresses and ports are plausible" from_box explain "$ALLOWED" "$BOX4:80"
says "out, from another namespace" 0 "verdict: accept" from_box explain "$ALLOWED" "$INET4:80"
is "both namespaces hear the same" "$(from_box explain "$ALLOWED" "$BOX4:80")" "$(ctl explain "$ALLOWED" "$BOX4:80")"
is "also of IPv6" "$(from_box explain "$ALLOWED" "[$BOX6]:80")" "$(ctl explain "$ALLOWED" "[$BOX6]:80")"

profile ended /usr/bin/true "rules {" "allow until 2020-01-31" "allow until 2999-01-01 }"
says "a rule whose time is over" 0 "ended.conf:4: warning: its time is over" ctl profile check "$ETC/profiles/ended.conf"
is "and no other" "$(grep -c warning "$OUT")" 1
profile_gone ended
ln -s "$ALLOWED" "$LAB_DIR/link"
profile link "$LAB_DIR/link"
says "a profile for a link" 0 "link.conf:2: warning: symbolic link to $ALLOWED: use that path" ctl profile check "$ETC/profiles/link.conf"
says "a folder as a profile" 1 "it is a folder" ctl profile check "$ETC"
profile_gone link
ln -s /etc/passwd "$ETC/profiles/out.conf"
echo 'profile "x" { path "/x" }' >"$ETC/profiles/closed.conf"
chmod 600 "$ETC/profiles/closed.conf"
suite_settle
says "a link out of the folder" 0 "symbolic links out of the folder are not followed" ctl status
says "a file of root alone" 0 "policyd is not root: chmod a+r" ctl status
rm "$ETC/profiles/out.conf" "$ETC/profiles/closed.conf"

# Settings, level and profiles by command
policy() { ctl --etc "$ETC" --vendor "$LAB_DIR/vendor" "$@"; }
setting() { ctl --etc "$ETC" settings set "$@"; }
in_force() { [ "$(ctl --json settings "$1" | jq -r .in_force)" = "$2" ]; }
level_is() { [ "$(ctl --json level | jq -r .level)" = "$1" ]; }
mkdir "$LAB_DIR/vendor"
cp "$ETC/bulwark.conf" "$LAB_DIR/conf.before"
says "the grid" 0 "own-subnets" ctl settings
says "one setting: a choice" 0 "may be: permit own-subnets ask deny" ctl settings lan
says "one that acts later" 0 "stored, acts with inspection" ctl settings tls-checks
says "a switch" 0 "a switch, on at dynamic, secure, fortress" ctl settings dnssec
says "no such setting" 5 "there is no setting nosuch: 'bulwarkctl settings'" ctl settings nosuch
says "nearly one" 5 "there is no setting lann (did you mean lan?)" ctl settings lann
says "the level in force is marked" 0 "DYNAMIC*" ctl settings
most "the grid fits 80 columns" "$(ctl settings | wc -L)" 80
says "one word" 0 "Must be run by a system user" ctl profile words system
says "one that is a setting" 0 "lan (setting): what programs without a profile send" ctl profile words lan
says "nearly a word" 5 "no word domian (did you mean domain?)" ctl profile words domian
says "no word" 5 "no word nosuch" ctl profile words nosuch
says "words" 0 "May talk with the Internet." ctl profile words
is "all settings are objects with what they mean" "$(ctl --json settings | jq -s 'map(select(.type == "setting" and (.text | length) > 20)) | length')" \
	"$(($(ctl settings | wc -l) - 1))"
completes "prompts prompt profile" pro
completes "always" allow curl any --for al
completes "" level secure --for al
completes "lan" settings set lan
completes "fortress" settings set lan f
completes "permit own-subnets ask deny" settings set lan secure ""
completes "nxdomain" settings set blocked-answer secure n
completes "domain domains" profile words domain
completes "verdict:" monitor ver
completes "block blocked" monitor verdict:bl
completes "container:" connections cont
completes "settings" help se
says "no block list" 0 "bulwark.conf names no block list" ctl lists
says "lists takes nothing" 2 "lists takes no argument (see bulwarkctl lists --help)" ctl lists ads
printf '0.0.0.0 ads.example\nads2.example\nno name\n' >"$ETC/ads.txt"
printf 'list "ads" file "%s/ads.txt" tag ads\nlist "gone" file "%s/gone.txt" tag malware\n' "$ETC" "$ETC" >>"$ETC/bulwark.conf"
state_of() { ctl --json lists | jq -r "select(.name == \"$1\") | .state"; }
state_is() { [ "$(state_of "$1")" = "$2" ]; }
check "a list is read" lab_wait 8 state_is ads read
is "with its names, and what is wrong" "$(ctl --json lists | jq -c 'select(.name == "ads") |
	[.names, .wrong, .tag, .setting, .line, .problem, (.changed | length)]')" '[2,1,"ads","lists-tracking",2,"",27]'
is "another one is not" "$(state_of gone)" refused
says "and why" 0 "gone.txt is not read: No such file or directory; no name of it is blocked" ctl lists
says "not for everybody" 4 "root" setpriv --reuid 1234 --clear-groups "$BIN/bulwarkctl" -r "$RUN" lists
cat "$LAB_DIR/conf.before" >"$ETC/bulwark.conf"
says "set one" 0 "set multicast-names { dynamic permit }" setting multicast-names dynamic permit
check "it is in force" lab_wait 5 in_force multicast-names permit
is "and nothing else in the file changed" "$(diff "$LAB_DIR/conf.before" "$ETC/bulwark.conf" | grep -c '^[<>]')" 1
says "one that is locked" 1 "bulwark.conf:" setting dnssec fortress off
says "why" 1 "dnssec is locked at fortress: not milder than on" setting dnssec fortress off
says "no value" 1 "\"maybe\" is no value of lan, which may be permit, own-subnets, ask, deny" setting lan secure maybe
says "no setting" 1 "unknown setting \"lann\" (did you mean lan?)" setting lann secure deny
says "no level" 2 "is no level" setting lan high deny
check "what was refused changed nothing" in_force multicast-names permit
is "no draft is left" "$(find "$ETC" -name '.*.conf.*')" ""
cat "$LAB_DIR/conf.before" >"$ETC/bulwark.conf"
check "a file changed by hand is in force as well" lab_wait 5 in_force multicast-names deny

says "a level for a time" 0 "secure (set by hand for 1s)" ctl level secure --for 1s
check "it ends by itself" lab_wait 5 level_is dynamic
says "a port without its protocol" 2 "'80' is no port: tcp/443" ctl allow env any --port 80
says "no time" 2 "'soon' is no time: a number and s, m, h or d" ctl level secure --for soon
says "a level for long" 0 "fortress (set by hand for 1h)" ctl level fortress --for 1h
says "its end is told" 0 "fortress (set by a command of user 0 until " ctl level
before=$(ctl level) policyd=$(suite_pid policyd)
another_policyd() { [ "$(suite_pid policyd)" != "$policyd" ] && ctl level >/dev/null 2>&1; }
kill -KILL "$policyd"
check "policyd is another one" lab_wait 10 another_policyd
is "the level and its end are the same" "$(ctl level)" "$before"
says "back" 0 "dynamic (no command counts)" ctl level auto
says "who may not" 4 "only root may change the level" setpriv --reuid 1234 --clear-groups "$BIN/bulwarkctl" -r "$RUN" level secure --for 1h
says "the history: a level" 0 "level by policyd: secure -> dynamic: the command's time is over: " ctl level --history
says "a setting" 0 "deny deny deny -> permit deny deny: multicast-names: " ctl level --history
says "a file" 0 "file by files: read: $ETC/bulwark.conf" ctl level --history
is "as objects" "$(ctl --json level --history | jq -s 'map(select(.type == "change" and .what == "level" and .who == "user 0" and .after == "fortress")) | length')" 1
says "not for everybody" 4 "root" setpriv --reuid 1234 --clear-groups "$BIN/bulwarkctl" -r "$RUN" level --history
says "but settings are" 0 "own-subnets" setpriv --reuid 1234 --clear-groups "$BIN/bulwarkctl" -r "$RUN" settings

says "edit of nothing" 2 "edit NAME" policy profile edit
is "what was said right is not guessed at" "$(policy profile edit 2>&1 | grep -c 'did you mean')" 0
printf 'profile "Sample" {\n\tpath "/usr/bin/sample"\t# its path\n\tflags internet\n}\n' >"$LAB_DIR/vendor/sample.conf"
EDITOR='sed -i s/internet/localnet/' says "edit, beginning with the vendor's" 0 "$ETC/profiles/sample.conf" policy profile edit sample
is "a comment stays" "$(grep -c '# its path' "$ETC/profiles/sample.conf")" 1
EDITOR='sed -i s/localnet/nonet/' says "a broken text is refused" 1 "sample.conf:3:8: unknown flag \"nonet\"" policy profile edit Sample
is "and the file is as it was" "$(grep -c 'flags localnet' "$ETC/profiles/sample.conf")" 1
EDITOR=true says "no rights: said before the editor is begun" 4 "profiles: permission denied: use sudo" on desk \
	setpriv --reuid 1234 --clear-groups "$BIN/bulwarkctl" --etc "$ETC" --vendor "$LAB_DIR/vendor" profile edit sample
for verb in "settings set lan secure deny" "profile edit sample" "profile import $LAB_DIR/vendor/sample.conf"; do
	# shellcheck disable=SC2086 # words of a command
	says "no folder: $verb" 5 "there is no folder $LAB_DIR/none" ctl --etc "$LAB_DIR/none" $verb
done
EDITOR=false says "an editor that fails" 5 "nothing was changed" policy profile edit sample
says "export" 0 'profile "Sample" {' policy profile export sample
echo 'profile "n" { path "/n"; flags nonsense }' >"$LAB_DIR/n.conf"
says "import of a broken one" 1 "not imported" policy profile import "$LAB_DIR/n.conf"
check "leaves nothing" test ! -e "$ETC/profiles/n.conf"
echo 'profile "n" { path "/n"; flags localnet }' >"$LAB_DIR/n.conf"
says "import" 0 "$ETC/profiles/n.conf" policy profile import "$LAB_DIR/n.conf"
suite_settle
says "it is in force" 0 "/n; localnet" ctl profile list
says "a file without errors" 0 "no errors" ctl profile check "$ETC/profiles/n.conf"
policy profile export --all "$LAB_DIR/out" >"$OUT" 2>&1
is "all, as they lie there" "$(cd "$LAB_DIR/out" && cmp profiles/n.conf "$ETC/profiles/n.conf" && cmp bulwark.conf "$ETC/bulwark.conf" && ls vendor)" sample.conf
rm -f /tmp/bulwarkctl.*/sample.conf
