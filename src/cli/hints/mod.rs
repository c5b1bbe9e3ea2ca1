//! What to do about an error: the next command, or where to look.

use git_lineage::{
    AdoptionError, ArtifactId, CheckoutError, Damage, GitError, HistoryError, HooksError, IndexError, MergeError,
    OperationError, QueryError, SnapshotError, Timestamp, UpstreamError, VersionId, WalkError,
};

mod sharing;

pub(super) use sharing::{rebuild, receive, refusal};

use super::{
    cmd::hub,
    failure::Failure,
    relative_time, signing,
    style::Paint,
    table::{Cell, Table},
    text,
};

/// The ways out of a failure; none where its message says everything.
pub(super) fn of(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Operation(error) => operation(error),
        Failure::Query(error) => query(error),
        Failure::Git(error) => git(error),
        Failure::Hooks(error) => hooks(error),
        Failure::Sharing(error) => sharing::sharing(error),
        Failure::Receive(error) => receive(error),
        Failure::Hub(error) => hub::hints(error),
        Failure::NoIdentity => lines([
            "git config --global user.name 'Your Name'",
            "git config --global user.email you@example.org",
        ]),
        Failure::NoName { .. } => lines(["name the destination: git lineage deploy <source> <path>"]),
        Failure::UpstreamPairs { .. } => {
            lines(["give one --from for each --upstream, in the same order, or any number for a single one"])
        }
        Failure::PictureAsJson => {
            lines(["'git lineage graph --json' without --format and --output prints what would be drawn"])
        }
        Failure::NeitherPathNorHash { .. } => lines(["a hash has seven or more hexadecimal digits"]),
        Failure::DemoDirectory { .. } => lines(["name a directory that is empty or does not exist yet"]),
        Failure::Directory { .. } => lines(["-C names an existing directory; several count one from the other"]),
        Failure::Manual { .. } => lines(["git lineage <command> --help   prints the same"]),
        Failure::NoHome => lines(["--prefix names a folder"]),
        Failure::Time(_)
        | Failure::File { .. }
        | Failure::Input { .. }
        | Failure::Serve { .. }
        | Failure::Output { .. }
        | Failure::PictureFile { .. }
        | Failure::DemoFile { .. }
        | Failure::DemoStart { .. }
        | Failure::DemoStep { .. }
        | Failure::DemoLineage { .. } => Vec::new(),
    }
}

fn operation(error: &OperationError) -> Vec<String> {
    use OperationError as E;
    match error {
        E::Git(error) => git(error),
        E::Signing(error) => signing::hints(error),
        E::Adoption(error) => adoption(error),
        E::Query(error) => query(error),
        E::Index(error) => index(error),
        E::Walk(error) => walk(error),
        E::Snapshot(error) => snapshot(error),
        E::Checkout(error) => checkout(error),
        E::Upstream(error) => upstream(error),
        E::Merge {
            source: MergeError::UnknownState { .. },
            ..
        } => lines([
            "'git merge' stops at this, too: a folder has another name here, and upstream made a file in it a folder",
            "give the folder the name that it has upstream, sync, and rename it again",
        ]),
        E::NoLine => no_line(),
        E::NotDeployed { similar, .. } => did_you_mean(similar, "'git lineage list' shows what is deployed"),
        E::AlreadyDeployed { id, .. } => {
            vec![format!(
                "git lineage sync {}   brings in what is new upstream",
                text::quoted(id.as_str())
            )]
        }
        E::AlreadyTracked { id, .. } => {
            let id = text::quoted(id.as_str());
            vec![
                format!("git lineage log {id}   shows its versions; git lineage record {id}   adds what is new here"),
                format!("git lineage remove {id} --keep-files   and a commit of that make way for another past"),
            ]
        }
        E::OneIdForMany { .. } => lines(["leave --id away, or adopt one path at a time"]),
        E::IdTaken { proposal, .. } => vec![match proposal {
            Some(id) => format!("--id {}   is free", text::quoted(id.as_str())),
            None => "choose another one with --id".to_owned(),
        }],
        E::CaseTwin { .. } => lines(["choose another one with --id: not every file system tells the two apart"]),
        E::PathOverlap { .. } => lines(["artifacts never contain one another: deploy to another path"]),
        E::ContentInTheWay { path } => vec![format!(
            "move '{path}' away, or deploy to another path: git lineage deploy <source> <path>"
        )],
        E::Path(_) => lines(["name another file or directory below the project's root"]),
        E::Id(_) => lines(["an id is <kind>/<name>, e.g. skill/pdf: --id chooses it"]),
        E::NoSource { .. } => lines([
            "what is typed counts from the current directory, 'upstream' in .gitlineage from the project's root",
        ]),
        E::EmptySource { .. } => lines(["git stores files, not folders: name a source that has some"]),
        E::NoMatch { .. } => lines(["quote the pattern, so that the shell leaves it alone: --each 'skills/*'"]),
        E::NoDeployedMatch { paths, .. } => no_deployed_match(paths),
        E::UpstreamMoved { id, .. } => {
            let id = text::quoted(id.as_str());
            vec![format!("git lineage sync {id} --follow   goes with it")]
        }
        E::UpstreamDeleted { id, .. } => {
            let id = text::quoted(id.as_str());
            vec![
                "what you have stays as it is, and all its versions with it".to_owned(),
                format!("git lineage remove {id}   takes it out of the project, too"),
            ]
        }
        E::UpstreamRewritten { id, ref_name, .. } => {
            let (id, ref_name) = (text::quoted(id.as_str()), text::quoted(ref_name));
            vec![format!(
                "git lineage sync {id} --to {ref_name}   takes what is there now all the same"
            )]
        }
        E::Unfinished { conflicts, .. } => vec![
            if *conflicts {
                "git lineage sync --continue   records what you resolved".to_owned()
            } else {
                "git lineage sync --continue   finishes it".to_owned()
            },
            "git lineage sync --abort      takes it back".to_owned(),
        ],
        E::OtherArtifact { id, .. } => {
            let id = text::quoted(id.as_str());
            vec![format!("git lineage log --all {id}   shows its versions")]
        }
        E::UndoTooLate { .. } => lines([
            "git revert <commit>   takes a commit of the project back",
            "git lineage restore <id> <version>   brings older content back",
        ]),
        E::UnfinishedElsewhere { .. } => {
            lines(["git worktree list   says where that is: finish it there, or take it back"])
        }
        E::HasDescendants {
            version_id,
            descendants,
        } => descendants_of(version_id, descendants),
        E::ForgetInterrupted { version_id } => vec![format!("git lineage forget {version_id}   finishes it")],
        E::NothingUnfinished => lines(["git lineage status   shows how the artifacts stand"]),
        E::Unresolved { .. } => lines(["resolve them (git mergetool works) and 'git add' the files"]),
        E::OtherShape { path, .. } => vec![format!(
            "git lineage remove the artifact and deploy it again at '{path}', if that is what upstream made of it"
        )],
        E::NoUpstream { .. } => {
            lines(["its section in .gitlineage lacks 'upstream'; without one there is nothing to sync with"])
        }
        E::MissingVersions { .. } => missing_versions(),
        E::HistoryCutOff { .. } => {
            lines(["git fetch --unshallow   completes the history; then git lineage fetch --rebuild"])
        }
        E::MissingContent { path, .. } => vec![format!(
            "git checkout HEAD -- {}   brings it back",
            text::quoted(path.as_str())
        )],
        E::Unmerged { .. } => unmerged(),
        E::NoCommit { .. } => lines(["git log --all   shows what there is; a shallow clone may lack it"]),
        E::NotOnLine { .. } => lines(["--line <branch>   records on another line"]),
        E::FutureFormat { .. } => lines(["update git-lineage to the version that the others use"]),
        E::ManifestChanged | E::Contended { .. } => lines(["try again"]),
        _ => Vec::new(),
    }
}

fn query(error: &QueryError) -> Vec<String> {
    use QueryError as E;
    match error {
        E::Git(error) => git(error),
        E::Index(error) => index(error),
        E::Walk(error) => walk(error),
        E::Snapshot(error) => snapshot(error),
        E::Upstream(error) => upstream(error),
        E::NotDeployed { similar, .. } => did_you_mean(similar, "'git lineage list' shows what is deployed"),
        E::NoBaseline { id } => {
            let id = text::quoted(id.as_str());
            vec![format!(
                "git lineage diff {id} {id}   compares two versions of it, also older ones: {id}~1"
            )]
        }
        E::MissingVersions { .. } => missing_versions(),
        E::UnknownVersion { similar, .. } => did_you_mean(
            similar,
            "'git lineage list' shows what is deployed, 'git lineage log' all versions",
        ),
        E::NotOnLine { id, remotes, .. } => hub::elsewhere(id, remotes),
        E::UnknownLine { .. } => lines(["'git branch --all' lists the branches; a line is one of them"]),
        E::TooFarBack { text, available } => vec![match text.rsplit_once('~') {
            Some((start, _)) if *available > 0 => format!(
                "{}   is the first version",
                text::quoted(&format!("{start}~{available}"))
            ),
            Some((start, _)) => format!("{} itself is the first version", text::quoted(start)),
            None => "git lineage log   shows the versions there are".to_owned(),
        }],
        E::Id(_) => lines(["a VERSION is <id>, <id>~<n>, <id>@<line>, a version id or a content hash"]),
        E::Ambiguous { .. } => lines(["use more digits, or one of these ids"]),
        E::NoSuchFile {
            version_id, similar, ..
        } => {
            let mut hints: Vec<String> = similar.iter().map(|path| format!("did you mean '{path}'?")).collect();
            hints.push(files_of(version_id));
            hints
        }
        E::WhichFile { version_id, .. } => vec![files_of(version_id)],
        E::NoHistory { .. } => lines(["name a git repository; two folders are compared by 'diff -r'"]),
        E::UnknownContent { .. } => lines(["git lineage find <path>   asks for the content of a file or directory"]),
        _ => Vec::new(),
    }
}

fn adoption(error: &AdoptionError) -> Vec<String> {
    match error {
        AdoptionError::Git(error) => git(error),
        AdoptionError::NotCommitted { .. } => lines([
            "commit it first; what was never committed has no past: git lineage deploy <source> <path>   takes it over",
        ]),
        AdoptionError::NoVersion { .. } => lines(["mend it and commit that, then adopt"]),
        AdoptionError::Shallow { .. } => lines(["git fetch --unshallow   brings the rest of the history"]),
        AdoptionError::StillTracked { .. } => lines(["commit that it is no longer in .gitlineage, then adopt"]),
        _ => Vec::new(),
    }
}

pub(super) fn git(error: &GitError) -> Vec<String> {
    match error {
        GitError::NotARepository { .. } => {
            lines(["go to the project, name it with -C <dir>, or make one with 'git init'"])
        }
        GitError::ForeignOwner { dir } => {
            let dir = dir.to_string_lossy();
            vec![format!(
                "git config --global --add safe.directory {}   if you trust it",
                text::quoted(&dir)
            )]
        }
        GitError::UnnamedBare { git_dir } => vec![format!(
            "export GIT_DIR={}   names it, as safe.bareRepository=explicit demands",
            text::quoted(&git_dir.to_string_lossy())
        )],
        GitError::ObjectsElsewhere { .. } => {
            lines(["unset GIT_OBJECT_DIRECTORY   and let objects lie where the repository is"])
        }
        GitError::MisplacedExtension { .. } => {
            lines(["git config core.repositoryFormatVersion 1   if the extension is meant"])
        }
        GitError::UnknownFormat { .. } => lines(["update git-lineage: git may know that format already"]),
        GitError::Bare { .. } => lines(["run it in a clone with a work tree"]),
        GitError::MissingObject { .. } => {
            lines(["git fetch --unshallow   completes a shallow clone; else 'git fsck' says what is lost"])
        }
        GitError::CorruptObject { .. } => lines(["git fsck   says what else is damaged"]),
        GitError::SymbolicRef { name } => vec![format!(
            "git symbolic-ref --delete {}   deletes it, and not the ref that it follows",
            text::quoted(name)
        )],
        GitError::RefMoved { .. } => lines(["try again"]),
        GitError::RefLocked { .. } => lines(["try again; if no git is running any more, remove the lock file"]),
        GitError::Locked { .. } => {
            lines(["another git process may be running in this repository; if none is, remove the file"])
        }
        GitError::GitTooOld { .. } => lines(["update git, or do without"]),
        GitError::GitNotFound { .. } => lines(["install git 2.39 or newer, and put it into the PATH"]),
        _ => Vec::new(),
    }
}

/// What an ambiguous argument may mean, one line each, with ids long enough to tell them apart.
pub(super) fn candidates(failure: &Failure, now: Timestamp) -> Vec<String> {
    let Some(QueryError::Ambiguous { text, candidates }) = failure.as_query() else {
        return Vec::new();
    };
    let ids: Vec<String> = candidates.iter().map(|one| one.version_id.to_string()).collect();
    let digits = unique_digits(&ids, text.len());
    let mut table = Table::default();
    for (one, id) in candidates.iter().zip(&ids) {
        table.row(vec![
            Cell::plain(&id[..digits.min(id.len())]),
            Cell::plain(one.artifact_id.as_str()),
            Cell::plain(relative_time::since(one.created_at, now)),
            Cell::plain(&one.summary),
        ]);
    }
    table.lines(Paint::none(), None).collect()
}

/// How many digits tell all ids apart; at least seven, and more than were typed where that can help.
fn unique_digits(ids: &[String], typed: usize) -> usize {
    let mut sorted: Vec<&str> = ids.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let shared = |pair: &[&str]| pair[0].bytes().zip(pair[1].bytes()).take_while(|(a, b)| a == b).count();
    let longest = sorted.windows(2).map(shared).max().unwrap_or(0);
    let digits = (longest + 1).max(7);
    // The typed text may be a content hash, which says nothing about the ids.
    if longest >= typed {
        digits.max(typed + 1)
    } else {
        digits
    }
}

/// What would have to go along.
fn descendants_of(version: &VersionId, descendants: &[VersionId]) -> Vec<String> {
    const MOST: usize = 10;
    let shown = descendants.iter().take(MOST);
    let mut hints: Vec<String> = shown.map(|id| format!("{} descends from it", id.short())).collect();
    if descendants.len() > MOST {
        hints.push(format!("and {} more", descendants.len() - MOST));
    }
    let version = version.short();
    hints.push(format!("git lineage forget {version} --descendants   forgets them all"));
    hints
}

/// What a pattern might have been meant for.
fn no_deployed_match(paths: &[String]) -> Vec<String> {
    const MOST: usize = 6;
    let mut hints: Vec<String> = match paths {
        [] => lines(["nothing is deployed on this line"]),
        paths => paths
            .iter()
            .take(MOST)
            .map(|path| format!("there is '{path}'"))
            .collect(),
    };
    if paths.len() > MOST {
        hints.push(format!("and {} more: git lineage list", paths.len() - MOST));
    }
    hints
}

fn did_you_mean(similar: &[ArtifactId], otherwise: &str) -> Vec<String> {
    let mut hints: Vec<String> = similar.iter().map(|id| format!("did you mean '{id}'?")).collect();
    hints.push(otherwise.to_owned());
    hints
}

fn files_of(version_id: &VersionId) -> String {
    format!("git lineage show {}   lists its files", version_id.short())
}

fn no_line() -> Vec<String> {
    lines(["--line <branch>   says which one is meant; or check out a branch"])
}

pub(super) fn index(error: &IndexError) -> Vec<String> {
    match error {
        IndexError::Git(error) => git(error),
        IndexError::Sidecar(_) | IndexError::CorruptSidecar { .. } => {
            lines(["git lineage index rebuild   makes the sidecar anew from the commits"])
        }
        IndexError::Damaged { version_id, damage } => damaged_version(version_id, damage),
        IndexError::DeploymentWithParent { version_id }
        | IndexError::ParentNotAVersion { version_id, .. }
        | IndexError::ParentOfAnotherArtifact { version_id, .. } => leads_to(version_id, "contains"),
        IndexError::RefOfAnotherArtifact { name, .. }
        | IndexError::MisnamedKeptRef { name, .. }
        | IndexError::DanglingRef { name, .. } => delete_ref(name),
        IndexError::ForeignRef(error) => delete_ref(error.ref_name()),
        IndexError::NoSuchSchema { latest, .. } => {
            vec![format!("git lineage index migrate --to {latest}   goes to the newest")]
        }
        IndexError::SidecarDisabled => lines(["git config lineage.sidecar true   switches it on again"]),
        _ => lines(["git lineage verify   lists all damage"]),
    }
}

fn damaged_version(id: &VersionId, damage: &Damage) -> Vec<String> {
    leads_to(
        id,
        match damage {
            // What is no commit is contained in nothing; only a ref can lead to it.
            Damage::NotACommit { .. } => "points-at",
            _ => "contains",
        },
    )
}

fn leads_to(id: &VersionId, how: &str) -> Vec<String> {
    vec![
        "git lineage verify   lists all damage".to_owned(),
        format!("git for-each-ref --{how} {id}   names the refs that lead to it"),
    ]
}

fn delete_ref(name: &str) -> Vec<String> {
    vec![
        "git lineage verify   lists all damage".to_owned(),
        format!("git update-ref -d {}   deletes the ref", text::quoted(name)),
    ]
}

fn snapshot(error: &SnapshotError) -> Vec<String> {
    match error {
        SnapshotError::Git(error) => git(error),
        SnapshotError::Unmerged { .. } => unmerged(),
        SnapshotError::SparseIndex { .. } => lines(["git sparse-checkout disable   or add the artifact's path to it"]),
        _ => Vec::new(),
    }
}

fn checkout(error: &CheckoutError) -> Vec<String> {
    match error {
        CheckoutError::Git(error) => git(error),
        CheckoutError::Snapshot(error) => snapshot(error),
        CheckoutError::FileInTheWay { path } => {
            let path = path.display();
            vec![format!("move '{path}' away or remove it, then try again")]
        }
        CheckoutError::ChangedMeanwhile { .. } => lines([
            "move your change away, and it goes on: git lineage sync --continue",
            "git lineage sync --abort   goes back to what was there before the command",
        ]),
        _ => Vec::new(),
    }
}

pub(super) fn upstream(error: &UpstreamError) -> Vec<String> {
    use UpstreamError as E;
    match error {
        E::Git(error) => git(error),
        E::Unreachable { url, .. } | E::FetchFailed { url, .. } => {
            vec![format!(
                "git ls-remote {}   shows whether git can reach it",
                text::quoted(url)
            )]
        }
        E::NoDefaultBranch { branches, .. } => {
            let shown = branches
                .iter()
                .take(3)
                .map(|branch| format!("--ref {}", text::quoted(branch)));
            shown.collect()
        }
        E::RefGone { url, similar, .. } => {
            let mut hints: Vec<String> = similar.iter().map(|name| format!("did you mean '{name}'?")).collect();
            hints.push(format!(
                "git ls-remote --heads --tags {}   lists what there is",
                text::quoted(url)
            ));
            hints
        }
        E::RefusedUrl { .. } => lines(["name an https or ssh URL, or the path of a folder"]),
        E::PathOutside { .. } => lines(["name a path below the upstream's top, such as skills/pdf"]),
        E::EmptyUpstream { .. } => lines(["there is nothing to take until somebody commits to it"]),
        E::NotACommit { .. } => lines(["name a branch, or a tag that was made for a commit"]),
        E::ForeignCache { .. } => {
            lines(["let XDG_CACHE_HOME name a folder of your own, or take the right to write from others"])
        }
        E::CacheIo { .. } => lines(["the cache may be deleted at any time; XDG_CACHE_HOME says where it is"]),
        E::CommitGone { .. } => lines(["its history may have been rewritten: name a branch or tag instead"]),
        E::RefusedByFsck { .. } => {
            lines(["git -c fetch.fsckObjects=false lineage …   lets it in; what could do harm is refused all the same"])
        }
        E::CacheLocked { .. } => lines(["wait for the other process, or end it; the file itself need not be removed"]),
        _ => Vec::new(),
    }
}

fn hooks(error: &HooksError) -> Vec<String> {
    match error {
        HooksError::Git(error) => git(error),
        HooksError::SharedDirectory { .. } => lines([
            "git config --local core.hooksPath .git/hooks   gives this repository hooks of its own, without the shared ones",
            "--shared   installs there all the same; in other repositories the hooks do nothing",
        ]),
        HooksError::SwitchedOff { .. } => {
            lines(["git config --show-origin core.hooksPath   shows where that is set; nothing is lost without hooks"])
        }
        HooksError::Unwritable { .. } => {
            lines(["nothing is lost without hooks: 'git lineage record' and every command that writes catch up"])
        }
        _ => Vec::new(),
    }
}

fn walk(error: &WalkError) -> Vec<String> {
    match error {
        WalkError::Index(error) => index(error),
        WalkError::History(HistoryError::Git(error)) => git(error),
        _ => Vec::new(),
    }
}

/// What brings lineage into a clone that has none yet.
pub(super) const FETCH: &str = "git lineage fetch";

fn missing_versions() -> Vec<String> {
    vec![
        format!("{FETCH}   brings them, from whichever remote has them"),
        format!("{FETCH} --rebuild   makes them anew from upstream, where no remote has them"),
        "git lineage init   makes every git fetch do so".to_owned(),
    ]
}

fn unmerged() -> Vec<String> {
    lines(["resolve the conflict (git mergetool works), git add the files, and try again"])
}

fn lines<const N: usize>(hints: [&str; N]) -> Vec<String> {
    hints.map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_long_enough_to_choose_one() {
        let digits =
            |ids: &[&str], typed| unique_digits(&ids.iter().map(ToString::to_string).collect::<Vec<_>>(), typed);
        assert_eq!(digits(&["1234567aa", "9999999aa"], 7), 7);
        assert_eq!(digits(&["1234567aa", "1234567ab"], 7), 9);
        assert_eq!(digits(&["1234567aa", "1234567aa"], 7), 7);
        assert_eq!(digits(&[], 7), 7);
    }

    #[test]
    fn a_typing_mistake_gets_a_proposal() {
        let failure = Failure::from(OperationError::NotDeployed {
            id: "skill/pdff".parse().expect("valid"),
            similar: vec!["skill/pdf".parse().expect("valid")],
        });
        let hints = of(&failure);
        assert_eq!(
            hints,
            ["did you mean 'skill/pdf'?", "'git lineage list' shows what is deployed"]
        );
    }
}
