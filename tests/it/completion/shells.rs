//! Real shells, with the scripts where `setup` puts them.

use super::stage;
use crate::support::project::{ID, Project};

/// What is typed, and what stands there after the key.
const TYPED: [(&str, &str); 7] = [
    ("git-lineage syn", "git-lineage sync"),
    ("git lineage syn", "git lineage sync"),
    ("git lineage show skill/p", "git lineage show skill/pdf"),
    ("git lineage show skill/D", "git lineage show skill/Design\\ Principles"),
    ("git -C . lineage sync --favor=o", "git -C . lineage sync --favor=ours"),
    ("git lineage show skill/pdf@r", "git lineage show skill/pdf@release"),
    ("git-lineage deploy ../upst", "git-lineage deploy ../upstream/"),
];

/// Whether a program is there; says so where it is not.
fn there_is(project: &Project, program: &str) -> bool {
    let found = project.call().sh(&format!("command -v {program} || :"));
    if found.stdout.is_empty() {
        crate::support::skipped(&format!("there is no {program}, so completion in it is not tested"));
    }
    !found.stdout.is_empty()
}

#[test]
fn bash_completes() {
    let project = stage();
    if !there_is(&project, "bash") {
        return;
    }
    // As readline and bash call a completion function: words taken apart where COMP_WORDBREAKS says.
    let script = r#"
        for file in /usr/share/bash-completion/bash_completion /usr/share/bash-completion/completions/git; do
            [[ -r $file ]] || { echo "SKIPPED: there is no $file"; exit 0; }
        done
        . /usr/share/bash-completion/bash_completion
        ask() {
            COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2)) COMPREPLY=()
            _completion_loader "$2"
            local spec=$(complete -p "$2")
            spec=${spec##*-F }
            "${spec%% *}" "$2" "${@: -1}" "${@: -2:1}" 2>/dev/null
            printf '%s:' "$1"
            printf ' [%s]' "${COMPREPLY[@]}"
            echo
        }
        ask 'git-lineage syn' git-lineage syn
        ask 'git lineage syn' git lineage syn
        ask 'git lineage show skill/p' git lineage show skill/p
        ask 'git lineage show skill/Design\ P' git lineage show 'skill/Design\ P'
        ask "git lineage show 'skill/Design P" git lineage show "'skill/Design P"
        ask 'git -C . lineage sync --favor=o' git -C . lineage sync --favor = o
        ask 'git lineage sync --favor=' git lineage sync --favor =
        ask 'git lineage sync --favor ' git lineage sync --favor ''
        COMP_WORDBREAKS="$COMP_WORDBREAKS@"
        ask 'git lineage show skill/pdf@r' git lineage show skill/pdf @ r
        COMP_WORDBREAKS=${COMP_WORDBREAKS//@/}
        ask 'git lineage show skill/pdf@r' git lineage show skill/pdf@r
        ask 'git lineage blame skill/pdf ref' git lineage blame skill/pdf ref
        ask 'git-lineage deploy ../upst' git-lineage deploy ../upst
        ask 'git lin' git lin
    "#;
    project.write("ask.bash", script);
    let output = project.call().sh("bash --norc ask.bash");
    if let Some(why) = output.text().strip_prefix("SKIPPED: ") {
        crate::support::skipped(&format!("{}, so completion in bash is not tested", why.trim()));
        return;
    }
    assert_eq!(
        output.lines(),
        [
            "git-lineage syn: [sync]",
            "git lineage syn: [sync]",
            "git lineage show skill/p: [skill/pdf]",
            "git lineage show skill/Design\\ P: [skill/Design\\ Principles]",
            "git lineage show 'skill/Design P: [skill/Design Principles]",
            "git -C . lineage sync --favor=o: [ours]",
            "git lineage sync --favor=: [ours] [theirs]",
            "git lineage sync --favor : [ours] [theirs]",
            "git lineage show skill/pdf@r: [release]",
            "git lineage show skill/pdf@r: [skill/pdf@release]",
            "git lineage blame skill/pdf ref: [references/forms.md]",
            "git-lineage deploy ../upst: [../upstream]",
            "git lin: [lineage ]",
        ],
        "{output}"
    );
}

#[test]
fn zsh_completes() {
    let project = stage();
    if !there_is(&project, "zsh") {
        return;
    }
    // On a terminal of its own: the line is typed, completed, and printed as it stands then.
    let script = r#"
        zmodload zsh/zpty || { print 'SKIPPED: zsh has no zpty'; exit 0 }
        zpty shell "TERM=dumb zsh -f -i"
        zpty -w shell 'fpath=(~/.local/share/zsh/site-functions $fpath); autoload -U compinit; compinit -u -D'
        zpty -w shell 'report() { print -r -- "<<$BUFFER>>"; zle kill-buffer }; zle -N report; bindkey "^X" report'
        zpty -w shell 'bindkey "^I" complete-word; print RE""ADY'
        until [[ $line == *READY* ]]; do zpty -r shell line || exit 1; done
        for typed in "$@"; do
            zpty -w -n shell "$typed"$'\t\x18'
            line=
            until [[ $line == *'>>'* ]]; do zpty -r shell line || exit 1; done
            line=${line##*'<<'}
            print -r -- "${line%%'>>'*}"
        done
        zpty -d shell
    "#;
    project.write("ask.zsh", script);
    let typed: Vec<String> = TYPED.iter().map(|(typed, _)| format!("'{typed}'")).collect();
    let command = format!("zsh -f ask.zsh {}", typed.join(" "));
    let output = project.call().within(60).sh(&command);
    if let Some(why) = output.text().strip_prefix("SKIPPED: ") {
        crate::support::skipped(&format!("{}, so completion in it is not tested", why.trim()));
        return;
    }
    let completed: Vec<String> = output.lines().iter().map(|line| line.trim_end().to_owned()).collect();
    assert_eq!(completed, TYPED.map(|(_, completed)| completed), "{output}");
}

#[test]
fn fish_completes() {
    let project = stage();
    if !there_is(&project, "fish") {
        return;
    }
    let ask = |typed: &str| -> Vec<String> {
        let script = format!("complete -C {}", quoted(typed));
        project.write("ask.fish", &script);
        let output = project.call().sh("fish ask.fish");
        let lines = output.lines();
        let words = lines.iter().map(|line| line.split('\t').next().unwrap_or_default());
        words.map(str::to_owned).collect()
    };
    for (typed, completed) in TYPED {
        // fish quotes by itself, and tells the word alone.
        let from = typed.rfind(' ').map_or(0, |space| space + 1);
        assert_eq!(ask(typed), [completed[from..].replace('\\', "")], "{typed}");
    }
    assert_eq!(ask("git lineage show 'skill/Design P"), ["skill/Design Principles"]);
    assert_eq!(ask("git lineage blame skill/pdf s"), ["scripts/fill.sh"]);
    assert_eq!(ask("git lineage sync "), ["skill/Design Principles", ID]);
    assert_eq!(ask("git lineage syn"), ["sync"]);
    assert!(ask("git-lineage ").contains(&"status".to_owned()));
    assert!(ask("git lineage ").contains(&"status".to_owned()));
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
