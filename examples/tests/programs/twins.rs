//! The Python programs that stand beside some of the examples tell the same stories.

use crate::program::story;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

/// The lines of these come from two threads or sockets, or tell how late a machine is.
const IN_ANY_ORDER: [&str; 4] = ["line_server", "other_threads", "rate_limit", "tls_echo"];

#[test]
fn python_twins_tell_the_same_story() {
    let recent = "import sys; sys.exit(sys.version_info < (3, 11))";
    let asked = Command::new("python3").args(["-c", recent]).status();
    if !asked.is_ok_and(|status| status.success()) {
        let text = "NOT RUN: there is no Python 3.11, which has task groups";
        assert!(std::env::var_os("CI").is_none(), "{text}");
        println!("{text}");
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(folder).expect("the folder of the examples can be read");
    let paths = entries.map(|entry| entry.expect("so can its entries").path());
    let is_python = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "py");
    let twins: Vec<PathBuf> = paths.filter(is_python).collect();
    // They sleep most of the time, so they may as well do it side by side.
    thread::scope(|scope| {
        for twin in &twins {
            scope.spawn(|| compare(twin));
        }
    });
    println!("{} twins compared", twins.len());
    assert!(twins.len() >= 8);
}

fn compare(twin: &Path) {
    let name = twin.file_stem().expect("it has a name").to_string_lossy();
    let output = Command::new("python3").arg(twin).output();
    let output = output.unwrap_or_else(|error| panic!("{name}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}.py failed: {errors}");
    let text = String::from_utf8(output.stdout).expect("a story is text");
    let python = text.lines().map(str::to_owned).collect();
    let [ours, python] = [story(&name, &[]), python].map(|story: Vec<String>| {
        if !IN_ANY_ORDER.contains(&&*name) {
            return story;
        }
        // The lateness is the machine's, not the program's.
        let without_lateness = |line: &String| match line.split_once(" in period ") {
            Some((before, _)) => before.to_owned(),
            None => line.clone(),
        };
        let mut story: Vec<_> = story.iter().map(without_lateness).collect();
        story.sort();
        story
    });
    assert_eq!(ours, python, "{name}");
}

#[test]
fn the_program_of_twins_tells_its_usage_when_it_is_asked_to() {
    let program = env!("CARGO_BIN_EXE_asyncio");
    for option in ["--help", "-h"] {
        let output = Command::new(program).arg(option).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.status.success() && text.starts_with("usage: asyncio"),
            "{text}"
        );
    }
    let output = Command::new(program).arg("nonesuch").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && text.contains("usage: asyncio"),
        "{text}"
    );
}
