//! Local measurements.
use super::*;
use std::time::Instant;

const CHAIN: u32 = 100_000;
fn all(n: u32) -> Vec<ArtifactVersion> {
    let mut out = Vec::new();
    for i in 0..n {
        let (art, first) = if i < CHAIN {
            ("skill/chain".to_string(), i == 0)
        } else {
            (format!("skill/artifact-{}", i / 1000), i % 1000 == 0)
        };
        let mut v = if first { root(i) } else { child(i, &[i - 1]) };
        v.artifact_id = artifact(&art);
        v.summary = format!("record {art}: change number {i}");
        if i % 3 == 0 {
            v.upstream = full(i, &[]).upstream;
            v.upstream.as_mut().expect("u").tree = None;
            v.change_origin = Some(ChangeOrigin::Sync);
        } else {
            v.project_commit = Some(commit(i));
        }
        out.push(v);
    }
    out
}

fn ready(p: &Path) -> Sidecar {
    match Sidecar::open(p).expect("open") {
        Opened::Ready(s) => s,
        _ => panic!("not ready"),
    }
}

#[test]
#[ignore]
fn measure() {
    let n: u32 = std::env::var("N")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000_000);
    let dir = tempfile::Builder::new()
        .tempdir_in(std::env::var("WHERE").unwrap_or("/tmp".into()))
        .expect("dir");
    let path = dir.path().join("index.sqlite");
    let versions = all(n);
    let t = Instant::now();
    let s = Sidecar::build(&path, |ins| {
        for v in &versions {
            ins.insert_version(v)?;
        }
        eprintln!("  inserted {:?}", t.elapsed());
        Ok::<_, SidecarError>(())
    })
    .expect("build")
    .sidecar;
    eprintln!(
        "build {n}: {:?}; {} B/version",
        t.elapsed(),
        std::fs::metadata(&path).expect("m").len() / u64::from(n)
    );
    drop(s);
    let t = Instant::now();
    let mut s = ready(&path);
    eprintln!("open {:?}", t.elapsed());
    for round in 0..2 {
        let t = Instant::now();
        let k = 20_000u32;
        for i in 0..k {
            let x = i.wrapping_mul(48_271) % n;
            assert_eq!(s.find_by_content(&content(x)).expect("f").len(), 1);
        }
        eprintln!("find_by_content[{round}] {:?}", t.elapsed() / k);
    }
    for (name, round) in [("cold", 0), ("warm", 1)] {
        let _ = round;
        let t = Instant::now();
        let k = 20_000u32;
        for i in 0..k {
            let x = i.wrapping_mul(48_271) % n;
            let _ = s.children_of(&content(x)).expect("f");
        }
        eprintln!("children_of {name} {:?}", t.elapsed() / k);
        let t = Instant::now();
        for i in 0..k {
            let x = i.wrapping_mul(48_271) % n;
            let _ = s.version(&id(x)).expect("f");
        }
        eprintln!("version {name} {:?}", t.elapsed() / k);
        let t = Instant::now();
        for i in 0..k {
            let x = i.wrapping_mul(48_271) % n;
            let _ = s.parents(&id(x)).expect("f");
        }
        eprintln!("parents {name} {:?}", t.elapsed() / k);
        let t = Instant::now();
        for i in 0..k {
            let x = i.wrapping_mul(48_271) % n;
            let _ = (id(x), content(x));
        }
        eprintln!("(hashing 2 {:?})", t.elapsed() / k);
        let t = Instant::now();
        let c = s.lineage(&id(CHAIN.min(n) - 1)).expect("l").expect("known");
        eprintln!("lineage {} {:?}", c.links.len(), t.elapsed());
        let t = Instant::now();
        let c = s.lineage_ids(&id(CHAIN.min(n) - 1)).expect("l").expect("known");
        eprintln!("lineage_ids {} {:?}", c.links.len(), t.elapsed());
        let t = Instant::now();
        let c = s.timeline(&artifact("skill/chain"), None, None, None).expect("l");
        eprintln!("timeline {} {:?}", c.len(), t.elapsed());
        let t = Instant::now();
        eprintln!(
            "artifact_ids {} {:?}",
            s.artifact_ids().expect("ids").len(),
            t.elapsed()
        );
        let t = Instant::now();
        eprintln!("count {} {:?}", s.count().expect("ids"), t.elapsed());
    }
    let t = Instant::now();
    let c = s.ancestors(&id(CHAIN.min(n) - 1)).expect("l").expect("known");
    eprintln!("ancestors {} {:?}", c.versions.len(), t.elapsed());
    drop(c);
    // single-row transactions
    let t = Instant::now();
    let k = 2000;
    for i in 0..k {
        s.transaction(|tx| {
            tx.insert_version(&child(n + i, &[n + i - 1]))?;
            tx.set_tip(b"refs/lineage/heads/main/skill/pdf", Some(&id(n + i)))?;
            tx.set_stamp("x", Some(b"abc"))
        })
        .expect("tx");
    }
    eprintln!("single transactions {:?}", t.elapsed() / k);
    drop(s);
    // short processes
    let t = Instant::now();
    let k = 500;
    let mut worst = std::time::Duration::ZERO;
    for i in 0..k {
        let t = Instant::now();
        let mut s = ready(&path);
        s.transaction(|tx| {
            tx.insert_version(&child(2 * n + i, &[2 * n + i - 1]))?;
            tx.set_tip(b"refs/lineage/heads/main/skill/pdf", Some(&id(n + i)))?;
            tx.set_stamp("x", Some(b"abc"))
        })
        .expect("tx");
        worst = worst.max(t.elapsed());
    }
    eprintln!("open+transaction+close {:?} worst {worst:?}", t.elapsed() / k);
    let t = Instant::now();
    for i in 0..k {
        let s = ready(&path);
        let _ = s.find_by_content(&content(i)).expect("f");
    }
    eprintln!("open+find+close {:?}", t.elapsed() / k);
    let mut s = ready(&path);
    let t = Instant::now();
    s.rebuild(|ins| {
        for v in &versions {
            ins.insert_version(v)?;
        }
        Ok::<_, SidecarError>(())
    })
    .expect("rebuild");
    eprintln!("rebuild in place {:?}", t.elapsed());
    let mut m = Sidecar::in_memory().expect("mem");
    let t = Instant::now();
    m.rebuild(|ins| {
        for v in &versions {
            ins.insert_version(v)?;
        }
        Ok::<_, SidecarError>(())
    })
    .expect("rebuild");
    eprintln!("rebuild in memory {:?}", t.elapsed());
    let t = Instant::now();
    m.transaction(|tx| {
        for i in 0..50_000 {
            tx.insert_version(&child(3 * n + i, &[3 * n + i - 1]))?;
        }
        Ok::<_, SidecarError>(())
    })
    .expect("rebuild");
    eprintln!("50k incremental in memory {:?}", t.elapsed());
    let t = Instant::now();
    s.transaction(|tx| {
        for i in 0..50_000 {
            tx.insert_version(&child(3 * n + i, &[3 * n + i - 1]))?;
        }
        Ok::<_, SidecarError>(())
    })
    .expect("rebuild");
    eprintln!("50k incremental on disk {:?}", t.elapsed());
    for e in std::fs::read_dir(dir.path()).expect("d") {
        let e = e.expect("e");
        eprintln!("{:?} {}", e.file_name(), e.metadata().expect("m").len());
    }
}
