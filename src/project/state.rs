//! What a project commit holds of all artifacts that its manifest names.
//!
//! A state is what it changes of another one, so that a long history of many artifacts costs what changes in it. A chain of
//! such changes stays short: one that grows longer is written out.

use std::{collections::BTreeMap, rc::Rc};

use crate::id::{ArtifactId, ContentHash, VersionId};

/// What a project commit holds of one artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    /// Normally one version; none before the first content, several where a commit without content passes a merge on.
    Versions(Vec<VersionId>),
    /// Unknown here, because no version of this baseline is in the clone.
    Missing(ContentHash),
}

impl Held {
    /// The version, where there is exactly one.
    pub(crate) fn version(&self) -> Option<VersionId> {
        self.versions().first().copied()
    }

    /// What is known.
    pub(super) fn versions(&self) -> &[VersionId] {
        match self {
            Held::Versions(versions) => versions,
            Held::Missing(_) => &[],
        }
    }
}

/// What changes from one state to the next; `None` for an artifact that is no longer named.
pub(crate) type Changes = BTreeMap<ArtifactId, Option<Held>>;

/// The longest chain.
const MOST_LAYERS: usize = 64;

/// What a project commit holds, by artifact. A clone is another name for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct State(Rc<Layer>);

#[derive(Debug, Default)]
struct Layer {
    base: Option<State>,
    changes: Changes,
    /// How many artifacts there are.
    len: usize,
    /// How many layers are below.
    depth: usize,
}

impl State {
    pub(crate) fn get(&self, id: &ArtifactId) -> Option<&Held> {
        let mut layer = &self.0;
        loop {
            match (layer.changes.get(id), &layer.base) {
                (Some(held), _) => return held.as_ref(),
                (None, Some(base)) => layer = &base.0,
                (None, None) => return None,
            }
        }
    }

    /// How many artifacts there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len
    }

    /// All of it, by id.
    pub(crate) fn all(&self) -> BTreeMap<&ArtifactId, &Held> {
        let mut all = BTreeMap::new();
        let mut layer = Some(self);
        // Nearest first: what a layer says of an artifact hides what those below it say.
        while let Some(State(this)) = layer {
            for (id, held) in &this.changes {
                all.entry(id).or_insert(held.as_ref());
            }
            layer = this.base.as_ref();
        }
        all.into_iter().filter_map(|(id, held)| Some((id, held?))).collect()
    }

    /// The state that comes of changes to this one.
    pub(crate) fn changed(&self, changes: Changes) -> State {
        if changes.is_empty() {
            return self.clone();
        }
        let mut len = self.0.len;
        for (id, held) in &changes {
            match (self.get(id).is_some(), held.is_some()) {
                (false, true) => len += 1,
                (true, false) => len -= 1,
                _ => {}
            }
        }
        let depth = self.0.depth + 1;
        if depth <= MOST_LAYERS {
            let base = Some(self.clone());
            return State(Rc::new(Layer {
                base,
                changes,
                len,
                depth,
            }));
        }
        let before = self.all().into_iter();
        let mut all: Changes = before.map(|(id, held)| (id.clone(), Some(held.clone()))).collect();
        all.extend(changes);
        all.retain(|_, held| held.is_some());
        State(Rc::new(Layer {
            base: None,
            changes: all,
            len,
            depth: 0,
        }))
    }
}

impl FromIterator<(ArtifactId, Held)> for State {
    fn from_iter<I: IntoIterator<Item = (ArtifactId, Held)>>(held: I) -> Self {
        let changes: Changes = held.into_iter().map(|(id, held)| (id, Some(held))).collect();
        State(Rc::new(Layer {
            len: changes.len(),
            changes,
            base: None,
            depth: 0,
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map(steps in proptest::collection::vec(
            proptest::collection::btree_map(0..12_u8, proptest::option::of(any::<u8>()), 0..4), 0..200,
        )) {
            let id = |number: &u8| -> ArtifactId { format!("skill/s{number}").parse().expect("an id") };
            let held = |number: &u8| Held::Missing(ContentHash::from_oid(gix::ObjectId::from_bytes_or_panic(&[*number; 20])));
            let (mut state, mut model) = (State::default(), BTreeMap::new());
            for step in steps {
                for (number, to) in &step {
                    match to {
                        Some(to) => model.insert(id(number), held(to)),
                        None => model.remove(&id(number)),
                    };
                }
                let changes = step.iter().map(|(number, to)| (id(number), to.as_ref().map(held)));
                state = state.changed(changes.collect());
                prop_assert_eq!(state.len(), model.len());
                prop_assert_eq!(state.all(), model.iter().collect::<BTreeMap<_, _>>());
                for number in 0..12 {
                    prop_assert_eq!(state.get(&id(&number)), model.get(&id(&number)));
                }
            }
        }
    }
}
