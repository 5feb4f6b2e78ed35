//! What the command line says.

use std::path::{Path, PathBuf};

use lexopt::{Arg, Parser, ValueExt};
use oneloop_benches::peer::Peer;
use oneloop_benches::scenario::{Group, Scenario};

use crate::{http, syscalls, traced, weight};

pub(crate) const USAGE: &str = "usage: compare [--quick] [--json FILE] [--against FILE] [--only GROUP|SCENARIO]... [--allocator system|mimalloc] [--help]";

/// What `--help` says before the names that `--only` takes.
const HELP: &str = "
Measures oneloop beside other runtimes, taking turns, and writes tables, pictures and, where asked for, JSON: a whole run
to benches/RESULTS.md and benches/pictures, with --quick or --only to target/compare. It builds the workers it needs.

  --quick            oneloop, tokio, hyper and the floor only, within two minutes; no instructions, system calls,
                     tracing and weight
  --json FILE        write the numbers with all samples, too
  --against FILE     say where the run that wrote this JSON disagrees
  --only NAME        measure this group, scenario or row only; more than once for several
  --allocator NAME   link the workers with mimalloc; no system calls, tracing and weight, which hang on none

Groups, and what is in each:
";

/// What stands behind the name of a scenario in the name of a row, where it is no system call's kind.
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
        Options::parse(Parser::from_env())
    }

    fn parse(mut parser: Parser) -> Result<Option<Options>, String> {
        let mut options = Options::default();
        while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
            match argument {
                Arg::Long("quick") => options.quick = true,
                Arg::Long("json") => options.json = Some(file(&mut parser)?),
                Arg::Long("against") => options.against = Some(file(&mut parser)?),
                Arg::Long("only") => options.name(value(&mut parser)?)?,
                Arg::Long("allocator") => {
                    options.allocator = match value(&mut parser)?.as_str() {
                        "system" => Allocator::System,
                        "mimalloc" => Allocator::Mimalloc,
                        other => return Err(format!("there is no allocator `{other}` here")),
                    }
                }
                Arg::Long("help") | Arg::Short('h') => {
                    print!("{USAGE}\n{HELP}{}", names());
                    return Ok(None);
                }
                other => return Err(other.unexpected().to_string()),
            }
        }
        options.look_for_what_is_left_out()?;
        Ok(Some(options))
    }

    /// An error where something is asked for by name that these options leave out.
    fn look_for_what_is_left_out(&self) -> Result<(), String> {
        let left_out = |name: &&String| EXTRAS.iter().any(|&group| in_group(name, group));
        match self.only.iter().find(left_out) {
            Some(name) if !self.extras() => Err(format!(
                "`{name}` is left out with --quick, and with another allocator"
            )),
            _ => Ok(()),
        }
    }

    /// Takes the name of a group, of a scenario, or of a row of one.
    pub(crate) fn name(&mut self, name: String) -> Result<(), String> {
        let groups = Group::ALL.map(Group::name);
        let mut known = Group::ALL.into_iter().flat_map(names_in).chain(groups);
        let mut suffixes = SUFFIXES.iter().chain(&syscalls::KINDS[1..]);
        let stem = suffixes.find_map(|suffix| name.strip_suffix(suffix));
        match known.find(|known| *known == name || Some(*known) == stem) {
            Some(known) => self.only.push(known.to_string()),
            None => {
                return Err(format!(
                    "there is no group or scenario `{name}`; the groups are {}, and --help names the rest",
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

    /// Whether the report is a whole one.
    fn is_whole(&self) -> bool {
        !self.quick && self.only.is_empty()
    }

    /// Where the report goes: beside the sources when it is a whole one.
    pub(crate) fn folder(&self) -> PathBuf {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        match self.is_whole() {
            true => package.to_path_buf(),
            false => package.with_file_name("target").join("compare"),
        }
    }

    /// The way from that folder to the page that says how to read the report.
    pub(crate) fn readme(&self) -> &'static str {
        match self.is_whole() {
            true => "README.md",
            false => "../../benches/README.md",
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

fn file(parser: &mut Parser) -> Result<PathBuf, String> {
    let value = value(parser)?;
    match value.starts_with("--") {
        true => Err(format!(
            "a file is wanted, and `{value}` is an option; a file of that name is `./{value}`"
        )),
        false => Ok(value.into()),
    }
}

/// The groups that a quick run leaves out.
const EXTRAS: [Group; 3] = [Group::Syscalls, Group::Trace, Group::Weight];

/// The names in a group, in the order of the report.
fn names_in(group: Group) -> Vec<&'static str> {
    let scenarios = Scenario::ALL.iter().filter(|of| of.group() == group);
    let others: &[&str] = match group {
        Group::Http => &http::NAMES,
        Group::Syscalls => &syscalls::NAMES,
        Group::Trace => &traced::NAMES,
        Group::Weight => &weight::NAMES,
        _ => &[],
    };
    let names = scenarios.map(|scenario| scenario.name());
    names.chain(others.iter().copied()).collect()
}

/// Whether a name is a group's, or one in it.
fn in_group(name: &str, group: Group) -> bool {
    name == group.name() || names_in(group).contains(&name)
}

/// Every group with its names, a line each.
fn names() -> String {
    let line = |group| {
        format!(
            "  {:<10} {}\n",
            Group::name(group),
            names_in(group).join(" ")
        )
    };
    Group::ALL.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::{Allocator, Options, Parser, names};

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
        let kind = only(&["syscalls_64_read"]).expect("it is a row");
        assert_eq!(kind.only, ["syscalls_64"]);
        let unknown = only(&["nothing"]).expect_err("it is unknown");
        assert!(
            unknown.contains("`nothing`; the groups are tasks, "),
            "{unknown}"
        );
        assert!(names(&[]).len() > 20);
    }

    #[test]
    fn an_option_is_not_taken_for_the_name_of_a_file() {
        let parse = |words: &[&str]| Options::parse(Parser::from_args(words));
        let text = parse(&["--json", "--quick"]).expect_err("no file is named");
        assert!(text.contains("`--quick` is an option"), "{text}");
        let options = parse(&["--json", "./--quick", "--quick"]).expect("a file is named");
        let options = options.expect("no help was asked for");
        assert!(options.quick && options.json == Some("./--quick".into()));
    }

    #[test]
    fn what_is_left_out_cannot_be_asked_for_by_name() {
        let read = |quick, allocator, name: &str| {
            let mut options = Options {
                quick,
                allocator,
                ..Options::default()
            };
            options.name(name.to_string()).expect("it is known");
            options.look_for_what_is_left_out()
        };
        assert!(read(true, Allocator::System, "syscalls").is_err());
        assert!(read(true, Allocator::System, "crates").is_err());
        assert!(read(false, Allocator::Mimalloc, "trace_pingpong").is_err());
        assert!(read(false, Allocator::System, "syscalls").is_ok());
        assert!(read(true, Allocator::Mimalloc, "http_64_rate").is_ok());
    }

    #[test]
    fn the_help_has_every_group_with_its_names() {
        let text = names();
        assert_eq!(text.lines().count(), 11);
        assert!(
            text.contains("  memory     task_bytes conn_bytes\n"),
            "{text}"
        );
        assert!(text.contains(" tls_handshake "), "{text}");
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
