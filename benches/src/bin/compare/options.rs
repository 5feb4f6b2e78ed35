//! What the command line says.

use std::path::{Path, PathBuf};

use lexopt::{Arg, Parser, ValueExt};
use oneloop_benches::peer::Peer;
use oneloop_benches::scenario::{Group, Scenario};

use crate::http;

pub(crate) const USAGE: &str = "usage: compare [--quick] [--json FILE] [--only GROUP|SCENARIO]... [--allocator system|mimalloc]";

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
                Arg::Long("only") => options.only.push(value(&mut parser)?),
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
        options.known().map(|()| Some(options))
    }

    /// Whether everything named by `--only` exists.
    fn known(&self) -> Result<(), String> {
        let groups = Group::ALL.map(Group::name);
        let unknown = |name: &&String| {
            !groups.contains(&name.as_str())
                && !http::NAMES.contains(&name.as_str())
                && Scenario::from_name(name).is_none()
        };
        match self.only.iter().find(unknown) {
            Some(name) => Err(format!(
                "there is no group or scenario `{name}`; the groups are {}",
                groups.join(", ")
            )),
            None => Ok(()),
        }
    }

    /// What is to be measured.
    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        let wanted = |scenario: &Scenario| {
            let named = |name: &String| name == scenario.name() || name == scenario.group().name();
            self.only.is_empty() || self.only.iter().any(named)
        };
        Scenario::ALL.iter().copied().filter(wanted).collect()
    }

    /// Whether a row of HTTP is to be measured.
    pub(crate) fn wants_http(&self, name: &str) -> bool {
        let named = |wanted: &String| wanted == name || wanted == Group::Http.name();
        self.only.is_empty() || self.only.iter().any(named)
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
    fn a_group_and_a_scenario_can_be_named() {
        let only = |names: &[&str]| Options {
            only: names.iter().map(|name| name.to_string()).collect(),
            ..Options::default()
        };
        let names = |options: Options| -> Vec<&str> {
            let scenarios = options.scenarios().into_iter();
            scenarios.map(|scenario| scenario.name()).collect()
        };
        assert_eq!(
            names(only(&["memory", "spawn_join"])),
            ["spawn_join", "task_bytes", "conn_bytes"]
        );
        assert!(only(&["nothing"]).known().is_err());
        assert!(names(only(&[])).len() > 20);
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
