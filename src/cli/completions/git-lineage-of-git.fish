# fish completion for 'git lineage', which the completion of git-lineage is asked for
# Made by git-lineage, which may write it anew: git lineage setup

function __git_lineage_complete_git
    set -l typed (commandline -opc)
    set -l words
    set -l at 2
    # What stands between 'git' and 'lineage'.
    while set -q typed[$at]
        switch $typed[$at]
            case -C
                set at (math $at + 1)
                set -q typed[$at]; and set -a words -C $typed[$at]
            case -c --git-dir --work-tree --namespace
                set at (math $at + 1)
            case '-*'
            case '*'
                break
        end
        set at (math $at + 1)
    end
    set at (math $at + 1)
    set -q typed[$at]; and set -a words $typed[$at..-1]
    complete -C "git-lineage "(string join ' ' -- (string escape -- $words) '')(commandline -ct)
end

complete -c git -f -n '__fish_git_using_command lineage' -a '(__git_lineage_complete_git)'
