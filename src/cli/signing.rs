//! Signing on the command line: `--no-gpg-sign`, of every command that makes versions as the caller, and the ways out where
//! no signature can be made.

use git_lineage::SigningError;

/// The part of a command's arguments.
#[derive(Debug, Default, clap::Args)]
pub(super) struct SigningArgs {
    /// Sign no version, whatever commit.gpgSign says
    #[arg(long)]
    pub(super) no_gpg_sign: bool,
}

/// The ways out of a failure.
pub(super) fn hints(error: &SigningError) -> Vec<String> {
    let first = match error {
        SigningError::NoSigningKey => {
            Some("git config --global user.signingKey ~/.ssh/id_ed25519.pub   names the key to sign with")
        }
        SigningError::SignerFailed { message, .. } if message.contains("Inappropriate ioctl") => {
            Some("export GPG_TTY=$(tty)   tells gpg where to ask for the passphrase")
        }
        _ => None,
    };
    let unsigned = "git -c commit.gpgSign=false lineage ...   records without a signature, and so does --no-gpg-sign";
    first.into_iter().chain([unsigned]).map(str::to_owned).collect()
}
