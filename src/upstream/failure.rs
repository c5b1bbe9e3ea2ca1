//! What a failed fetch means, read from git's message: the exit status tells no more than that it failed.

/// Why a fetch failed, as far as git's message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// An object that git refuses.
    Fsck,
    /// The server does not give what was asked for in this way.
    Refused,
    /// The connection, or this machine: asking for more would not help.
    Broken,
    /// Another server's words; asking for more may help.
    Unknown,
}

impl Failure {
    pub(super) fn of(message: &str) -> Self {
        // Servers hang up on what they refuse, so the words for that come first.
        const REFUSED: [&str; 4] = [
            "not support shallow",
            "unadvertised object",
            "not our ref",
            " not valid",
        ];
        const BROKEN: [&str; 18] = [
            "early EOF",
            "unexpected disconnect",
            "hung up",
            "RPC failed",
            "unable to access",
            "unable to connect",
            "onnection ",
            "timed out",
            "Could not resolve",
            "invalid index-pack output",
            "Authentication failed",
            "could not read Username",
            "Permission denied",
            "No space left",
            "nable to create",
            "nable to write",
            "not a git repository",
            "bad config",
        ];
        let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if has(&["fsck error"]) {
            Failure::Fsck
        } else if has(&REFUSED) {
            Failure::Refused
        } else if has(&BROKEN) {
            Failure::Broken
        } else {
            Failure::Unknown
        }
    }

    /// Whether to ask for more at once.
    pub(super) fn is_worth_more(self) -> bool {
        matches!(self, Failure::Refused | Failure::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn what_servers_and_systems_say_is_understood() {
        for (message, failure) in [
            (
                "fatal: dumb http transport does not support shallow capabilities",
                Failure::Refused,
            ),
            (
                "error: Server does not allow request for unadvertised object 96ae",
                Failure::Refused,
            ),
            (
                "fatal: remote error: upload-pack: not our ref 96ae\nfatal: the remote end hung up unexpectedly",
                Failure::Refused,
            ),
            (
                "fatal: early EOF\nfatal: fetch-pack: invalid index-pack output",
                Failure::Broken,
            ),
            (
                "fatal: unable to access 'http://host/': Failed to connect",
                Failure::Broken,
            ),
            (
                "fatal: Unable to create '/x/shallow.lock': File exists.",
                Failure::Broken,
            ),
            (
                "error: object 96ae: zeroPaddedFilemode: x\nfatal: fsck error in packed object\nfatal: fetch-pack: invalid index-pack output",
                Failure::Fsck,
            ),
            ("fatal: something that no git says", Failure::Unknown),
        ] {
            assert_eq!(Failure::of(message), failure, "{message}");
        }
    }
}
