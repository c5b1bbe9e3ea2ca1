# bash completion for git-lineage and 'git lineage'                                                 -*- shell-script -*-
# Made by git-lineage, which may write it anew: git lineage setup

# Completes the words in $@, the last of them where the cursor is; the answer goes to COMPREPLY.
__git_lineage_complete() {
	local current="${@: -1}" quote='' line paths='' before after
	case $current in
	[\'\"]*)
		quote=${current:0:1}
		current=${current:1}
		set -- "${@:1:$#-1}" "$current"
		;;
	*\\*)
		current=$(printf '%s' "$current" | sed 's/\\\(.\)/\1/g')
		set -- "${@:1:$#-1}" "$current"
		;;
	esac
	COMPREPLY=()
	# readline replaces only what stands behind the last of its word breaks.
	after=${current##*[=:@]}
	[[ -n $quote || $COMP_WORDBREAKS != *@* ]] && after=${current##*[=:]}
	[[ -n $quote ]] && after=$current
	before=${current%"$after"}
	while IFS= read -r line; do
		if [[ -z $paths ]]; then
			paths=$line
			continue
		fi
		line=${line%%$'\t'*}
		line=${line#"$before"}
		[[ -z $quote ]] && printf -v line '%q' "$line"
		COMPREPLY+=("$line")
	done < <(git-lineage complete -- "$@" 2>/dev/null)
	case $paths in
	files | directories)
		compopt -o filenames 2>/dev/null
		local action=-f
		[[ $paths == directories ]] && action=-d
		while IFS= read -r line; do
			COMPREPLY+=("$line")
		done < <(compgen "$action" -- "$after")
		;;
	*)
		# Behind 'x=' and the like the word goes on.
		[[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
		;;
	esac
}

# The words up to the cursor, in the array 'typed'; what readline has taken apart at '=', ':' and '@' is put together again.
__git_lineage_words() {
	local i word rest line=$COMP_LINE
	typed=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		rest=${line#"${line%%[![:space:]]*}"}
		if ((i > 0)) && [[ $rest == "$line" && -n $word ]]; then
			typed[${#typed[@]} - 1]+=$word
		else
			typed+=("$word")
		fi
		line=${rest#"$word"}
	done
}

# git-lineage
_git_lineage_program() {
	local typed
	__git_lineage_words
	__git_lineage_complete "${typed[@]:1}"
}

# git lineage: called by git's own completion.
_git_lineage() {
	local typed i options=()
	__git_lineage_words
	for ((i = 1; i < ${#typed[@]} - 1; i++)); do
		case ${typed[i]} in
		-C)
			options+=(-C "${typed[++i]}")
			;;
		-c | --git-dir | --work-tree | --namespace)
			((i++))
			;;
		-*) ;;
		*)
			break
			;;
		esac
	done
	__git_lineage_complete "${options[@]}" "${typed[@]:i+1}"
}

complete -F _git_lineage_program git-lineage
