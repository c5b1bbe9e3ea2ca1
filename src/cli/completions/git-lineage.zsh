#compdef git-lineage
#description remembers where every deployed artifact came from
# Made by git-lineage, which may write it anew: git lineage setup

# Called for git-lineage, and for 'git lineage' by zsh's completion of git.
_git-lineage() {
  local line paths word help
  local -a before answer names shown
  # Of 'git -C <dir> lineage'.
  [[ -n ${opt_args[-C]} ]] && before=(-C "${(Q)opt_args[-C]}")
  answer=("${(@f)$(git-lineage complete -- $before "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  paths=$answer[1]
  for line in "${(@)answer[2,-1]}"; do
    [[ -n $line ]] || continue
    word=${line%%$'\t'*}
    help=${line#*$'\t'}
    names+=("$word")
    shown+=("${word}${help:+  -- $help}")
  done
  (( $#names )) && compadd -l -d shown -a names
  case $paths in
    files) _files ;;
    directories) _files -/ ;;
  esac
  (( $#names )) || [[ $paths != none ]]
}

_git-lineage "$@"
