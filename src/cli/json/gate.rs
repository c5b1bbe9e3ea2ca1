//! What `gate` prints.

use git_lineage::{ArtifactId, ArtifactLines, GateLimits, GateReport, LineCounts};
use serde::Serialize;

/// `gate`.
#[derive(Serialize)]
pub(in crate::cli) struct GateObject<'a> {
    passed: bool,
    lines: LineCounts,
    limits: GateLimits,
    exceeded: Vec<&'static str>,
    unrecorded: &'a [ArtifactId],
    artifacts: &'a [ArtifactLines],
}

impl<'a> GateObject<'a> {
    pub(in crate::cli) fn new(report: &'a GateReport, unrecorded: &'a [ArtifactId], passed: bool) -> Self {
        let checked = [(report.exceeds_local(), "local"), (report.exceeds_unknown(), "unknown")];
        GateObject {
            passed,
            lines: report.lines,
            limits: report.limits,
            exceeded: checked
                .iter()
                .filter(|(exceeded, _)| *exceeded)
                .map(|(_, name)| *name)
                .collect(),
            unrecorded,
            artifacts: &report.artifacts,
        }
    }
}
