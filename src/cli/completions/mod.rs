//! Completion in shells: what may stand where the cursor is.
//!
//! The scripts of the shells know nothing: they hand every word up to the cursor to the hidden command `complete`, which
//! reads from the parser of the command line what may come there ([`words`]), and from the repository what there is
//! ([`values`]). So they are right for the program that is installed, also after an update. Called by
//! git's own completion they do the same for `git lineage …`.
//!
//! Guarantees: never an error, never a word on stderr, never a write, never a network.

mod values;
mod words;

pub(super) use self::words::complete;

/// A shell that can complete.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) name: &'static str,
    pub(super) scripts: &'static [Script],
}

/// A file that a shell reads.
#[derive(Debug)]
pub(super) struct Script {
    /// Where it is looked for, below a `share` folder.
    pub(super) place: &'static str,
    pub(super) text: &'static str,
}

/// All of them.
pub(super) const SHELLS: [Shell; 3] = [
    Shell {
        name: "bash",
        scripts: &[Script {
            place: "bash-completion/completions/git-lineage",
            text: include_str!("git-lineage.bash"),
        }],
    },
    Shell {
        name: "zsh",
        scripts: &[Script {
            place: "zsh/site-functions/_git-lineage",
            text: include_str!("git-lineage.zsh"),
        }],
    },
    Shell {
        name: "fish",
        scripts: &[
            Script {
                place: "fish/vendor_completions.d/git-lineage.fish",
                text: include_str!("git-lineage.fish"),
            },
            // Read whenever a fish begins: for 'git' no other file than git's is looked for.
            Script {
                place: "fish/vendor_conf.d/git-lineage.fish",
                text: include_str!("git-lineage-of-git.fish"),
            },
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_say_who_made_them() {
        for script in SHELLS.iter().flat_map(|shell| shell.scripts) {
            let first = script.text.lines().take(3);
            let marked = first.filter(|line| line.contains(super::super::owned_files::MARK));
            assert_eq!(marked.count(), 1, "{}", script.place);
        }
    }
}
