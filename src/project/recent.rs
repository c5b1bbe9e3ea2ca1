//! What was read last, by object: neighbouring commits share most of their trees and manifests, and a long history has too
//! many to keep them all.

use std::collections::HashMap;

use gix::ObjectId;

/// At least `kept` of the values that were used last, and twice as many at most.
pub(crate) struct Recent<T> {
    kept: usize,
    new: HashMap<ObjectId, T>,
    old: HashMap<ObjectId, T>,
}

impl<T: Clone> Recent<T> {
    pub(crate) fn new(kept: usize) -> Self {
        Recent {
            kept,
            new: HashMap::new(),
            old: HashMap::new(),
        }
    }

    pub(crate) fn get(&mut self, id: ObjectId) -> Option<T> {
        if let Some(value) = self.new.get(&id) {
            return Some(value.clone());
        }
        let value = self.old.remove(&id)?;
        self.insert(id, value.clone());
        Some(value)
    }

    pub(crate) fn insert(&mut self, id: ObjectId, value: T) {
        if self.new.len() >= self.kept {
            self.old = std::mem::take(&mut self.new);
        }
        self.new.insert(id, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_last_stays() {
        let id = |number: u8| ObjectId::from_bytes_or_panic(&[number; 20]);
        let mut recent = Recent::new(4);
        for number in 0..100 {
            recent.insert(id(number), number);
            assert_eq!(recent.get(id(0)), Some(0));
            for before in number.saturating_sub(2)..=number {
                assert_eq!(recent.get(id(before)), Some(before));
            }
        }
        assert_eq!(recent.get(id(50)), None);
        assert!(recent.new.len() + recent.old.len() <= 8);
    }
}
