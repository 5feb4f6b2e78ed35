//! The Python programs that stand beside some of the examples tell the same stories.

use crate::program::story;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The lines of these come from two threads, or tell how late a machine is.
const IN_ANY_ORDER: [&str; 2] = ["other_threads", "rate_limit"];

#[test]
fn python_twins_tell_the_same_story() {
    let recent = "import sys; sys.exit(sys.version_info < (3, 11))";
    let asked = Command::new("python3").args(["-c", recent]).status();
    if !asked.is_ok_and(|status| status.success()) {
        println!("NOT RUN: there is no Python 3.11, which has task groups");
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(folder).expect("the folder of the examples can be read");
    let mut compared = 0;
    for entry in entries {
        let path = entry.expect("so can its entries").path();
        if path.extension().is_none_or(|extension| extension != "py") {
            continue;
        }
        let name = path.file_stem().expect("it has a name").to_string_lossy();
        let output = Command::new("python3").arg(&path).output();
        let output = output.unwrap_or_else(|error| panic!("{name}: {error}"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}.py failed: {errors}");
        let text = String::from_utf8(output.stdout).expect("a story is text");
        let mut python: Vec<_> = text.lines().map(str::to_owned).collect();
        let mut ours = story(&name, &[]);
        if IN_ANY_ORDER.contains(&&*name) {
            // The lateness is the machine's, not the program's.
            let without_lateness = |line: String| match line.split_once(" in period ") {
                Some((before, _)) => before.to_owned(),
                None => line,
            };
            for story in [&mut python, &mut ours] {
                *story = std::mem::take(story)
                    .into_iter()
                    .map(without_lateness)
                    .collect();
                story.sort();
            }
        }
        assert_eq!(ours, python, "{name}");
        compared += 1;
    }
    println!("{compared} twins compared");
    assert!(compared >= 7);
}
