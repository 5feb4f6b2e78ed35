//! What a small program weighs: an echo server of ours and the same on tokio's current-thread runtime, each as a package
//! of its own, as its user would have it. Bytes are ranked; crates and the time of a clean build are shown only.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use oneloop_benches::cargo;
use oneloop_benches::scenario::Group;

use crate::options::Options;
use crate::processes::failed;
use crate::rows::{Better, Row, Samples, cells};

/// The rows.
pub(crate) const NAMES: [&str; 3] = ["binary_bytes", "crates", "build_time"];

const UNITS: [&str; 3] = ["bytes", "crates", "s"];

/// The two programs: whose they are, what they depend on, and their sources.
const PROGRAMS: [(&str, &str, &str); 2] = [
    (
        "oneloop",
        "oneloop = { path = \"TOP/runtime\" }\noneloop-net = { path = \"TOP/net\", default-features = false }\n",
        include_str!("../../../../examples/echo_server.rs"),
    ),
    (
        "tokio",
        "tokio = { version = \"1\", default-features = false, features = [\"io-util\", \"net\", \"rt\"] }\n",
        include_str!("../echo_tokio.rs"),
    ),
];

/// As profile `small` of the workspace.
const PROFILE: &str = "[profile.release]\nlto = \"fat\"\ncodegen-units = 1\nopt-level = \"s\"\npanic = \"abort\"\nstrip = true\n";

/// Builds both programs, if any row of them was asked for.
pub(crate) fn measure(options: &Options) -> Vec<Row> {
    if !options.wants_weight() {
        return Vec::new();
    }
    let weighed = PROGRAMS.map(|(peer, dependencies, source)| {
        eprintln!("building an echo server on {peer}, from nothing");
        (peer, weigh(peer, dependencies, source))
    });
    let row = |place: usize| {
        let sample = |(peer, numbers): &(&'static str, Result<[f64; 3], String>)| {
            let numbers = numbers.as_ref().map(|numbers| vec![numbers[place]]);
            (*peer, numbers.map_err(String::clone))
        };
        let base = if NAMES[place] == "binary_bytes" {
            "tokio"
        } else {
            ""
        };
        Row {
            name: NAMES[place].to_string(),
            scenario: None,
            group: Group::Weight,
            unit: UNITS[place],
            better: Better::Less,
            base,
            samples: Samples::Rounds,
            cells: cells(base, Better::Less, weighed.iter().map(sample).collect()),
        }
    };
    let wanted = |place: &usize| options.wants(NAMES[*place], Group::Weight);
    (0..NAMES.len()).filter(wanted).map(row).collect()
}

/// Bytes, crates and seconds of a program.
fn weigh(peer: &str, dependencies: &str, source: &str) -> Result<[f64; 3], String> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("");
    let folder = top.join("target/compare/weight").join(peer);
    let written = write(&folder, &top, dependencies, source);
    written.map_err(|error| failed(&format!("{}: {error}", folder.display())))?;
    let manifest = folder.join("Cargo.toml");
    // What is not on this machine yet is fetched now: a network has no place in the time.
    cargo(&manifest, &["fetch", "--quiet"])?;
    let start = Instant::now();
    cargo(&manifest, &["build", "--release", "--quiet"])?;
    let time: Duration = start.elapsed();
    let bytes = fs::metadata(folder.join("target/release/weighed"));
    let tree = cargo(&manifest, &["tree", "--edges=normal", "--prefix=none"])?;
    let crates: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(" (").next())
        .collect();
    Ok([
        bytes.map_err(|error| failed(&error))?.len() as f64,
        // Without the program itself.
        crates.len() as f64 - 1.0,
        time.as_secs_f64(),
    ])
}

/// Writes the package, with the versions of this workspace, and nothing built.
fn write(folder: &Path, top: &Path, dependencies: &str, source: &str) -> std::io::Result<()> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder)?;
    let dependencies = dependencies.replace("TOP", &top.display().to_string());
    let manifest = format!(
        "[package]\nname = \"weighed\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [[bin]]\nname = \"weighed\"\npath = \"main.rs\"\n\n\
         [dependencies]\n{dependencies}\n{PROFILE}\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("main.rs"), source)?;
    fs::copy(top.join("Cargo.lock"), folder.join("Cargo.lock")).map(|_| ())
}

/// Runs cargo on the package and returns what it printed.
fn cargo(manifest: &PathBuf, arguments: &[&str]) -> Result<String, String> {
    let mut command: Command = cargo::cargo();
    command
        .arg(arguments[0])
        .arg("--manifest-path")
        .arg(manifest);
    command.args(&arguments[1..]).env_remove("RUSTFLAGS");
    command.env("CARGO_TARGET_DIR", manifest.with_file_name("target"));
    let output = command.output().map_err(|error| failed(&error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty());
    let what = format!("cargo {}: {}", arguments[0], last.unwrap_or("it failed"));
    Err(failed(&what))
}
