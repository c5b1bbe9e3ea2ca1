//! What the manual says of all commands at once.

use clap_mangen::roff::{Roff, bold, roman};

/// A word, and what is to be known about it.
type Entry = (&'static str, &'static str);

const EXIT_STATUS: [Entry; 5] = [
    ("0", "Done. A list without an entry is an answer, too."),
    (
        "1",
        "It failed, or the one thing asked for does not exist. What is wrong, and what to do about it, stands on stderr.",
    ),
    ("2", "Wrong usage."),
    (
        "3",
        "Conflicts wait for you: git lineage status shows them, git lineage sync --continue goes on.",
    ),
    (
        "4",
        "git lineage verify found damage, or git lineage status --exit-code drift.",
    ),
];

const ENVIRONMENT: [Entry; 7] = [
    (
        "GIT_DIR, GIT_WORK_TREE, GIT_AUTHOR_*, GIT_COMMITTER_*, GIT_CONFIG_*, ...",
        "They mean what they mean to git, see git(1).",
    ),
    (
        "GIT_PAGER, PAGER, LESS, LV",
        "The program through which long answers are read on a terminal, as for git: GIT_PAGER, else core.pager, else PAGER, \
         else less, which is told FRX where LESS is not set. Empty or cat: none.",
    ),
    (
        "GIT_PROGRESS_DELAY",
        "After how many seconds it is shown on a terminal how far a command has come; not set: 1.",
    ),
    (
        "GIT_LINEAGE_HOOKS",
        "0 switches off what git's hooks do for git lineage, for one command of git's.",
    ),
    (
        "NO_COLOR, CLICOLOR_FORCE, TERM",
        "Whether there is colour where neither --color nor the configuration says so: not if NO_COLOR is set to anything or TERM is dumb; if \
         CLICOLOR_FORCE is set to anything but 0, also where no terminal is.",
    ),
    ("TZ", "The time zone of the dates that are recorded."),
    (
        "XDG_CACHE_HOME",
        "What is fetched from upstreams is kept below it, in git-lineage. Not set: ~/.cache.",
    ),
];

const CONFIGURATION: [Entry; 12] = [
    (
        "pager.lineage, pager.lineage-<command>",
        "Whether a pager is used, or which; that of the command wins. By default blame, children, diff, find, graph, lineage, list, log, \
         path and show are paged, and with true status and verify, too.",
    ),
    (
        "color.lineage, color.ui",
        "auto, always or never, where --color does not say so; the first wins.",
    ),
    ("log.date", "How dates are shown where --date does not say so."),
    ("color.pager", "false: no colour behind a pager that git has started."),
    (
        "lineage.refPrefix",
        "Instead of refs/lineage, where a host accepts nothing but branches, e.g. refs/heads/lineage.",
    ),
    (
        "lineage.sidecar",
        "false does without the index that makes look-ups fast; every answer is the same, only later.",
    ),
    (
        "lineage.requireSignatures",
        "true has git lineage verify --signatures ask a signature of each version that was not taken from a commit.",
    ),
    (
        "lineage.denyRewinds",
        "On a server: true forbids that the head of a line is moved back.",
    ),
    (
        "lineage.allowUnknownOrigin",
        "On a server: true lets versions in whose change origin is not known, as those made by git lineage adopt.",
    ),
    (
        "lineage.maxReceiveVersions, lineage.maxReceiveRefs",
        "On a server: how many versions and refs one push may bring.",
    ),
    (
        "commit.gpgSign, user.signingKey, gpg.*",
        "Whether and how versions are signed, as git commits are.",
    ),
    (
        "core.fsync, gc.auto, user.name, user.email, ...",
        "What git heeds is heeded here, see git-config(1).",
    ),
];

const FILES: [Entry; 4] = [
    (
        ".gitlineage",
        "At the root of the project, tracked by it: what is deployed where, and from which upstream.",
    ),
    (
        "refs/lineage/",
        "The versions, which are commits: git log --graph refs/lineage/heads/main/skill/pdf shows a lineage.",
    ),
    (
        "$GIT_COMMON_DIR/lineage/index.sqlite",
        "The index that makes look-ups fast. It may be deleted at any time.",
    ),
    (
        "$XDG_CACHE_HOME/git-lineage/",
        "What was fetched from upstreams. It may be deleted at any time.",
    ),
];

pub(super) fn exit_status(roff: &mut Roff) {
    section("EXIT STATUS", &EXIT_STATUS, roff);
}

pub(super) fn environment(roff: &mut Roff) {
    section("ENVIRONMENT", &ENVIRONMENT, roff);
}

pub(super) fn configuration(roff: &mut Roff) {
    section("CONFIGURATION", &CONFIGURATION, roff);
}

pub(super) fn files(roff: &mut Roff) {
    section("FILES", &FILES, roff);
}

fn section(name: &'static str, entries: &[Entry], roff: &mut Roff) {
    roff.control("SH", [name]);
    for (word, meaning) in entries {
        roff.control("TP", []);
        roff.text([bold(*word)]);
        roff.text([roman(*meaning)]);
    }
}
