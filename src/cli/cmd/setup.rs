//! `setup`: manual pages and completions where man and the shells find them.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    super::{
        completions::SHELLS,
        escape, json, manual,
        owned_files::{self, Change},
        style::Tone,
        table::{Cell, Table},
        text,
    },
    Context, Failure, Outcome, Output,
};

/// Install the manual and the completions for bash, zsh and fish, for you alone
///
/// They are written below ~/.local/share (XDG_DATA_HOME, where that is set), where man and the shells look by themselves;
/// what has to be told to one that does not is printed. Running it again brings them up to date. A file that git-lineage did
/// not make is never overwritten and never removed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git lineage setup
  git lineage setup --dry-run
  git lineage setup --uninstall
  git lineage setup --prefix /usr/local    for all users; or of a package: --prefix \"$pkgdir/usr\"")]
pub(in crate::cli) struct Args {
    /// Write below DIR/share instead
    #[arg(long, value_name = "DIR")]
    prefix: Option<PathBuf>,
    /// Remove them again
    #[arg(long)]
    uninstall: bool,
    /// Show what would happen and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Files of one kind.
struct Part {
    name: &'static str,
    /// What is shown of where they are.
    place: PathBuf,
    changes: Vec<(PathBuf, Change)>,
}

pub(in crate::cli) fn run(args: &Args, context: &Context, out: &mut Output) -> Result<Outcome, Failure> {
    let share = share(args.prefix.as_deref(), context.cwd())?;
    let parts = if args.uninstall {
        uninstall(&share, args.dry_run)?
    } else {
        install(&share, args.dry_run)?
    };
    let left_alone: Vec<&Path> = parts
        .iter()
        .flat_map(|part| &part.changes)
        .filter(|(_, change)| *change == Change::LeftAlone)
        .map(|(path, _)| path.as_path())
        .collect();
    if out.is_json() {
        let changes = parts.iter().flat_map(|part| &part.changes);
        out.json_lines(changes.map(|(path, change)| json::FileChange::new(path, *change)))?;
    } else {
        print(&parts, args.dry_run, out)?;
    }
    for path in &left_alone {
        out.note(format!(
            "left alone, for git-lineage did not make it: {}",
            path.display()
        ));
    }
    if args.dry_run {
        out.aside("  nothing was written (--dry-run)");
    } else if !args.uninstall && args.prefix.is_none() && out.is_chatty() {
        advise(&share, out);
    }
    Ok(if left_alone.is_empty() {
        Outcome::Done
    } else {
        Outcome::Failed
    })
}

/// The folder that everything is below.
fn share(prefix: Option<&Path>, cwd: &Path) -> Result<PathBuf, Failure> {
    if let Some(prefix) = prefix {
        return Ok(cwd.join(prefix).join("share"));
    }
    let absolute = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .ok_or(Failure::NoHome)
}

fn install(share: &Path, dry_run: bool) -> Result<Vec<Part>, Failure> {
    let mut parts = vec![Part {
        name: "manual",
        place: share.join("man/man1"),
        changes: Vec::new(),
    }];
    for page in manual::pages() {
        let path = parts[0].place.join(page.name);
        let change = owned_files::write(&path, &page.text, dry_run)?;
        parts[0].changes.push((path, change));
    }
    for shell in SHELLS {
        let mut changes = Vec::new();
        for script in shell.scripts {
            let path = share.join(script.place);
            let change = owned_files::write(&path, script.text, dry_run)?;
            changes.push((path, change));
        }
        parts.push(of_shell(shell.name, changes));
    }
    Ok(parts)
}

/// Pages of commands that an older program had, too.
fn uninstall(share: &Path, dry_run: bool) -> Result<Vec<Part>, Failure> {
    let place = share.join("man/man1");
    let entries = std::fs::read_dir(&place).into_iter().flatten().flatten();
    let mut pages: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| is_page(path)).collect();
    pages.sort();
    let mut parts = vec![Part {
        name: "manual",
        place,
        changes: Vec::new(),
    }];
    for page in pages {
        let change = owned_files::remove(&page, dry_run)?;
        parts[0].changes.push((page, change));
    }
    for shell in SHELLS {
        let mut changes = Vec::new();
        for script in shell.scripts {
            let path = share.join(script.place);
            let change = owned_files::remove(&path, dry_run)?;
            changes.push((path, change));
        }
        parts.push(of_shell(shell.name, changes));
    }
    Ok(parts)
}

fn of_shell(name: &'static str, changes: Vec<(PathBuf, Change)>) -> Part {
    let place = changes.first().map(|(path, _)| path.clone()).unwrap_or_default();
    Part { name, place, changes }
}

fn is_page(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let Some(name) = name.strip_suffix(".1") else {
        return false;
    };
    name == "git-lineage" || name.starts_with("git-lineage-")
}

fn print(parts: &[Part], dry_run: bool, out: &mut Output) -> Result<(), Failure> {
    let mut table = Table::default();
    for part in parts {
        let count = |wanted: Change| part.changes.iter().filter(|(_, change)| *change == wanted).count();
        let done: Vec<String> = [
            (Change::Written, "written", "would be written"),
            (Change::Unchanged, "up to date", "up to date"),
            (Change::Removed, "removed", "would be removed"),
            (Change::Absent, "not there", "not there"),
            (Change::LeftAlone, "left alone", "left alone"),
        ]
        .into_iter()
        .filter(|(change, ..)| count(*change) > 0)
        .map(|(change, done, to_do)| {
            let word = if dry_run { to_do } else { done };
            match part.name {
                "manual" => format!("{} {word}", text::count(count(change), "page")),
                _ => word.to_owned(),
            }
        })
        .collect();
        let done = if done.is_empty() {
            "not there".to_owned()
        } else {
            done.join(", ")
        };
        table.row(vec![
            Cell::new(Tone::Subject, part.name),
            Cell::plain(done),
            Cell::plain(part.place.to_string_lossy()),
        ]);
    }
    out.table(&table)?;
    Ok(())
}

/// What is to be told to programs that do not look there by themselves.
fn advise(share: &Path, out: &mut Output) {
    let found = Command::new("man")
        .args(["-w", "git-lineage"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let finds_it = |found: std::process::Output| {
        let path = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        found.status.success() && Path::new(&path).starts_with(share)
    };
    if found.is_ok_and(|found| !finds_it(found)) {
        let place = text::quoted(&share.join("man").to_string_lossy());
        out.aside(format!(
            "  man does not look there; in the start-up file of your shell: export MANPATH={place}:$MANPATH"
        ));
    }
    let search_path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&search_path).any(|folder| folder.join("zsh").exists()) {
        let place = share.join("zsh/site-functions");
        let place = text::quoted(&place.to_string_lossy());
        out.aside(format!(
            "  zsh: in ~/.zshrc, before compinit: fpath=({} $fpath)",
            escape::line(&place)
        ));
    }
}
