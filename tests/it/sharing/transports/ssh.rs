//! ssh: through a stand-in that runs the command on this machine, which is always there, and through a real sshd where
//! Debian's `openssh-server` is installed.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::breaking::{assert_clear, edited_at_length, fails_then_works};
use super::loopback::Proxy;
use super::{edited, heads, hermetic, reached_at, served, works};
use crate::support::{TestRepo, repo::utf8};

/// A program that git takes for ssh: it notes down the command and runs it here.
fn stand_in(repo: &TestRepo) -> String {
    let path = repo.beside("ssh-stand-in");
    let programs = repo.git(&["--exec-path"]).trimmed();
    let heard = repo.beside("heard");
    let script = format!(
        "#!/bin/sh\necho \"$1: $2\" >>'{}'\nPATH='{programs}':$PATH exec sh -c \"$2\"\n",
        utf8(&heard)
    );
    repo.write_exec(&path, script);
    utf8(&path).to_owned()
}

#[test]
fn a_stand_in() {
    let (project, remote) = served();
    let program = stand_in(&remote);
    let url = format!("ada@host.invalid:{}", remote.path().display());
    let settings = [("core.sshCommand", program.as_str()), ("ssh.variant", "simple")];
    works(&project, &remote, &url, &settings);
    let heard = || fs::read_to_string(remote.beside("heard")).expect("it was called");
    for service in ["git-receive-pack", "git-upload-pack"] {
        assert!(
            heard().contains(&format!("ada@host.invalid: {service} '/")),
            "{}",
            heard()
        );
    }

    // As people set it for one call; and a host that lets nobody in, with words of its own.
    project.git(&["config", "--unset", "core.sshCommand"]);
    let version = edited(&project, "# by the environment\n");
    let call = || project.call().env("GIT_SSH_COMMAND", &program);
    call().git(&["push"]);
    assert_eq!(heads(&remote)["main/skill/pdf"], version);
    call().lineage_ok(&["fetch"]);
    remote.write_exec(
        remote.beside("ssh-stand-in"),
        "#!/bin/sh\nprintf 'Welcome to host.\\r\\n\\n%s: Permission denied (publickey).\\r\\n' \"$1\" >&2\nexit 255\n",
    );
    for command in ["push", "fetch"] {
        let refused = call().lineage(&["--json", command]);
        assert_clear(&refused);
        assert!(
            refused.err_text().contains("Permission denied (publickey)"),
            "{refused}"
        );
    }
}

/// A real sshd on a port of its own, with keys of its own, until it is dropped.
struct Sshd {
    port: u16,
    user: String,
    child: Child,
}

impl Sshd {
    /// `None`, loudly, where none is installed or it cannot start.
    fn new(repo: &TestRepo) -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        // Not every user's search path has it.
        let mut programs = std::env::split_paths(&path).chain([Path::new("/usr/sbin").to_owned()]);
        let Some(program) = programs.find_map(|dir| Some(dir.join("sshd")).filter(|program| program.is_file())) else {
            crate::support::skipped("openssh-server is not installed, a real sshd is not tested");
            return None;
        };
        let own = repo.folder("sshd");
        for key in ["host", "user"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-C", key, "-f"])
                .arg(own.path().join(key))
                .status();
            assert!(made.expect("ssh-keygen runs").success());
        }
        fs::copy(own.path().join("user.pub"), own.path().join("authorized")).expect("its own file");
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("it is bound").port();
        drop(free);
        let git = repo.git(&["--exec-path"]).trimmed();
        let own = utf8(own.path());
        let path = path.to_string_lossy();
        let settings = format!(
            "ListenAddress 127.0.0.1:{port}\nPidFile none\nHostKey {own}/host\nAuthorizedKeysFile {own}/authorized\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             PermitRootLogin prohibit-password\nAcceptEnv GIT_PROTOCOL\n\
             SetEnv \"PATH={git}:{path}\" GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1\n"
        );
        fs::write(format!("{own}/settings"), settings).expect("its own folder");
        let mut command = Command::new("sh");
        hermetic(&mut command);
        // For root, Debian's wants an empty folder that only its init script makes: here it has one that nobody else sees.
        let script = "test $(id -u) -ne 0 || test -d /run/sshd || exec unshare --mount sh -c '\
                      mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec \"$@\"' sh \"$@\"\nexec \"$@\"";
        command
            .args(["-c", script, "sh"])
            .arg(program)
            .args(["-D", "-e", "-f"])
            .arg(format!("{own}/settings"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(format!("{own}/log")).expect("its own folder"));
        let user = Command::new("id").arg("-un").output().expect("id runs").stdout;
        let mut sshd = Sshd {
            port,
            user: String::from_utf8(user).expect("a name").trim().to_owned(),
            child: command.spawn().expect("sh runs"),
        };
        for _ in 0..1_000 {
            std::thread::sleep(Duration::from_millis(10));
            if sshd.child.try_wait().expect("its own child").is_some() {
                break;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(sshd);
            }
        }
        let log = fs::read_to_string(format!("{own}/log")).unwrap_or_default();
        crate::support::skipped(&format!("sshd does not start, it is not tested: {log}"));
        None
    }

    fn url(&self, port: u16, repo: &TestRepo) -> String {
        format!("ssh://{}@127.0.0.1:{port}{}", self.user, repo.path().display())
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn a_real_server() {
    let (project, remote) = served();
    let Some(sshd) = Sshd::new(&remote) else { return };
    let own = remote.beside("sshd");
    let own = utf8(&own);
    let client = format!(
        "ssh -F none -i {own}/user -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes \
         -o StrictHostKeyChecking=no -o UserKnownHostsFile={own}/known -o LogLevel=ERROR"
    );
    let url = sshd.url(sshd.port, &remote);
    works(&project, &remote, &url, &[("core.sshCommand", &client)]);

    let proxy = Proxy::new(sshd.port);
    reached_at(&project, &sshd.url(proxy.port, &remote));
    let version = edited_at_length(&project, 1);
    project.git(&["push", "--no-verify"]);
    fails_then_works(&project, &remote, &proxy.breaks_uploads, "push");
    assert_eq!(heads(&remote)["main/skill/pdf"], version);
    let other = project.folder("other");
    reached_at(&other, &sshd.url(proxy.port, &remote));
    fails_then_works(&other, &remote, &proxy.breaks, "fetch");

    fs::write(format!("{own}/authorized"), "").expect("its own folder");
    for command in ["push", "fetch"] {
        let refused = project.lineage(&["--json", command]);
        assert_clear(&refused);
        assert!(
            refused.err_text().contains("Permission denied (publickey)"),
            "{refused}"
        );
    }
}
