//! A terminal for a child: `script` from util-linux makes one.

use super::run::{Call, Output};

/// Runs a command of a shell on a terminal, whose lines come as stdout, errors among them; `None`, said aloud, where there is
/// no program that makes one.
pub(crate) fn on_a_terminal(call: Call<'_>, command: &str) -> Option<Output> {
    let quoted = command.replace('\'', r"'\''");
    let output = call.sh(&format!(
        "command -v script >/dev/null || {{ echo SKIPPED; exit 0; }}\n\
         code=0; script -qec '{quoted}' /dev/null </dev/null || code=$?\necho \"exit $code\" >&2"
    ));
    if output.text() == "SKIPPED\n" {
        crate::support::skipped("no 'script' from util-linux, so there is no terminal to test on");
        return None;
    }
    // What the shell around it says last is how the command ended.
    let code = output
        .err_text()
        .trim()
        .rsplit(' ')
        .next()
        .and_then(|code| code.parse().ok());
    Some(Output {
        code: code.expect("the shell says it"),
        stdout: String::from_utf8_lossy(&output.stdout)
            .replace("\r\n", "\n")
            .into_bytes(),
        ..output
    })
}
