//! What to do about an error of a hub, and where else a version is to be had.

use git_lineage::{ArtifactId, HashKind, HubError};

use super::super::super::{hints, text};

/// How many lines of remotes are named.
const MOST_LINES: usize = 3;

/// The lines of remotes on which an artifact is that is not on the line asked for.
pub(in crate::cli) fn elsewhere(id: &ArtifactId, remotes: &[String]) -> Vec<String> {
    let shown = remotes.iter().take(MOST_LINES).map(|line| {
        let version = text::quoted(&format!("{id}@{line}"));
        format!("{version}   is its newest version there")
    });
    let mut hints: Vec<String> = shown.collect();
    let id = text::quoted(id.as_str());
    hints.push(format!("git lineage log --all {id}   shows its versions on every line"));
    hints
}

/// The ways out.
pub(in crate::cli) fn of(error: &HubError) -> Vec<String> {
    use HubError as E;
    match error {
        E::Git(error) => hints::git(error),
        E::Index(error) => hints::index(error),
        E::Upstream(error) => hints::upstream(error),
        E::NotAHub { .. } => lines([
            "git lineage hub init <DIR>   makes a hub; go there, or name it with -C <DIR>",
            "git lineage hub init   makes one of the bare repository you are in",
        ]),
        E::NotBare { .. } => lines(["git lineage hub init <DIR>   makes one in a directory of its own"]),
        E::Occupied { .. } => lines(["name a directory that is empty or does not exist yet"]),
        E::ObjectFormat { .. } => lines(["leave --object-format away, or name another directory"]),
        E::NothingThere { .. } | E::NoRepository { .. } => {
            lines(["name a URL, the top of a project, a bare repository or a bundle"])
        }
        E::NoName { .. } | E::InvalidName { .. } => lines(["--name <NAME>   calls it otherwise"]),
        E::NameTaken { proposal, .. } => vec![format!("--name {}   is free", text::quoted(proposal))],
        E::AlreadyAdded { name, .. } => vec![format!(
            "git lineage hub fetch {}   brings it up to date",
            text::quoted(name)
        )],
        E::UnknownProject { similar, .. } => {
            let mut hints: Vec<String> = similar.iter().map(|name| format!("did you mean '{name}'?")).collect();
            hints.push("git lineage hub list   shows the projects".to_owned());
            hints
        }
        E::Unreachable { message, .. } | E::FetchFailed { message, .. } if message.contains("prompts disabled") => {
            lines(["git lineage hub fetch --jobs 1   lets git ask for passwords; a credential helper spares that"])
        }
        E::Unreachable { url, .. } | E::FetchFailed { url, .. } => vec![format!(
            "git ls-remote {}   shows whether git can reach it",
            text::quoted(url)
        )],
        E::OtherObjectFormat { theirs, .. } => {
            let format = match theirs {
                HashKind::Sha1 => "sha1",
                HashKind::Sha256 => "sha256",
            };
            vec![format!(
                "git lineage hub init --object-format {format} <DIR>   makes a hub for such projects"
            )]
        }
        E::Refused { .. } => {
            lines(["git lineage verify   in the project lists all damage there; its other heads are here"])
        }
        E::InvalidRefPrefix(_) => lines(["git config lineage.refPrefix   in the project says which it uses"]),
        E::Busy { .. } => lines(["try again"]),
        _ => Vec::new(),
    }
}

fn lines<const N: usize>(hints: [&str; N]) -> Vec<String> {
    hints.map(str::to_owned).to_vec()
}
