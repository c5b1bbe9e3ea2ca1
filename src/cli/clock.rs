//! The present moment. The only reader of the clock and of the local time zone.

use std::path::Path;

use git_lineage::Timestamp;
use jiff::tz::TimeZone;

/// Where a system keeps its zones, and which one it is in.
const ZONES: &str = "/usr/share/zoneinfo";
const LOCAL: &str = "/etc/localtime";

/// Now, with the offset of the local clock.
pub(super) fn now() -> Timestamp {
    let now = jiff::Timestamp::now();
    Timestamp {
        seconds: now.as_second(),
        offset: here().to_offset(now).seconds(),
    }
}

/// The offset that the local clock has, or had, at a moment; 0 where no calendar reaches.
pub(super) fn offset_at(seconds: i64) -> i32 {
    jiff::Timestamp::from_second(seconds).map_or(0, |moment| here().to_offset(moment).seconds())
}

fn here() -> TimeZone {
    let zone = std::env::var("TZ");
    local_zone(zone.ok().as_deref()).unwrap_or_else(TimeZone::system)
}

/// The zone as C's `localtime` finds it: from one file. `None` where that leads nowhere; then `jiff` looks harder, which
/// means listing all zones there are.
fn local_zone(variable: Option<&str>) -> Option<TimeZone> {
    let Some(variable) = variable else {
        return read(Path::new(LOCAL));
    };
    let name = variable.strip_prefix(':').unwrap_or(variable);
    if name.is_empty() || name == "UTC" {
        return Some(TimeZone::UTC);
    }
    read(&Path::new(ZONES).join(name)).or_else(|| TimeZone::posix(name).ok())
}

fn read(file: &Path) -> Option<TimeZone> {
    TimeZone::tzif("", &std::fs::read(file).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_tz() {
        let winter: jiff::Timestamp = "2026-01-15T12:00:00Z".parse().expect("valid");
        let offset = |text| local_zone(Some(text)).map(|zone| zone.to_offset(winter).seconds());
        assert_eq!(offset(""), Some(0));
        assert_eq!(offset(":UTC"), Some(0));
        assert_eq!(offset("CET-1CEST,M3.5.0,M10.5.0/3"), Some(3_600));
        assert_eq!(offset("EST5"), Some(-18_000));
        assert_eq!(offset("../../../etc/passwd"), None);
        // Machines without zone files exist; those that have them agree on this one.
        assert!(matches!(offset("Asia/Tokyo"), None | Some(32_400)));
    }
}
