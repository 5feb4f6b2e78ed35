//! Two numbered lists: what a loop like asyncio's has to offer (*feature rows*), and what hurts the
//! users of other loops (*pains*). Each number has a test, an example or a passage of the docs that
//! shows it and carries the number; this program collects them over the whole workspace, prints
//! where each is shown, and fails if one is missing.
//!
//! A line of its own in the comment carries them: `Feature row 17.`, `Feature rows 3, 142.`,
//! `Pain 12.` or `Pains 1, 2.` It counts
//!
//! - above a test, in any package;
//! - in the head of a program of `examples/` that a test runs;
//! - in the docs of a library, in an HTML comment that readers do not see, for what is shown there:
//!   a thing that cannot happen, or an asyncio function that is left out on purpose.
//!
//! Read next: `numbers/list.rs`, the lists; then `numbers/collect.rs`.

#[path = "numbers/list.rs"]
mod list;

#[path = "numbers/collect.rs"]
mod collect;

use collect::{Kind, Shown, numbers_in};
use list::{Due, ENTRIES, Entry};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const PACKAGES: &[&str] = &["runtime", "net", "http", "examples"];

#[test]
fn every_number_is_shown_somewhere() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    for package in PACKAGES {
        collect_files(&top.join(package), &mut files);
    }
    files.sort();
    let read = |file: &PathBuf| {
        let name = file.strip_prefix(top).unwrap().to_string_lossy();
        let text = fs::read_to_string(file).unwrap();
        (name.replace('\\', "/"), text)
    };
    let files: Vec<(String, String)> = files.iter().map(read).collect();
    let (places, mut findings) = shown(&files);
    findings.extend(missing(&places));
    for entry in ENTRIES {
        let where_shown = places.get(&(entry.kind, entry.number));
        let where_shown: Vec<&str> = where_shown
            .into_iter()
            .flatten()
            .map(|shown| shown.place.as_str())
            .collect();
        let waits = match entry.due {
            Due::Shown | Due::ByDocs => String::new(),
            Due::Partly(why) => format!(" ({why})"),
            Due::Waits(why) => format!(" waits for {why}"),
        };
        println!(
            "{} {}, {}:{waits} {}",
            entry.kind,
            entry.number,
            entry.meaning,
            where_shown.join(", ")
        );
    }
    let carried: usize = places.values().map(Vec::len).sum();
    println!("{} numbers, carried at {carried} places", ENTRIES.len());
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));
}

type Places = BTreeMap<(Kind, u32), Vec<Shown>>;

/// Where each number is shown, and what is wrong with the lines that carry them.
fn shown(files: &[(String, String)]) -> (Places, Vec<String>) {
    let mut places = Places::new();
    let mut findings = Vec::new();
    for (name, text) in files {
        for found in numbers_in(name, text) {
            match found {
                Ok(shown) if shown.by_program && !is_run(name, files) => {
                    findings.push(format!("{}: no test runs this program", shown.place));
                }
                Ok(shown) => places
                    .entry((shown.kind, shown.number))
                    .or_default()
                    .push(shown),
                Err(error) => findings.push(error),
            }
        }
    }
    (places, findings)
}

/// Whether a test runs this program: all of `asyncio/` by their list, others by their names.
fn is_run(name: &str, files: &[(String, String)]) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    if name.starts_with("examples/asyncio/") {
        let list = files
            .iter()
            .find(|(name, _)| name.ends_with("asyncio/main.rs"));
        return list.is_some_and(|(_, text)| text.contains(&format!("\"{file}\"")));
    }
    let stem = format!("\"{}\"", file.trim_end_matches(".rs"));
    files
        .iter()
        .any(|(name, text)| name.starts_with("examples/tests/") && text.contains(&stem))
}

/// What the lists demand and nobody shows, and what is shown and stands in no list.
fn missing(places: &Places) -> Vec<String> {
    let mut findings = Vec::new();
    for entry in ENTRIES {
        let Entry { kind, number, .. } = *entry;
        let shown = places.get(&(kind, number)).map_or(&[][..], Vec::as_slice);
        let by_test = shown.iter().any(|shown| !shown.by_docs);
        let fine = match entry.due {
            Due::Shown | Due::Partly(_) => by_test,
            Due::ByDocs => !shown.is_empty(),
            Due::Waits(_) => shown.is_empty(),
        };
        if !fine {
            let what = match entry.due {
                Due::Waits(_) => "is shown: it waits no longer",
                _ => "is shown nowhere",
            };
            findings.push(format!("{kind} {number} ({}) {what}", entry.meaning));
        }
    }
    for ((kind, number), shown) in places {
        let listed = |entry: &&Entry| (entry.kind, entry.number) == (*kind, *number);
        if !ENTRIES.iter().any(|entry| listed(&entry)) {
            findings.push(format!("{}: there is no {kind} {number}", shown[0].place));
        }
    }
    findings
}

fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace is readable") {
        let path = entry.expect("an entry is readable").path();
        let is_built = path.file_name().is_some_and(|name| name == "target");
        if path.is_dir() && !is_built {
            collect_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// A number that nobody shows, one that stands in no list, and a program that nobody runs.
#[test]
fn what_is_missing_is_found() {
    let mut places = Places::new();
    assert_eq!(
        missing(&places).len(),
        ENTRIES.iter().filter(|e| !e.waits()).count()
    );
    let shown = |kind, number, by_docs| Shown {
        kind,
        number,
        place: "here".to_string(),
        by_docs,
        by_program: false,
    };
    for entry in ENTRIES.iter().filter(|entry| !entry.waits()) {
        let by_docs = matches!(entry.due, Due::ByDocs);
        let shown = vec![shown(entry.kind, entry.number, by_docs)];
        places.insert((entry.kind, entry.number), shown);
    }
    assert_eq!(missing(&places), [""; 0]);
    // Words are no test.
    let docs = vec![shown(Kind::Pain, 12, true)];
    places.insert((Kind::Pain, 12), docs);
    assert_eq!(missing(&places).len(), 1);
    places.insert((Kind::Pain, 99), vec![shown(Kind::Pain, 99, false)]);
    assert_eq!(missing(&places).len(), 2);

    let program = |name: &str| (name.to_string(), "//! Feature row 1.\n".to_string());
    let files = [program("examples/alone.rs")];
    assert_eq!(
        shown_findings(&files),
        ["examples/alone.rs:1: no test runs this program"]
    );
    let test = (
        "examples/tests/all.rs".to_string(),
        "run(\"alone\")".to_string(),
    );
    let files = [program("examples/alone.rs"), test];
    assert_eq!(shown_findings(&files), [""; 0]);
}

fn shown_findings(files: &[(String, String)]) -> Vec<String> {
    shown(files).1
}
