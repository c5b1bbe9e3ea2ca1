//! Ignore rules for untracked files inside an artifact.
//!
//! They are git's own, with one exception: a rule that ignores the artifact's whole path is not applied inside it. People
//! keep deployed skills in ignored folders, and what is deployed there is content all the same.

use gix::{
    AttributeStack,
    bstr::{BStr, BString, ByteSlice},
    index::{State, entry::Mode},
    worktree::stack::state::ignore::Source,
};

use crate::{
    git::{GitError, Repo},
    project_path::ProjectPath,
};

/// Decides which untracked paths inside one artifact are ignored.
pub(super) struct IgnoreRules<'repo> {
    stack: AttributeStack<'repo>,
    /// The rules that ignore the artifact as a whole, by source and line.
    whole_artifact: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    source: Option<std::path::PathBuf>,
    line: usize,
}

impl<'repo> IgnoreRules<'repo> {
    pub(super) fn new(repo: &'repo Repo, index: &State, artifact: &ProjectPath) -> Result<Self, GitError> {
        let open = |overrides: Option<gix::ignore::Search>| {
            repo.gix()
                .excludes(index, overrides, Source::WorktreeThenIdMappingIfNotSkipped)
                .map_err(GitError::backend("read the ignore rules"))
        };
        let mut rules = IgnoreRules {
            stack: open(None)?,
            whole_artifact: Vec::new(),
        };
        let is_dir = repo.work_tree()?.join(artifact.to_path()).is_dir();
        let mut ignoring = Vec::new();
        for (path, mode) in ancestors_and_self(artifact, is_dir) {
            ignoring.extend(rules.excluding_rule(path.as_bstr(), mode)?);
        }
        if !ignoring.is_empty() {
            // Un-ignore the way to the artifact, so that the rules inside it are looked at at all.
            let allow: Vec<String> = ancestors_and_self(artifact, is_dir)
                .map(|(path, _)| format!("!/{}", escape(&path)))
                .collect();
            rules.stack = open(Some(gix::ignore::Search::from_overrides(
                allow,
                gix::ignore::search::Ignore::default(),
            )))?;
            rules.whole_artifact = ignoring;
        }
        Ok(rules)
    }

    /// Whether a rule ignores the artifact's whole path.
    pub(super) fn ignore_the_whole(&self) -> bool {
        !self.whole_artifact.is_empty()
    }

    /// Whether an untracked path (relative to the project) is ignored.
    pub(super) fn is_ignored(&mut self, path: &BStr, is_dir: bool) -> Result<bool, GitError> {
        let mode = if is_dir { Mode::DIR } else { Mode::FILE };
        let rule = self.excluding_rule(path, mode)?;
        Ok(rule.is_some_and(|rule| !self.whole_artifact.contains(&rule)))
    }

    /// The rule by which a path is ignored.
    fn excluding_rule(&mut self, path: &BStr, mode: Mode) -> Result<Option<Rule>, GitError> {
        let platform = self
            .stack
            .at_entry(path, Some(mode))
            .map_err(GitError::backend("read the ignore rules"))?;
        let Some(found) = platform.matching_exclude_pattern() else {
            return Ok(None);
        };
        Ok((!found.pattern.is_negative()).then(|| Rule {
            source: found.source.map(ToOwned::to_owned),
            line: found.sequence_number,
        }))
    }
}

fn ancestors_and_self(artifact: &ProjectPath, is_dir: bool) -> impl Iterator<Item = (BString, Mode)> + '_ {
    let text = artifact.as_str();
    let ancestors = text
        .match_indices('/')
        .map(|(at, _)| (BString::from(&text[..at]), Mode::DIR));
    let own = if is_dir { Mode::DIR } else { Mode::FILE };
    ancestors.chain(std::iter::once((BString::from(text), own)))
}

/// A path as a pattern that matches nothing but itself.
fn escape(path: &BString) -> String {
    let mut pattern = String::new();
    for c in path.to_string().chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\' | ' ' | '!' | '#') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}
