//! What "recorded" means on disk: which writes are followed by a sync.
//!
//! By default objects and refs are both synced before success is reported. Where the user has set `core.fsync`, that is
//! followed instead, as git does.

/// Which writes are synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Durability {
    /// Sync objects before the refs that reach them move.
    pub(crate) objects: bool,
    /// Sync refs before success is reported.
    pub(crate) refs: bool,
    /// The user's own setting, if there is one.
    pub(crate) configured: Option<String>,
}

impl Durability {
    /// Reads a value of `core.fsync` as git does: components from left to right, `-` takes one away.
    pub(crate) fn from_config(value: Option<String>) -> Self {
        let Some(text) = value else {
            return Durability {
                objects: true,
                refs: true,
                configured: None,
            };
        };
        // git's default without our own promise: objects only in packs, and no refs.
        let (mut objects, mut refs) = (false, false);
        for component in text.split([',', ' ']).map(str::trim).filter(|name| !name.is_empty()) {
            let (name, on) = match component.strip_prefix('-') {
                Some(name) => (name, false),
                None => (component, true),
            };
            match name {
                "loose-object" | "objects" => objects = on,
                "reference" => refs = on,
                "committed" | "added" | "all" => (objects, refs) = (on, on),
                // git's default names packs only.
                "none" | "default" => (objects, refs) = (false, false),
                // Packs, the index and derived files are not written by this crate; unknown names only warn in git.
                _ => {}
            }
        }
        Durability {
            objects,
            refs,
            configured: Some(text),
        }
    }

    /// For people: what is synced before success is reported.
    pub(crate) fn describe(&self) -> String {
        let what = match (self.objects, self.refs) {
            (true, true) => "objects and refs",
            (true, false) => "objects",
            (false, true) => "refs",
            (false, false) => "nothing",
        };
        match &self.configured {
            Some(text) => format!("{what} (core.fsync={text})"),
            None => what.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Durability;

    #[test]
    fn follows_core_fsync() {
        let of = |text: &str| {
            let durability = Durability::from_config(Some(text.to_owned()));
            (durability.objects, durability.refs)
        };
        assert_eq!(of("none"), (false, false));
        assert_eq!(of("all"), (true, true));
        assert_eq!(of("committed,-loose-object"), (false, true));
        assert_eq!(of("objects"), (true, false));
        assert_eq!(of("all,none"), (false, false));
        let default = Durability::from_config(None);
        assert!(default.objects && default.refs);
        assert_eq!(default.describe(), "objects and refs");
    }
}
