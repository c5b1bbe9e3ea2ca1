//! The reference of all commands as Markdown, made from what the parser knows: `docs/cli.md`.

use super::{Outcome, failure::Failure, output::Output, serve};

const WIDTH: usize = 110;

const HEAD: &str = "\
# Command line

Made from the program itself: `cargo run --quiet -- help-reference > docs/cli.md`. A test compares the two, so this page
is never behind. `git lineage <command> --help` prints the same. What `--json` prints is in [json.md](json.md).
";

const METHODS: &str = "
## The methods of git lineage serve

What they are and how they are called: [serve.md](serve.md). Every method takes `line` and `quiet` too.

| method | | parameters, in the order of an array | by name only |
| --- | --- | --- | --- |
";

/// Prints the reference.
pub(super) fn run(out: &mut Output) -> Result<Outcome, Failure> {
    let mut root = super::parser().term_width(WIDTH);
    root.build();
    let mut page = HEAD.to_owned();
    section(&root, "git lineage", &mut page);
    methods(&root, &mut page);
    out.line(page.trim_end())?;
    Ok(Outcome::Done)
}

/// What `serve` calls all of this.
fn methods(root: &clap::Command, page: &mut String) {
    page.push_str(METHODS);
    let listed = |names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    for method in serve::methods(root) {
        page.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            method.name,
            if method.is_question { "asks" } else { "" },
            listed(&method.words),
            listed(&method.options)
        ));
    }
}

fn section(command: &clap::Command, title: &str, page: &mut String) {
    let below = title.contains("lineage ");
    // Said once, at the top, what all commands have in common.
    let mut shown = command.clone().mut_args(|arg| {
        if below && (arg.is_global_set() || arg.get_id() == "help") {
            arg.hide(true)
        } else {
            arg
        }
    });
    if let Some(about) = command.get_long_about() {
        shown = shown.about(about.clone());
    }
    let help = shown.render_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    page.push_str(&format!("\n## {title}\n\n```text\n{}\n```\n", lines.join("\n").trim()));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        section(sub, &format!("{title} {}", sub.get_name()), page);
    }
}
