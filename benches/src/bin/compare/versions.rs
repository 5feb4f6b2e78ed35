//! What was compared: the versions of the packages that took part, from the lock file, and of the tools, from themselves.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Report;
use crate::options::Allocator;
use crate::rows::Row;
use crate::servers;
use crate::verdict::OURS;

/// The packages that the numbers of a column rest on, its own first; nginx and Python stand among the tools.
fn of_column(column: &str) -> &'static [&'static str] {
    match column {
        "oneloop" | "oneloop-trace" | "oneloop-observed" => &["oneloop", "mio"],
        "tokio" | "tokio-localset" | "tokio-plain" | "tokio-multi" => &["tokio"],
        "smol" => &["async-executor", "async-io"],
        "futures" => &["futures", "futures-util"],
        "monoio" | "monoio-uring" => &["monoio"],
        "compio" => &["compio"],
        "glommio" => &["glommio"],
        "hyper" => &["hyper", "hyper-util", "tokio"],
        "hyper-util" => &["hyper-util", "hyper", "tokio", "futures-util"],
        "actix-web" => &["actix-web", "tokio"],
        "reqwest" => &["reqwest", "hyper", "tokio", "futures-util"],
        "tokio-rustls" => &["tokio-rustls", "rustls", "tokio"],
        "floor" => &["mio"],
        _ => &[],
    }
}

/// What the columns of a row need for that row alone.
fn of_row(row: &Row) -> &'static [&'static str] {
    match row.name.as_str() {
        // The others have no `gather`, and take `join_all`.
        "gather_1000" => &["futures-util"],
        name if name.starts_with("tls_") => &["rustls"],
        _ => &[],
    }
}

/// The packages that took part in a run: a version of what was not measured would tell a reader that it was.
fn packages(report: &Report) -> Vec<&'static str> {
    // What all is about, even where it failed.
    let mut packages = vec![OURS];
    let mut add = |more: &[&'static str]| {
        for package in more {
            if !packages.contains(package) {
                packages.push(package);
            }
        }
    };
    for row in &report.rows {
        for (column, outcome) in &row.cells {
            if outcome.is_ok() {
                add(of_column(column));
                add(of_row(row));
            }
        }
    }
    let mimalloc = Allocator::Mimalloc.name();
    packages.extend(mimalloc.filter(|name| report.machine.allocator == *name));
    packages
}

/// Names and versions for the head of the report.
pub(crate) fn all(report: &Report) -> Vec<(String, String)> {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("Cargo.lock");
    let lock = fs::read_to_string(lock).unwrap_or_default();
    let package = |name: &str| Some(format!("{name} {}", locked(&lock, name)?));
    let packages: Vec<String> = packages(report).into_iter().filter_map(package).collect();
    let rustc = said(Command::new("rustc").arg("--version"));
    let nginx = servers::nginx().and_then(|nginx| said(Command::new(nginx).arg("-v")));
    let tools = [
        said(Command::new("wrk").arg("--version")).map(|text| until(&text, " [")),
        nginx.map(|text| text.replace("nginx version: ", "")),
        said(Command::new("valgrind").arg("--version")),
        said(Command::new("strace").arg("-V")).map(|text| text.replace(" -- version", "")),
        said(Command::new("python3").arg("--version")),
    ];
    let tools: Vec<String> = tools.into_iter().flatten().collect();
    let rows = [
        ("compiler", rustc.unwrap_or_else(|| "unknown".to_string())),
        ("packages", packages.join(", ")),
        ("tools", tools.join(", ")),
    ];
    rows.map(|(what, version)| (what.to_string(), version))
        .into()
}

/// The first line that a program writes.
fn said(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    Some(text.lines().next()?.trim().to_string())
}

fn until(text: &str, end: &str) -> String {
    text.split(end).next().unwrap_or(text).to_string()
}

/// The version of a package in the lock file; of several the last, which is the newest.
fn locked<'l>(lock: &'l str, name: &str) -> Option<&'l str> {
    let head = format!("name = \"{name}\"");
    let mut lines = lock.lines();
    let mut version = None;
    while let Some(line) = lines.next() {
        if line == head {
            version = lines
                .next()?
                .strip_prefix("version = \"")?
                .strip_suffix('"');
        }
    }
    version
}

#[cfg(test)]
mod tests {
    use std::fs;

    use oneloop_benches::machine;
    use oneloop_benches::peer::Peer;
    use oneloop_benches::scenario::Group;

    use super::{locked, of_column, packages};
    use crate::options::Options;
    use crate::rows::{Better, Row};
    use crate::{Report, http};

    /// The packages of a run with one row, in which only these columns have numbers.
    fn of_run(row: &str, measured: &[&'static str], allocator: Option<&str>) -> Vec<&'static str> {
        let number = |column: &&'static str| (*column, Ok(vec![vec![1.0]; 5]));
        let mut outcomes: Vec<_> = measured.iter().map(number).collect();
        outcomes.push(("glommio", Err("not built".to_string())));
        let better = Better::Less;
        let row = Row::of_one(row, Group::Tasks, "ns", "oneloop", better, outcomes);
        packages(&Report {
            machine: machine::describe_with(allocator),
            settings: String::new(),
            rows: vec![row],
            beside_earlier: None,
        })
    }

    #[test]
    fn only_packages_that_took_part_are_named() {
        let columns = [
            "oneloop",
            "tokio-localset",
            "tokio-plain",
            "smol",
            "asyncio",
        ];
        let mut expected = vec!["oneloop", "mio", "tokio", "async-executor", "async-io"];
        assert_eq!(of_run("spawn_join", &columns, None), expected);
        // tokio has no `gather`.
        expected.insert(2, "futures-util");
        assert_eq!(of_run("gather_1000", &columns, None), expected);
        let with_mimalloc = of_run("spawn_join", &["oneloop"], Some("mimalloc"));
        assert_eq!(with_mimalloc, ["oneloop", "mio", "mimalloc"]);
        let of_tls = of_run("tls_bulk", &["oneloop"], None);
        assert_eq!(of_tls, ["oneloop", "mio", "rustls"]);
        // Where nothing has a number, it is still known what was to be measured.
        assert_eq!(of_run("gather_1000", &[], None), ["oneloop"]);
    }

    #[test]
    fn every_column_has_packages_and_each_stands_in_the_lock_file() {
        let lock = fs::read_to_string("../Cargo.lock").expect("it is in the top folder");
        let not_built = Err("it is a test".to_string());
        let of_http = http::measure(&Options::default(), &not_built);
        let of_http = of_http.iter().flat_map(|row| &row.cells);
        let columns = Peer::ALL.iter().map(|peer| peer.name());
        let columns = columns.chain(of_http.map(|(column, _)| *column));
        for column in columns.chain(["tokio", "oneloop-trace", "oneloop-observed"]) {
            let packages = of_column(column);
            let is_tool = ["asyncio", "uvloop", "nginx"].contains(&column);
            assert_eq!(packages.is_empty(), is_tool, "{column}");
            for package in packages {
                assert!(locked(&lock, package).is_some(), "{package}");
            }
        }
    }

    #[test]
    fn a_version_is_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"nix\"\nversion = \"0.26.4\"\n\n\
                    [[package]]\nname = \"nix\"\nversion = \"0.31.1\"\n\n\
                    [[package]]\nname = \"nixpkgs\"\nversion = \"7.0.0\"\n";
        assert_eq!(locked(lock, "nix"), Some("0.31.1"));
        assert_eq!(locked(lock, "tokio"), None);
    }
}
