//! What a push brings: every new version held against the rules before a server lets it in, and which old heads it leaves
//! behind.
//!
//! [`pushed`] reads what git says of a push, [`names`] judges its refs by their names, [`news`] finds the versions that it brings
//! beside those that are [`here`], [`versions`] judges them with the rules of `verify`, each once, and [`left_behind`] finds
//! old heads that no other one contains. [`settings`] are the server's.
//!
//! Guarantees: what is let in passes `verify` as far as one repository can tell without the project's commits; nothing is
//! written, and no more read than what is new. Leaves to others: moving refs, which git does, keeping what is left behind,
//! printing, and whether a version contains the baseline of its project commit.

mod error;
mod here;
mod left_behind;
mod names;
mod news;
mod pushed;
mod settings;
mod versions;

use std::collections::{BTreeMap, HashMap};

use gix::ObjectId;

use super::{
    commits::{Commits, Found},
    objects::Objects,
};
use crate::{
    git::{GitError, Repo},
    id::{ArtifactId, VersionId},
    version::Damage,
};

use here::Here;
use left_behind::{Moved, left_behind};
use names::Head;
use settings::Settings;
use versions::Faults;

pub use error::{PushRefusal, ReceiveError};
pub use pushed::PushedRef;

/// What came of checking a push.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PushCheck {
    /// How many lineage refs the push creates, moves or deletes.
    pub refs: usize,
    /// How many new versions it brings.
    pub versions: usize,
    /// The refs that are not let in, in the order of the push.
    pub refused: Vec<RefusedRef>,
}

/// A ref that is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedRef {
    /// Its full name; bytes that are not UTF-8 are replaced.
    pub name: String,
    /// Why it is not.
    pub refusal: PushRefusal,
}

/// Checks the lineage refs of a push that git has not taken yet; others are not looked at.
pub(crate) fn check(repo: &Repo, pushed: &[PushedRef]) -> Result<PushCheck, ReceiveError> {
    let lineage = pushed.iter().filter(|one| names::concerns_lineage(repo.prefix(), one));
    let lineage: Vec<&PushedRef> = lineage.collect();
    if lineage.is_empty() {
        return Ok(PushCheck::default());
    }
    let settings = Settings::of(repo)?;
    if let Some(limit) = settings.most_refs.filter(|most| lineage.len() > *most) {
        let found = lineage.len();
        return Err(ReceiveError::TooManyRefs { found, limit });
    }
    let repo = &repo.with_quarantine()?;
    let mut refused: BTreeMap<usize, PushRefusal> = BTreeMap::new();
    let mut heads = Vec::new();
    let mut places = Vec::new();
    for (place, pushed) in lineage.iter().enumerate() {
        match names::head(repo.prefix(), pushed) {
            Ok(head) => {
                places.extend(head.as_ref().map(|_| place));
                heads.extend(head);
            }
            Err(refusal) => {
                refused.insert(place, refusal);
            }
        }
    }
    let (versions, refusals) = check_heads(repo, &heads, &settings)?;
    let refusals = places.into_iter().zip(refusals);
    refused.extend(refusals.filter_map(|(place, refusal)| Some((place, refusal?))));
    let refused = refused.into_iter().map(|(place, refusal)| RefusedRef {
        name: lineage[place].name().into_owned(),
        refusal,
    });
    Ok(PushCheck {
        refs: lineage.len(),
        versions,
        refused: refused.collect(),
    })
}

/// How many new versions the heads bring, and for each head why it is not let in.
fn check_heads(
    repo: &Repo,
    heads: &[Head<'_>],
    settings: &Settings,
) -> Result<(usize, Vec<Option<PushRefusal>>), ReceiveError> {
    let here = Here::list(repo)?;
    let tips: Vec<ObjectId> = heads.iter().filter_map(|head| head.new).collect();
    let known = news::known_below(repo, &tips, &here.tips, &here.near(heads), settings.most_versions)?;
    let objects = Objects::new(repo);
    let mut commits = Commits::new(&objects, &[]).without(known);
    for head in heads {
        if let Some(tip) = head.new {
            commits.visit(tip, head.parsed.artifact().and_then(|artifact| artifact.id()));
        }
    }
    let commits = commits;
    let faults = Faults::of(repo, &objects, &commits, settings)?;
    let rewound = if settings.deny_rewinds {
        rewound(repo, heads, &here)?
    } else {
        HashMap::new()
    };
    let mut ids = Ids::new(here.artifacts(repo));
    let refusals = heads.iter().map(|head| {
        let refusal = head.new.and_then(|tip| refusal(head, tip, &commits, &faults, &mut ids));
        refusal.or_else(|| rewound.get(head.name).cloned())
    });
    Ok((faults.versions, refusals.collect()))
}

fn refusal(
    head: &Head<'_>,
    tip: ObjectId,
    commits: &Commits<'_>,
    faults: &Faults,
    ids: &mut Ids,
) -> Option<PushRefusal> {
    let version_id = VersionId::from_oid(tip);
    let no_version = |damage: &Damage| PushRefusal::NotAVersion {
        id: version_id,
        damage: damage.clone(),
    };
    let place = match commits.get(version_id) {
        Some(Found::Node(place)) => place,
        Some(Found::NoVersion) => return commits.why_no_version(version_id).first().map(no_version),
        Some(Found::Missing) | None => {
            let message = "it is missing".to_owned();
            return Some(no_version(&Damage::Unreadable { message }));
        }
    };
    let node = &commits.nodes[place];
    if let Some(artifact) = commits.artifact_of(node)
        && !head.parsed.matches(artifact)
    {
        return Some(PushRefusal::OtherArtifact {
            version_id,
            artifact_id: artifact.clone(),
        });
    }
    if let Some(fault) = faults.at(place) {
        return Some(fault.clone());
    }
    // Damage that was here before is not spread.
    if let Some(damage) = commits.damage_of(version_id).first() {
        return Some(no_version(damage));
    }
    let artifact = commits.artifact_of(node)?;
    let existing = ids.twin(artifact)?;
    Some(PushRefusal::CaseTwin {
        artifact_id: artifact.clone(),
        existing,
    })
}

/// The heads that are rewound or deleted so that a version is left behind, by their names.
fn rewound<'p>(repo: &Repo, heads: &'p [Head<'_>], here: &Here) -> Result<HashMap<&'p str, PushRefusal>, ReceiveError> {
    let moved: Vec<(&Head<'_>, ObjectId)> = heads
        .iter()
        .filter_map(|head| Some((head, here.value(head)?)))
        .collect();
    let all: Vec<Moved> = moved.iter().map(|(head, old)| Moved::of(head, *old)).collect();
    let left = left_behind(repo, &all, || Ok(here.after(heads)))?;
    let lost = moved.into_iter().filter(|(_, old)| left.contains(old));
    let refusals = lost.map(|(head, old)| {
        let old = VersionId::from_oid(old);
        let refusal = match head.new {
            Some(_) => PushRefusal::Rewound { old },
            None => PushRefusal::Deleted { old },
        };
        (head.name, refusal)
    });
    Ok(refusals.collect())
}

/// The old values of heads that a push has moved or deleted and that no head contains any more, in the order of their ids.
pub(crate) fn left_by(repo: &Repo, pushed: &[PushedRef]) -> Result<Vec<VersionId>, GitError> {
    let heads = pushed.iter().filter_map(|one| names::head(repo.prefix(), one).ok()?);
    let moved = heads.filter_map(|head| Some(Moved::of(&head, head.pushed.old_oid()?)));
    let moved: Vec<Moved> = moved.collect();
    let left = left_behind(repo, &moved, || {
        let heads = repo.list_refs(&repo.prefix().heads_dir())?.into_iter();
        Ok(heads
            .map(|(name, id)| (names::artifact_part(&name).to_owned(), id))
            .collect())
    })?;
    let mut left: Vec<VersionId> = left.into_iter().map(VersionId::from_oid).collect();
    left.sort_unstable();
    Ok(left)
}

impl Moved {
    fn of(head: &Head<'_>, old: ObjectId) -> Self {
        Moved {
            artifact: head.artifact.to_owned(),
            old,
            new: head.new,
        }
    }
}

/// The artifacts that are here or were let in, to find those that differ by case only.
struct Ids {
    by_folded: HashMap<String, ArtifactId>,
}

impl Ids {
    fn new(artifacts: Vec<ArtifactId>) -> Self {
        let by_folded = artifacts.into_iter().map(|id| (id.case_folded(), id));
        Ids {
            by_folded: by_folded.collect(),
        }
    }

    /// Another artifact that differs from this one by case only; if there is none, this one is here now.
    fn twin(&mut self, artifact: &ArtifactId) -> Option<ArtifactId> {
        let own = self
            .by_folded
            .entry(artifact.case_folded())
            .or_insert_with(|| artifact.clone());
        (own != artifact).then(|| own.clone())
    }
}
