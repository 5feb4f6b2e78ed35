//! The report for programs, and what `--against` reads of an earlier one.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Report;
use crate::rows::{Numbers, Row};

/// The report as JSON: the machine, and every scenario with the peers that have numbers there.
pub(crate) fn of(report: &Report) -> String {
    let machine = &report.machine;
    let value = json!({
        "machine": {
            "cpu": machine.processor,
            "kernel": machine.kernel,
            "allocator": machine.allocator,
        },
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
    json!({
        "name": row.name,
        "unit": row.unit,
        "peers": row.cells.iter().filter_map(measured).collect::<Vec<Value>>(),
    })
}

fn peer(name: &str, numbers: &Numbers) -> Value {
    json!({
        "peer": name,
        "median": numbers.median,
        "min": numbers.min,
        "ratio": numbers.ratio.map(|ratio| ratio.median),
        "instructions": numbers.instructions,
        "samples": numbers.samples,
    })
}

/// An earlier report.
pub(crate) struct Earlier(Value);

/// What it says of a peer.
#[derive(Debug, PartialEq)]
pub(crate) struct Cell {
    pub(crate) samples: Vec<f64>,
    pub(crate) instructions: Option<f64>,
}

impl Earlier {
    /// Reads the file.
    pub(crate) fn read(path: &Path) -> Result<Earlier, String> {
        let said = |what: String| format!("--against {}: {what}", path.display());
        let text = fs::read_to_string(path).map_err(|error| said(error.to_string()))?;
        Earlier::parse(&text).map_err(said)
    }

    pub(crate) fn parse(text: &str) -> Result<Earlier, String> {
        let no_report = || "it is no JSON that `compare --json` wrote".to_string();
        // What is no JSON at all is told in the same words: where its first wrong letter stands helps nobody.
        let value: Value = serde_json::from_str(text).map_err(|_| no_report())?;
        match value["scenarios"].is_array() && value["machine"]["cpu"].is_string() {
            true => Ok(Earlier(value)),
            false => Err(no_report()),
        }
    }

    /// The processor, kernel and allocator that it was made with.
    pub(crate) fn machine(&self) -> [&str; 3] {
        ["cpu", "kernel", "allocator"].map(|key| self.0["machine"][key].as_str().unwrap_or("?"))
    }

    /// The numbers of a peer in a row.
    pub(crate) fn cell(&self, row: &str, peer: &str) -> Option<Cell> {
        let of_row = named(&self.0["scenarios"], "name", row)?;
        let of_peer = named(&of_row["peers"], "peer", peer)?;
        let samples = of_peer["samples"].as_array()?.iter();
        if samples.len() == 0 {
            return None;
        }
        Some(Cell {
            samples: samples.map(Value::as_f64).collect::<Option<_>>()?,
            instructions: of_peer["instructions"].as_f64(),
        })
    }

    /// How many cells with numbers it has.
    pub(crate) fn cells(&self) -> usize {
        let rows = self.0["scenarios"].as_array().into_iter().flatten();
        let peers = rows.filter_map(|row| row["peers"].as_array());
        peers.map(Vec::len).sum()
    }
}

fn named<'v>(list: &'v Value, key: &str, name: &str) -> Option<&'v Value> {
    let mut values = list.as_array()?.iter();
    values.find(|value| value[key] == name)
}

#[cfg(test)]
mod tests {
    use oneloop_benches::machine;
    use oneloop_benches::peer::Peer;
    use oneloop_benches::scenario::{Group, Scenario};
    use serde_json::Value;

    use super::{Cell, Earlier, of};
    use crate::Report;
    use crate::rows::{self, Better, Row};
    use crate::{http, syscalls, traced, weight};

    /// What others count on to find in the file.
    const PROMISED: [&str; 29] = [
        "spawn_join",
        "spawn_detached",
        "yield_self",
        "yield_1000",
        "yield_now",
        "pingpong",
        "oneshot",
        "mpsc",
        "wake_storm",
        "cross_thread",
        "timer_cancel",
        "timer_earliest",
        "sleepers_100k",
        "sleep_1ms_p50",
        "sleep_random_p50",
        "gather_1000",
        "cancel_catch",
        "timeout_ready",
        "echo_1",
        "echo_100",
        "bulk",
        "accept_close",
        "task_bytes",
        "conn_bytes",
        "http_64",
        "http_512",
        "http_pipelined_16",
        "client_50",
        "tls_handshake",
    ];

    /// A report in which every scenario took every peer two units.
    fn report() -> Report {
        let outcome = |peer: &Peer| (peer.name(), Ok(vec![vec![2.0]; 5]));
        let measured: Vec<_> = Peer::ALL.iter().map(outcome).collect();
        let scenarios = Scenario::ALL
            .iter()
            .flat_map(|&scenario| rows::of(scenario, &measured));
        let others = [
            &http::NAMES[..],
            &syscalls::NAMES,
            &traced::NAMES,
            &weight::NAMES,
        ]
        .concat();
        let other = |name: &str| {
            let outcomes = vec![
                ("oneloop", Ok(vec![vec![2.0]])),
                ("hyper", Ok(vec![vec![4.0]])),
                ("nginx", Err("it is missing".to_string())),
            ];
            Row::of_one(name, Group::Http, "us CPU", "hyper", Better::Less, outcomes)
        };
        Report {
            machine: machine::describe(),
            settings: String::new(),
            rows: scenarios.chain(others.into_iter().map(other)).collect(),
            beside_earlier: None,
        }
    }

    #[test]
    fn the_file_has_every_promised_name_in_the_promised_shape() {
        let value: Value = serde_json::from_str(&of(&report())).expect("it is JSON");
        let keys = |value: &Value| -> Vec<String> {
            let object = value.as_object().expect("it is an object");
            object.keys().cloned().collect()
        };
        assert_eq!(keys(&value), ["machine", "scenarios"]);
        assert_eq!(keys(&value["machine"]), ["allocator", "cpu", "kernel"]);
        let scenarios = value["scenarios"].as_array().expect("it is a list");
        let names: Vec<_> = scenarios.iter().map(|row| row["name"].as_str()).collect();
        for name in PROMISED {
            assert!(names.contains(&Some(name)), "{name}");
        }
        for row in scenarios {
            assert_eq!(keys(row), ["name", "peers", "unit"]);
            for peer in row["peers"].as_array().expect("it is a list") {
                let promised = ["instructions", "median", "min", "peer", "ratio", "samples"];
                assert_eq!(keys(peer), promised);
                assert!(peer["median"].is_f64() && peer["min"].is_f64());
                assert!(
                    peer["samples"]
                        .as_array()
                        .is_some_and(|list| !list.is_empty())
                );
            }
        }
        let peers = &scenarios[0]["peers"];
        let names = [
            "oneloop",
            "tokio-localset",
            "tokio-plain",
            "smol",
            "futures",
            "monoio",
            "floor",
        ];
        for name in names {
            assert!(super::named(peers, "peer", name).is_some(), "{name}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let earlier = Earlier::parse(&of(&report())).expect("it is a report");
        let cell = Cell {
            samples: vec![4.0],
            instructions: None,
        };
        assert_eq!(earlier.cell("http_64", "hyper"), Some(cell));
        assert_eq!(earlier.cell("http_64", "nginx"), None);
        assert_eq!(earlier.cell("nothing", "hyper"), None);
        let without_samples = r#"{"machine": {"cpu": "x"}, "scenarios":
            [{"name": "row", "peers": [{"peer": "oneloop", "samples": []}]}]}"#;
        let foreign = Earlier::parse(without_samples).expect("it has the shape");
        assert_eq!(foreign.cell("row", "oneloop"), None);
        for text in ["{}", "# no JSON", ""] {
            let refused = Earlier::parse(text).err();
            let told = "it is no JSON that `compare --json` wrote";
            assert_eq!(refused.as_deref(), Some(told));
        }
    }
}
