// Included by the examples of the documentation: a project with a commit, a skill beside it, and somebody to act.
#[allow(dead_code, reason = "not every example uses all of it")]
fn project_with_skill()
-> Result<(std::path::PathBuf, std::path::PathBuf, git_lineage::Caller), Box<dyn std::error::Error>> {
    // Kept until the process ends: the example is over by then.
    let folder = tempfile::tempdir()?.keep();
    let (project, skill) = (folder.join("project"), folder.join("skills").join("pdf"));
    std::fs::create_dir_all(&project)?;
    std::fs::create_dir_all(&skill)?;
    std::fs::write(skill.join("SKILL.md"), "# PDF\n")?;
    for args in [
        ["init", "--quiet", "--initial-branch=main"].as_slice(),
        ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--allow-empty", "-m", "Begin"]
            .as_slice(),
    ] {
        let status = std::process::Command::new("git")
            .args(args)
            .current_dir(&project)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .status()?;
        assert!(status.success(), "git {args:?}");
    }
    let caller = git_lineage::Caller::new(git_lineage::Signature {
        person: git_lineage::Person { name: "Ada".into(), email: "ada@example.org".into() },
        time: "2026-11-22T10:00:00+00:00".parse()?,
    });
    Ok((project, skill, caller))
}

/// Commits everything in a project.
#[allow(dead_code, reason = "not every example uses all of it")]
fn commit_all(project: &std::path::Path, message: &str) -> Result<(), Box<dyn std::error::Error>> {
    for args in [["add", "--all"].as_slice(), ["commit", "--quiet", "-m", message].as_slice()] {
        let status = std::process::Command::new("git")
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
            .args(args)
            .current_dir(project)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .status()?;
        assert!(status.success(), "git {args:?}");
    }
    Ok(())
}
