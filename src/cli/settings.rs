//! [`Settings`]: what git's configuration says about terminals. Known once a command has opened the repository.

use std::{cell::OnceCell, collections::BTreeMap, rc::Rc};

use git_lineage::LineageStore;

/// What is read; a command's own pager comes to that.
const KEYS: [&str; 6] = [
    "color.lineage",
    "color.pager",
    "color.ui",
    "core.pager",
    "log.date",
    "pager.lineage",
];

/// Shared by what opens the repository and what prints.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    found: Rc<OnceCell<BTreeMap<String, String>>>,
    /// `pager.lineage-log`, as if the command were one of git's.
    pager: Option<String>,
}

impl Settings {
    /// For a command of this name.
    pub(super) fn of_command(name: &str) -> Self {
        Settings {
            found: Rc::default(),
            pager: Some(format!("pager.lineage-{name}")),
        }
    }

    /// Reads them, once.
    pub(super) fn read(&self, store: &LineageStore) {
        self.found.get_or_init(|| {
            let keys = KEYS.into_iter().chain(self.pager.as_deref());
            keys.filter_map(|key| Some((key.to_owned(), store.setting(key)?)))
                .collect()
        });
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.found.get()?.get(key).map(String::as_str)
    }

    /// What is said about the pager of this command, else of all.
    pub(super) fn pager(&self) -> Option<&str> {
        self.pager
            .as_deref()
            .and_then(|own| self.get(own))
            .or_else(|| self.get("pager.lineage"))
    }
}

/// A truth value as git reads it; `None` for what is none.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" | "" => Some(false),
        number => number.parse::<i64>().ok().map(|number| number != 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_is_that_of_git() {
        for (text, value) in [
            ("true", Some(true)),
            ("Yes", Some(true)),
            ("1", Some(true)),
            ("off", Some(false)),
            ("0", Some(false)),
            ("", Some(false)),
            ("less -R", None),
        ] {
            assert_eq!(truth(text), value, "{text}");
        }
    }
}
