//! The report for programs.

use serde_json::{Value, json};

use crate::Report;
use crate::rows::{Numbers, Row};

/// The report as JSON: the machine, and every scenario with the peers that can do it.
pub(crate) fn of(report: &Report) -> String {
    let machine = &report.machine;
    let value = json!({
        "machine": {
            "cpu": machine.processor,
            "processors": machine.processors,
            "kernel": machine.kernel,
            "allocator": machine.allocator,
        },
        "command": report.settings,
        "scenarios": report.rows.iter().map(scenario).collect::<Vec<Value>>(),
    });
    let mut text = serde_json::to_string_pretty(&value).expect("it has string keys only");
    text.push('\n');
    text
}

fn scenario(row: &Row) -> Value {
    let measured = |(name, outcome): &(&str, Result<Numbers, String>)| {
        outcome.as_ref().ok().map(|numbers| peer(name, numbers))
    };
    let not_measured = |(name, outcome): &(&str, Result<Numbers, String>)| {
        let reason = outcome.as_ref().err()?;
        Some(json!({"peer": name, "reason": reason}))
    };
    json!({
        "name": row.name,
        "unit": row.unit,
        "base": row.base,
        "peers": row.cells.iter().filter_map(measured).collect::<Vec<Value>>(),
        "not_measured": row.cells.iter().filter_map(not_measured).collect::<Vec<Value>>(),
    })
}

fn peer(name: &str, numbers: &Numbers) -> Value {
    json!({
        "peer": name,
        "median": numbers.median,
        "min": numbers.min,
        "ratio": numbers.ratio.map(|ratio| ratio.median),
        "ratio_low": numbers.ratio.map(|ratio| ratio.low),
        "ratio_high": numbers.ratio.map(|ratio| ratio.high),
        "instructions": numbers.instructions,
        "samples": numbers.samples,
    })
}
