//! What to do where lineage cannot be shared: about remotes, and about what a server refuses.

use git_lineage::{ArtifactId, OperationError, PushRefusal, ReceiveError, SharingError, UpstreamError};

use super::{super::text, git, index, lines, operation};

/// Ways out for who shares lineage.
pub(super) fn sharing(error: &SharingError) -> Vec<String> {
    match error {
        SharingError::Git(error) => git(error),
        SharingError::Index(error) => index(error),
        SharingError::Operation(error) => operation(error),
        SharingError::NoRemote => lines(["git remote add origin <url>   names one"]),
        SharingError::WhichRemote { .. } => lines(["name it, as in: git lineage fetch <remote>"]),
        SharingError::UnknownRemote { name, remotes } => {
            let url = name.contains(['/', ':']);
            let known = remotes.iter().map(|known| format!("there is '{known}'"));
            let mut hints: Vec<String> = known.collect();
            if url || remotes.is_empty() {
                hints.push(
                    "git remote add <name> <url>   names a URL, so that it can be said what was last seen there"
                        .to_owned(),
                );
            }
            hints
        }
        SharingError::Transport { remote, .. } => vec![
            format!(
                "git ls-remote {}   shows whether git can reach it",
                text::quoted(remote)
            ),
            "nothing is lost: what is recorded here goes with the next push".to_owned(),
        ],
        SharingError::Contended { .. } => lines(["try again"]),
        _ => Vec::new(),
    }
}

/// Ways out where a baseline could not be rebuilt.
pub(in crate::cli) fn rebuild(error: &OperationError, id: &ArtifactId) -> Vec<String> {
    let mut hints = match error {
        OperationError::HistoryCutOff { .. } => return operation(error),
        OperationError::Upstream(upstream) => match **upstream {
            UpstreamError::CommitGone { .. } => Vec::new(),
            _ => operation(error),
        },
        _ => operation(error),
    };
    if matches!(error, OperationError::Upstream(_) | OperationError::NoSource { .. }) {
        hints.push("'upstream' in .gitlineage says where it is looked for, too: put there where it is now".to_owned());
    }
    let section = text::quoted(&format!("artifact.{id}"));
    hints.push("git lineage push   in the clone of whoever deployed or synced it shares the true versions".to_owned());
    hints.push(format!(
        "git config -f .gitlineage --remove-section {section}   and a commit of that make way for git lineage adopt"
    ));
    hints
}

/// Ways out for whoever pushed.
pub(in crate::cli) fn receive(error: &ReceiveError) -> Vec<String> {
    match error {
        ReceiveError::Git(error) => git(error),
        ReceiveError::TooManyRefs { .. } => lines([
            "push them in parts, such as one line each: git push <remote> 'refs/lineage/heads/main/*:refs/lineage/heads/main/*'",
            "or have the server take more at once: git config lineage.maxReceiveRefs <n>",
        ]),
        ReceiveError::TooManyVersions { .. } => lines([
            "push them in parts: older versions first, then the heads",
            "or have the server take more at once: git config lineage.maxReceiveVersions <n>",
        ]),
        _ => Vec::new(),
    }
}

/// What whoever pushed a ref can do about it.
pub(in crate::cli) fn refusal(refusal: &PushRefusal) -> String {
    use PushRefusal as R;
    let hint = match refusal {
        R::Private { .. } => "push heads only: git push <remote> 'refs/lineage/heads/*:refs/lineage/heads/*'",
        R::Name { .. } | R::Prefix => "rename the ref as docs/format.md says, or leave it out of the push",
        R::NotAVersion { .. } | R::OtherArtifact { .. } => {
            "have the ref point to a version of its artifact; 'git lineage verify' in your clone lists all damage"
        }
        R::CaseTwin { .. } => "deploy it under another id: --id",
        R::Damaged { .. } => {
            "no version can be mended: record the content anew without it; 'git lineage verify' in your clone lists all damage"
        }
        R::NoOrigin { .. } => {
            "write the version with Change-Origin; a server that wants such versions sets lineage.allowUnknownOrigin"
        }
        R::Signature { .. } => {
            "sign with a key that the server knows, and record anew; this server sets lineage.requireSignatures"
        }
        R::FutureFormat { .. } => "the server needs the git-lineage that wrote it",
        R::Rewound { .. } => "fetch, sync or merge, and push what contains both; this server sets lineage.denyRewinds",
        R::Deleted { .. } => "leave it, or push a head that contains it first; this server sets lineage.denyRewinds",
        _ => "'git lineage verify' in your clone lists all damage",
    };
    hint.to_owned()
}
