//! Dates for people, counted from now: `3 days ago`, in git's words.

use git_lineage::Timestamp;

/// How long before `now` something happened, rounded as `git log --date=relative` does; below ten seconds `just now`.
pub(super) fn since(then: Timestamp, now: Timestamp) -> String {
    let seconds = now.seconds.saturating_sub(then.seconds);
    let Ok(seconds) = u64::try_from(seconds) else {
        return "in the future".to_owned();
    };
    let minutes = (seconds + 30) / 60;
    let hours = (minutes + 30) / 60;
    let days = (hours + 12) / 24;
    match () {
        () if seconds < 10 => "just now".to_owned(),
        () if seconds < 90 => ago(seconds, "second"),
        () if minutes < 90 => ago(minutes, "minute"),
        () if hours < 36 => ago(hours, "hour"),
        () if days < 14 => ago(days, "day"),
        () if days < 70 => ago((days + 3) / 7, "week"),
        () if days < 365 => ago((days + 15) / 30, "month"),
        () if days < 1825 => {
            let months = (days * 12 * 2 + 365) / (365 * 2);
            match (months / 12, months % 12) {
                (years, 0) => ago(years, "year"),
                (years, months) => format!("{}, {}", count(years, "year"), ago(months, "month")),
            }
        }
        () => ago((days + 183) / 365, "year"),
    }
}

fn ago(number: u64, unit: &str) -> String {
    format!("{} ago", count(number, unit))
}

fn count(number: u64, unit: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn since_now(seconds: i64) -> String {
        let at = |seconds| Timestamp { seconds, offset: 0 };
        since(at(NOW - seconds), at(NOW))
    }

    #[test]
    fn the_last_moments_and_the_future() {
        assert_eq!(since_now(0), "just now");
        assert_eq!(since_now(9), "just now");
        assert_eq!(since_now(-1), "in the future");
        let far = Timestamp {
            seconds: i64::MIN,
            offset: 0,
        };
        assert!(
            since(
                far,
                Timestamp {
                    seconds: NOW,
                    offset: 0
                }
            )
            .ends_with("years ago")
        );
    }

    #[test]
    fn all_else_as_git_says_it() {
        let day = 86_400;
        let ages = [
            10,
            89,
            90,
            91,
            5_369,
            5_370,
            127_799,
            127_800,
            day,
            13 * day,
            14 * day,
            69 * day,
            70 * day,
            364 * day,
            365 * day,
            380 * day,
            548 * day,
            1_824 * day,
            1_825 * day,
            9_000 * day,
        ];
        let dir = tempfile::tempdir().expect("temporary directory");
        let git = |args: &[&str], date: &str| {
            let output = Command::new("git")
                .args(args)
                .env_clear()
                .env("PATH", std::env::var_os("PATH").expect("a PATH"))
                .env("GIT_DIR", dir.path())
                .envs(
                    [
                        "GIT_AUTHOR_NAME",
                        "GIT_AUTHOR_EMAIL",
                        "GIT_COMMITTER_NAME",
                        "GIT_COMMITTER_EMAIL",
                    ]
                    .map(|key| (key, "x")),
                )
                .envs(["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"].map(|key| (key, date)))
                .env("GIT_TEST_DATE_NOW", NOW.to_string())
                .env("LC_ALL", "C")
                .output()
                .expect("git runs");
            assert!(output.status.success(), "{args:?}: {output:?}");
            String::from_utf8(output.stdout).expect("text").trim().to_owned()
        };
        git(&["init", "-q", "--bare"], "");
        let tree = git(&["hash-object", "-t", "tree", "-w", "/dev/null"], "");
        let commits = ages.map(|age| git(&["commit-tree", "-m", "x", &tree], &format!("{} +0000", NOW - age)));
        let mut args = vec!["log", "--no-walk=unsorted", "--format=%cr"];
        args.extend(commits.iter().map(String::as_str));
        let shown = git(&args, "");
        assert_eq!(shown.lines().collect::<Vec<_>>(), ages.map(since_now));
    }
}
