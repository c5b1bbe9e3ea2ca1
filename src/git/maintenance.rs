//! Tidying up as git's own commands do at their end: `git maintenance run --auto`, if git would find something to do.

use super::{GitError, Repo};

/// From this version on, as (major, minor), git wants to be told to go on in the background.
const DETACHES_WHEN_TOLD: (u32, u32) = (2, 47);
/// Loose objects are counted in one of 256 folders, as git itself does.
const COUNTED_FOLDER: &str = "17";

impl Repo {
    /// Has git pack loose objects and many packs once there are as many as `gc.auto` and `gc.autoPackLimit` say, in the
    /// background unless `maintenance.autoDetach` or `gc.autoDetach` says otherwise. Returns whether there were.
    ///
    /// # Errors
    /// [`GitError::GitNotFound`]. What git itself fails at is for its next maintenance.
    pub(crate) fn maintain(&self) -> Result<bool, GitError> {
        // `gc.auto = 0` switches off both.
        let loose = self.config_limit("gc.auto", 6700);
        let is_on = loose > 0 && self.config_bool("maintenance.auto").unwrap_or(true);
        if !is_on || !(self.has_many_loose(loose) || self.has_many_packs()) {
            return Ok(false);
        }
        let mut args = vec!["maintenance", "run", "--auto", "--quiet"];
        if self.git_version()? >= DETACHES_WHEN_TOLD {
            let detach = self.config_bool("maintenance.autoDetach");
            let detach = detach.or_else(|| self.config_bool("gc.autoDetach")).unwrap_or(true);
            args.push(if detach { "--detach" } else { "--no-detach" });
        }
        self.git_output(&args, b"")?;
        Ok(true)
    }

    fn has_many_loose(&self, limit: usize) -> bool {
        let counted = std::fs::read_dir(self.objects_dir().join(COUNTED_FOLDER));
        counted.map_or(0, Iterator::count) > limit.div_ceil(256)
    }

    fn has_many_packs(&self) -> bool {
        let limit = self.config_limit("gc.autoPackLimit", 50);
        let is_pack = |name: &str| name.ends_with(".pack");
        let count = || {
            let packs = std::fs::read_dir(self.objects_dir().join("pack"));
            let names = packs.into_iter().flatten().flatten().map(|entry| entry.file_name());
            names.filter(|name| name.to_str().is_some_and(is_pack)).count()
        };
        limit > 0 && count() > limit
    }

    /// A number from the configuration; one that git would not take is git's to complain of.
    fn config_limit(&self, key: &'static str, default: usize) -> usize {
        self.config_count(key).ok().flatten().unwrap_or(default)
    }
}
