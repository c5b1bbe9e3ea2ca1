# fish completion for git-lineage and, by fish's completion of git, for 'git lineage'
# Made by git-lineage, which may write it anew: git lineage setup

function __git_lineage_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    # An open quote, and what it or a backslash protects.
    set current (string replace -r '^[\'"]' '' -- $current | string replace -ra '\\\\(.)' '$1')
    set -l answer (git-lineage complete -- $typed[2..-1] "$current" 2>/dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path "$current"
        case directories
            __fish_complete_directories "$current" ''
    end
    printf '%s\n' $answer[2..-1]
end

complete -c git-lineage -f -a '(__git_lineage_complete)'
