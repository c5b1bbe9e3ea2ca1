//! Ignore rules for untracked files inside artifacts.
//!
//! They are git's own, with one exception: a rule that ignores an artifact's whole path is not applied inside it. People
//! keep deployed skills in ignored folders, and what is deployed there is content all the same.
//!
//! Rules are looked up only when something untracked is met; in a clean tree nothing is read.

use std::collections::HashMap;

use gix::{
    AttributeStack,
    bstr::{BStr, BString, ByteSlice},
    index::{State, entry::Mode},
    worktree::stack::state::ignore::Source,
};

use crate::{
    git::{GitError, Repo, look_through},
    project_path::ProjectPath,
};

/// Decides which untracked paths inside artifacts are ignored.
pub(super) struct IgnoreRules<'repo> {
    repo: &'repo Repo,
    /// Git's rules as they stand.
    plain: Option<Rules<'repo>>,
    /// For artifacts that are ignored as a whole: their own rules.
    ignored: HashMap<ProjectPath, Option<OwnRules<'repo>>>,
}

struct OwnRules<'repo> {
    rules: Rules<'repo>,
    /// The rules that ignore the artifact as a whole.
    whole_artifact: Vec<Rule>,
}

/// One rule, by its source and line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    source: Option<std::path::PathBuf>,
    line: usize,
}

impl<'repo> IgnoreRules<'repo> {
    pub(super) fn new(repo: &'repo Repo) -> Self {
        IgnoreRules {
            repo,
            plain: None,
            ignored: HashMap::new(),
        }
    }

    /// Whether a rule ignores the artifact's whole path.
    pub(super) fn ignore_the_whole(&mut self, index: &State, artifact: &ProjectPath) -> Result<bool, GitError> {
        Ok(self.own_rules(index, artifact)?.is_some())
    }

    /// Whether an untracked path (relative to the project) inside `artifact` is ignored.
    pub(super) fn is_ignored(
        &mut self,
        index: &State,
        artifact: &ProjectPath,
        path: &BStr,
        is_dir: bool,
    ) -> Result<bool, GitError> {
        let mode = if is_dir { Mode::DIR } else { Mode::FILE };
        if !self.ignored.contains_key(artifact) {
            let own = self.own_rules(index, artifact)?;
            self.ignored.insert(artifact.clone(), own);
        }
        if let Some(Some(own)) = self.ignored.get_mut(artifact) {
            let rule = own.rules.excluding(path, mode)?;
            return Ok(rule.is_some_and(|rule| !own.whole_artifact.contains(&rule)));
        }
        Ok(self.plain(index)?.excluding(path, mode)?.is_some())
    }

    fn plain(&mut self, index: &State) -> Result<&mut Rules<'repo>, GitError> {
        match &mut self.plain {
            Some(rules) => Ok(rules),
            none => Ok(none.insert(Rules::open(self.repo, index, None)?)),
        }
    }

    /// The rules inside an artifact that is ignored as a whole; `None` for one that is not.
    fn own_rules(&mut self, index: &State, artifact: &ProjectPath) -> Result<Option<OwnRules<'repo>>, GitError> {
        let found = look_through(&self.repo.work_tree()?.join(artifact.to_path()))?;
        let is_dir = found.is_some_and(|found| found.is_dir());
        let mut whole_artifact = Vec::new();
        for (path, mode) in ancestors_and_self(artifact, is_dir) {
            whole_artifact.extend(self.plain(index)?.excluding(path.as_bstr(), mode)?);
        }
        if whole_artifact.is_empty() {
            return Ok(None);
        }
        // Un-ignore the way to the artifact, so that the rules inside it are looked at at all.
        let allow: Vec<String> = ancestors_and_self(artifact, is_dir)
            .map(|(path, _)| format!("!/{}", escape(&path)))
            .collect();
        let allow = gix::ignore::Search::from_overrides(allow, gix::ignore::search::Ignore::default());
        Ok(Some(OwnRules {
            rules: Rules::open(self.repo, index, Some(allow))?,
            whole_artifact,
        }))
    }
}

struct Rules<'repo>(AttributeStack<'repo>);

impl<'repo> Rules<'repo> {
    fn open(repo: &'repo Repo, index: &State, overrides: Option<gix::ignore::Search>) -> Result<Self, GitError> {
        repo.gix()
            .excludes(index, overrides, Source::WorktreeThenIdMappingIfNotSkipped)
            .map(Rules)
            .map_err(GitError::backend("read the ignore rules"))
    }

    /// The rule by which a path is ignored.
    fn excluding(&mut self, path: &BStr, mode: Mode) -> Result<Option<Rule>, GitError> {
        let platform = self
            .0
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
