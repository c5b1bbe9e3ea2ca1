//! The commands by what they are for, as `git lineage -h` lists them: clap knows one list only.

use clap::{Command, builder::StyledStr};

/// Every command that is not hidden, once.
const GROUPS: [(&str, &[&str]); 7] = [
    ("Begin", &["demo", "init", "deploy", "adopt"]),
    (
        "Work with artifacts",
        &["sync", "record", "restore", "mv", "remove", "undo"],
    ),
    ("See how they stand", &["status", "diff", "list", "gate"]),
    (
        "Ask where they come from",
        &[
            "log",
            "graph",
            "show",
            "blame",
            "find",
            "lineage",
            "children",
            "merge-base",
            "path",
        ],
    ),
    ("Share with others", &["fetch", "push", "hub"]),
    ("Look after it", &["hooks", "verify", "index", "prune", "forget"]),
    ("Tools around it", &["serve", "man", "completions", "setup"]),
];

/// Lets the help of the program list its commands by group.
pub(super) fn grouped(root: Command) -> Command {
    let template = template(&root);
    root.help_template(template)
}

fn template(root: &Command) -> StyledStr {
    use std::fmt::Write as _;
    let (heading, name) = (*root.get_styles().get_header(), *root.get_styles().get_literal());
    let names = GROUPS.iter().flat_map(|(_, names)| *names);
    let width = names.map(|name| name.len()).max().unwrap_or_default();
    let mut text = String::from("{before-help}{about-with-newline}\n{usage-heading} {usage}\n\n");
    for (title, names) in GROUPS {
        let _ = writeln!(text, "{heading}{title}:{heading:#}");
        for command in names.iter().filter_map(|name| root.find_subcommand(name)) {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {name}{:width$}{name:#}  {about}", command.get_name());
        }
        text.push('\n');
    }
    let _ = write!(text, "{heading}Options:{heading:#}\n{{options}}{{after-help}}");
    text.into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_command_is_in_one_group() {
        let root = super::super::parser();
        let visible = root.get_subcommands().filter(|command| !command.is_hide_set());
        let visible: BTreeSet<&str> = visible.map(Command::get_name).collect();
        let listed: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        assert_eq!(listed.len(), visible.len(), "one stands twice, or is missing");
        assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), visible);
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let help = super::super::parser().render_help().to_string();
        assert!(help.contains("\n  sync "), "{help}");
        for line in help.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}
