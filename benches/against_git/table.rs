//! What was measured, as a table and as JSON.

use std::time::Duration;

use crate::timing::Pair;

/// One bar.
pub(crate) struct Row {
    /// The work, with its size.
    pub(crate) work: String,
    /// What it is measured against.
    pub(crate) against: &'static str,
    pub(crate) bar: f64,
    pub(crate) goal: f64,
    pub(crate) unit: Unit,
    pub(crate) value: f64,
    pub(crate) ours: Option<Duration>,
    pub(crate) theirs: Option<Duration>,
}

/// What a bar is a number of.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Unit {
    /// Our time over theirs: less is better.
    Times,
    /// Our rate over theirs: more is better.
    Rate,
    Microseconds,
    Bytes,
}

/// All that was measured.
pub(crate) struct Table {
    only: Option<String>,
    rows: Vec<Row>,
}

impl Table {
    pub(crate) fn new(only: Option<String>) -> Self {
        Table { only, rows: Vec::new() }
    }

    /// Whether a row of this name is asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }

    /// Adds a row that compares two times.
    pub(crate) fn compare(&mut self, work: String, against: &'static str, (bar, goal): (f64, f64), pair: Pair) {
        self.add(Row {
            work,
            against,
            bar,
            goal,
            unit: Unit::Times,
            value: pair.ratio(),
            ours: Some(pair.ours),
            theirs: Some(pair.theirs),
        });
    }

    pub(crate) fn add(&mut self, row: Row) {
        eprintln!("{}: {:.2} {}", row.work, row.value, row.unit.name());
        self.rows.push(row);
    }

    pub(crate) fn print(&self) {
        println!("| work | bar | goal | measured | ours | against | |");
        println!("| --- | --- | --- | --- | --- | --- | --- |");
        for row in &self.rows {
            let unit = row.unit.name();
            println!(
                "| {} | {} {}{unit} | {} {}{unit} | **{:.2}{unit}** | {} | {} {} | {} |",
                row.work,
                row.unit.sign(),
                row.bar,
                row.unit.sign(),
                row.goal,
                row.value,
                time(row.ours),
                row.against,
                time(row.theirs),
                row.verdict(),
            );
        }
    }

    pub(crate) fn json(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            serde_json::json!({
                "work": row.work,
                "against": row.against,
                "bar": row.bar,
                "goal": row.goal,
                "unit": row.unit.name().trim(),
                "value": row.value,
                "ours_seconds": row.ours.map(|time| time.as_secs_f64()),
                "theirs_seconds": row.theirs.map(|time| time.as_secs_f64()),
                "verdict": row.verdict(),
            })
        });
        let rows: Vec<_> = rows.collect();
        format!("{:#}\n", serde_json::Value::from(rows))
    }
}

impl Row {
    fn verdict(&self) -> &'static str {
        let holds = |limit: f64| match self.unit {
            Unit::Rate => self.value >= limit,
            _ => self.value <= limit,
        };
        if holds(self.goal) {
            "goal"
        } else if holds(self.bar) {
            "bar"
        } else {
            "missed"
        }
    }
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Times => "×",
            Unit::Rate => "× the rate",
            Unit::Microseconds => " µs",
            Unit::Bytes => " B",
        }
    }

    fn sign(self) -> &'static str {
        if self == Unit::Rate { "≥" } else { "≤" }
    }
}

fn time(time: Option<Duration>) -> String {
    time.map_or_else(String::new, |time| format!("{:.1} ms", time.as_secs_f64() * 1e3))
}
