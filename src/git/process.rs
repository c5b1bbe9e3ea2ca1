//! Who made a file that others have to respect: a process, by its number and its machine, as git writes it.

use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};

/// This process.
pub(super) fn this_process() -> String {
    format!("{} {}", std::process::id(), host())
}

/// Whether the process may be there, other than this one. Where nobody can tell, on another machine, it may.
pub(super) fn may_be_there(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let number = words.next().and_then(|word| word.parse().ok());
    let (Some(number), Some(at)) = (number, words.next()) else {
        return false;
    };
    if at != host() {
        return true;
    }
    let is_there = |process| test_kill_process(process) != Err(Errno::SRCH);
    u32::try_from(number) != Ok(std::process::id()) && Pid::from_raw(number).is_some_and(is_there)
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_are_told_apart() {
        assert!(!may_be_there(&this_process()), "no other one has our number");
        assert!(
            may_be_there(&format!("1 {}", host())),
            "the first process is always there"
        );
        assert!(!may_be_there(&format!("{} {}", i32::MAX, host())));
        assert!(may_be_there(&format!("{} elsewhere.example.org", i32::MAX)));
        for nobody in ["", "x", "12", "-1", &format!("0 {}", host()), &format!("x {}", host())] {
            assert!(!may_be_there(nobody), "{nobody:?}");
        }
    }
}
