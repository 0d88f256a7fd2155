# bash completion for bulwarkctl(1)

# The words that may follow KEY: of a filter.
_bulwarkctl_filter()
{
	local key=${1%%:*} done=${1#*:} values='' before=''
	case $key in
	verdict)	values="accept block drop nameserver tunnel resolved blocked refused asked below" ;;
	direction)	values="out in forward" ;;
	proto)		values="tcp udp icmp icmp6 sctp dccp udplite igmp gre esp ah ipv6" ;;
	user)		values=$(compgen -u) ;;
	esac
	case $done in
	*,*) before=${done%,*}, ;;
	esac
	# The colon breaks words, so only what follows it is completed.
	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$values" -- "${done##*,}")
}

_bulwarkctl_settings()
{
	bulwarkctl --json settings 2>/dev/null | sed -n 's/.*"type":"setting","name":"\([a-z0-9-]*\)".*/\1/p'
}

# Those that one setting may have.
_bulwarkctl_values()
{
	bulwarkctl --json settings "$1" 2>/dev/null | sed -n 's/.*"values":\[\([a-z",-]*\)\].*/\1/p' | tr -d '"' | tr , ' '
}

_bulwarkctl()
{
	local cur prev words cword verb='' i
	_init_completion -n : 2>/dev/null || {
		cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
		words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
	}
	local verbs="status monitor connections explain dns prompts allow deny prompt answers forget lists profile settings level audit release help"
	local filters="app: profile: verdict: user: uid: pid: port: proto: direction: address: container:"

	for ((i = 1; i < cword; i++)); do
		case ${words[i]} in
		-r|-b|--user|--last|--as|--for|--port|--etc|--vendor) ((i++)) ;;
		-*) ;;
		*) verb=${words[i]}; break ;;
		esac
	done
	case $prev in
	-r|-b|--etc|--vendor) compopt -o dirnames; return ;;
	--user)	mapfile -t COMPREPLY < <(compgen -u -- "$cur"); return ;;
	--last)	return ;;
	--for)	mapfile -t COMPREPLY < <(compgen -W "$([[ $verb == level ]] || echo once exit always) 15m 1h 8h 1d" -- "$cur")
		return ;;
	--port)	return ;;
	--as)	mapfile -t COMPREPLY < <(compgen -c -- "$cur"); return ;;
	esac
	case $cur in
	-*)	local options="--json --help -r -b"
		case $verb in
		'')	 options+=" --version" ;;
		status)	 options+=" --check" ;;
		monitor) options+=" --last --ends" ;;
		explain) options+=" --in --user" ;;
		dns)	 options+=" --as --user" ;;
		prompts) options+=" --watch --for --both" ;;
		allow|deny|prompt) options+=" --port --in --both --for --user" ;;
		forget)	 options+=" --port --user" ;;
		profile) options+=" --all --etc --vendor" ;;
		settings) options+=" --etc" ;;
		level)	 options+=" --for --history" ;;
		esac
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
		return ;;
	esac
	case $verb in
	'')	mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$cur") ;;
	monitor|connections)
		case $cur in
		*:*) _bulwarkctl_filter "$cur" ;;
		*) compopt -o nospace
		   mapfile -t COMPREPLY < <(compgen -W "$filters" -- "$cur") ;;
		esac ;;
	explain)
		if [[ ${words[cword-1]} == explain ]]; then
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur")
		fi ;;
	dns)	((cword == i + 1)) &&
			mapfile -t COMPREPLY < <(compgen -W "servers cache flush blocked query" -- "$cur") ;;
	prompts)
		case $((cword - i)) in
		1) mapfile -t COMPREPLY < <(compgen -W "$(bulwarkctl --json prompts 2>/dev/null |
		    sed -n 's/.*"id":"\([0-9]*\)".*/\1/p')" -- "$cur") ;;
		2) mapfile -t COMPREPLY < <(compgen -W "allow deny" -- "$cur") ;;
		3) mapfile -t COMPREPLY < <(compgen -W "destination application" -- "$cur") ;;
		esac ;;
	allow|deny|prompt|forget)
		case $((cword - i)) in
		1) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
		2) mapfile -t COMPREPLY < <(compgen -A hostname -W "any host link site lan internet" -- "$cur") ;;
		esac ;;
	profile)
		case ${words[i+1]:-} in
		words)
			((cword == i + 2)) && mapfile -t COMPREPLY < <(compgen -W "$(bulwarkctl --json profile words 2>/dev/null |
			    sed -n 's/.*"name":"\([a-z-]*\)".*/\1/p' | sort -u)" -- "$cur") ;;
		check|import) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
		show|edit|export)
			if ((cword == i + 2)); then
				local IFS=$'\n'
				compopt -o filenames	# so that names with spaces are quoted
				# Plain names only: compgen -W expands what it is given.
				mapfile -t COMPREPLY < <(compgen -W "$(bulwarkctl --json profile list 2>/dev/null |
				    sed -n 's/.*"name":"\([A-Za-z0-9 ._+-]*\)".*/\1/p')" -- "$cur")
			fi ;;
		*) ((cword == i + 1)) &&
			mapfile -t COMPREPLY < <(compgen -W "list show words check edit import export" -- "$cur") ;;
		esac ;;
	settings)
		case $((cword - i)) in
		1) mapfile -t COMPREPLY < <(compgen -W "set $(_bulwarkctl_settings)" -- "$cur") ;;
		2) mapfile -t COMPREPLY < <(compgen -W "$(_bulwarkctl_settings)" -- "$cur") ;;
		3) mapfile -t COMPREPLY < <(compgen -W "dynamic secure fortress" -- "$cur") ;;
		4) mapfile -t COMPREPLY < <(compgen -W "$(_bulwarkctl_values "${words[i+2]}")" -- "$cur") ;;
		esac ;;
	level)	mapfile -t COMPREPLY < <(compgen -W "dynamic secure fortress auto" -- "$cur") ;;
	help)	mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$cur") ;;
	esac
}

complete -F _bulwarkctl bulwarkctl
