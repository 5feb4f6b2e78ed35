//! What the command line says.

use std::path::{Path, PathBuf};

use lexopt::{Arg, Parser, ValueExt};
use oneloop_benches::peer::Peer;
use oneloop_benches::scenario::{Group, Scenario};

use crate::{http, syscalls, traced, weight};

pub(crate) const USAGE: &str = "usage: compare [--quick] [--json FILE] [--against FILE] [--only GROUP|SCENARIO]... [--allocator system|mimalloc]";

/// What stands behind the name of a scenario in the name of a row.
const SUFFIXES: [&str; 4] = ["_p50", "_p99", "_p999", "_rate"];

/// The allocator of the workers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Allocator {
    /// What the system has, or `LD_PRELOAD` puts in its place.
    #[default]
    System,
    /// mimalloc, linked into the workers.
    Mimalloc,
}

impl Allocator {
    /// Its name in reports; the system's allocator is named by the machine.
    pub(crate) fn name(self) -> Option<&'static str> {
        (self == Allocator::Mimalloc).then_some("mimalloc")
    }
}

/// What to measure, and how.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Few rounds, few peers, no instructions.
    pub(crate) quick: bool,
    /// Where the JSON goes.
    pub(crate) json: Option<PathBuf>,
    /// The JSON of a run that this one is held against.
    pub(crate) against: Option<PathBuf>,
    /// Groups and scenarios to measure; all, where it is empty.
    pub(crate) only: Vec<String>,
    /// What the workers allocate with.
    pub(crate) allocator: Allocator,
}

impl Options {
    /// Reads the command line; `None` when it asked for help only.
    pub(crate) fn read() -> Result<Option<Options>, String> {
        let mut options = Options::default();
        let mut parser = Parser::from_env();
        while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
            match argument {
                Arg::Long("quick") => options.quick = true,
                Arg::Long("json") => options.json = Some(value(&mut parser)?.into()),
                Arg::Long("against") => options.against = Some(value(&mut parser)?.into()),
                Arg::Long("only") => options.name(value(&mut parser)?)?,
                Arg::Long("allocator") => {
                    options.allocator = match value(&mut parser)?.as_str() {
                        "system" => Allocator::System,
                        "mimalloc" => Allocator::Mimalloc,
                        other => return Err(format!("there is no allocator `{other}` here")),
                    }
                }
                Arg::Long("help") | Arg::Short('h') => {
                    println!("{USAGE}");
                    return Ok(None);
                }
                other => return Err(other.unexpected().to_string()),
            }
        }
        Ok(Some(options))
    }

    /// Takes the name of a group, of a scenario, or of a row of one.
    pub(crate) fn name(&mut self, name: String) -> Result<(), String> {
        let scenarios = Scenario::ALL.iter().map(|scenario| scenario.name());
        let groups = Group::ALL.map(Group::name);
        let others = [
            &http::NAMES[..],
            &syscalls::NAMES,
            &traced::NAMES,
            &weight::NAMES,
        ]
        .concat();
        let mut known = scenarios.chain(groups).chain(others);
        let stem = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix));
        match known.find(|known| *known == name || Some(*known) == stem) {
            Some(known) => self.only.push(known.to_string()),
            None => {
                return Err(format!(
                    "there is no group or scenario `{name}`; the groups are {}",
                    groups.join(", ")
                ));
            }
        }
        Ok(())
    }

    /// Whether a row of a group is to be measured.
    pub(crate) fn wants(&self, name: &str, group: Group) -> bool {
        let named = |wanted: &String| wanted == name || wanted == group.name();
        self.only.is_empty() || self.only.iter().any(named)
    }

    /// What is to be measured.
    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        let all = Scenario::ALL.iter().copied();
        all.filter(|scenario| self.wants(scenario.name(), scenario.group()))
            .collect()
    }

    /// Whether instructions are counted.
    pub(crate) fn counts(&self) -> bool {
        !self.quick
    }

    /// Whether system calls, tracing and weight are measured, if they were asked for: what takes minutes and hangs on no
    /// allocator.
    pub(crate) fn extras(&self) -> bool {
        !self.quick && self.allocator == Allocator::System
    }

    /// Whether small programs are built.
    pub(crate) fn wants_weight(&self) -> bool {
        let wanted = |name: &&str| self.wants(name, Group::Weight);
        self.extras() && weight::NAMES.iter().any(wanted)
    }

    /// Who is to be measured.
    pub(crate) fn peers(&self) -> &'static [Peer] {
        if self.quick { Peer::QUICK } else { Peer::ALL }
    }

    /// Where the report goes: beside the sources when it is a whole one.
    pub(crate) fn folder(&self) -> PathBuf {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        if self.quick || !self.only.is_empty() {
            package.with_file_name("target").join("compare")
        } else {
            package.to_path_buf()
        }
    }

    /// The name of a file of the report: each allocator has its own.
    pub(crate) fn file_name(&self, stem: &str, extension: &str) -> String {
        match self.allocator.name() {
            Some(allocator) => format!("{stem}-{allocator}.{extension}"),
            None => format!("{stem}.{extension}"),
        }
    }

    /// How it was measured, for the head of the report.
    pub(crate) fn describe(&self) -> String {
        let mut words = String::from("compare");
        if self.quick {
            words.push_str(" --quick");
        }
        for name in &self.only {
            words.push_str(" --only ");
            words.push_str(name);
        }
        if let Some(allocator) = self.allocator.name() {
            words.push_str(" --allocator ");
            words.push_str(allocator);
        }
        words
    }
}

fn value(parser: &mut Parser) -> Result<String, String> {
    let value = parser.value().map_err(|error| error.to_string())?;
    value.string().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::Options;

    #[test]
    fn a_group_a_scenario_and_a_row_can_be_named() {
        let only = |names: &[&str]| {
            let mut options = Options::default();
            let named = names
                .iter()
                .try_for_each(|name| options.name(name.to_string()));
            named.map(|()| options)
        };
        let names = |names: &[&str]| -> Vec<&str> {
            let options = only(names).expect("they are known");
            let scenarios = options.scenarios().into_iter();
            scenarios.map(|scenario| scenario.name()).collect()
        };
        assert_eq!(
            names(&["memory", "spawn_join"]),
            ["spawn_join", "task_bytes", "conn_bytes"]
        );
        assert_eq!(names(&["sleep_1ms_p50"]), ["sleep_1ms"]);
        assert!(names(&["http"]).is_empty() && names(&["http_64_rate"]).is_empty());
        let unknown = only(&["nothing"]).expect_err("it is unknown");
        assert!(
            unknown.contains("`nothing`; the groups are tasks, "),
            "{unknown}"
        );
        assert!(names(&[]).len() > 20);
    }

    #[test]
    fn only_a_whole_report_goes_beside_the_sources() {
        let whole = Options::default();
        let quick = Options {
            quick: true,
            ..Options::default()
        };
        assert!(whole.folder().ends_with("benches"));
        assert!(!quick.folder().ends_with("benches"));
    }
}
