//! The registry: which scenario covers which public item, held against the list from the sources; and
//! the run of all of them. Next: the tables of scenarios.

use crate::public_async::{File, public_async_items};
use oneloop::testing::EveryAwait;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

/// One scenario.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    name: &'static str,
    /// How often its subject waits, at least: so that no await in it is passed over unseen.
    suspensions: usize,
    /// The items that it awaits, as `public_async` names them.
    covers: &'static [&'static str],
    run: fn() -> EveryAwait,
}

impl Row {
    pub(crate) const fn new(
        name: &'static str,
        suspensions: usize,
        covers: &'static [&'static str],
        run: fn() -> EveryAwait,
    ) -> Row {
        Row {
            name,
            suspensions,
            covers,
            run,
        }
    }
}

/// A handle for each of the three parts of a scenario.
pub(crate) fn three<T>(value: T) -> (Rc<T>, Rc<T>, Rc<T>) {
    let value = Rc::new(value);
    (value.clone(), value.clone(), value)
}

/// Says which public items no row covers, and which names in the rows are those of no item.
pub(crate) fn findings(items: &BTreeSet<String>, rows: &[Row]) -> Vec<String> {
    let covered: BTreeSet<&str> = rows.iter().flat_map(|row| row.covers).copied().collect();
    let missing = items.iter().filter(|item| !covered.contains(item.as_str()));
    let unknown = covered.iter().filter(|name| !items.contains(**name));
    let missing = missing.map(|item| format!("no scenario interrupts `{item}`: add one"));
    let unknown = unknown.map(|name| format!("a scenario names `{name}`, which is no public item"));
    missing.chain(unknown).collect()
}

/// Holds the rows against the library whose sources lie in `folder`, and runs them. `absent` are the
/// files, and the folders with a `/` behind, that were left out of the build.
pub(crate) fn check(folder: &str, absent: &[&str], rows: &[Row]) {
    let top = Path::new(folder);
    let mut files = Vec::new();
    collect(top, top, &mut files);
    let is_absent =
        |path: &str, part: &str| path == part || (part.ends_with('/') && path.starts_with(part));
    files.retain(|file| !absent.iter().any(|part| is_absent(&file.path, part)));
    let items = public_async_items(&files);
    assert!(
        items.len() > 20,
        "only {} public items await: are these the sources?",
        items.len()
    );
    let findings = findings(&items, rows);
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));

    let (mut suspensions, mut interruptions) = (0, 0);
    for row in rows {
        eprint!("{}: ", row.name);
        let before = descriptors();
        let every = (row.run)();
        eprintln!(
            "{} suspensions, {} interruptions",
            every.suspensions, every.interruptions
        );
        // A thread that is just ending may hold the last piece of a loop.
        for _ in 0..1000 {
            if descriptors() > before {
                thread::sleep(Duration::from_millis(1));
            }
        }
        assert_eq!(descriptors(), before, "descriptors are left: {}", row.name);
        assert!(
            every.suspensions >= row.suspensions,
            "`{}` waits {} times only",
            row.name,
            every.suspensions
        );
        suspensions += every.suspensions;
        interruptions += every.interruptions;
    }
    assert!(suspensions > 0 && interruptions > suspensions);
    println!(
        "every await: {} public items, {} scenarios, {suspensions} suspensions, \
         {interruptions} interruptions in runs of their own",
        items.len(),
        rows.len()
    );
}

fn collect(top: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("the sources are readable") {
        let path = entry.expect("an entry is readable").path();
        if path.is_dir() {
            collect(top, &path, files);
        } else {
            let below = path.strip_prefix(top).expect("it was found below the top");
            files.push(File {
                path: below.to_string_lossy().replace('\\', "/"),
                text: fs::read_to_string(&path).expect("a source is readable text"),
            });
        }
    }
}

/// How many descriptors the process has open; `None` where the system does not tell. Nothing else may
/// open any meanwhile, so all rows run in one test.
fn descriptors() -> Option<usize> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count())
}

mod tests {
    use super::*;

    const ROWS: &[Row] = &[Row::new("two", 1, &["sync::Lock::lock", "sleep"], || {
        unreachable!("nobody runs it")
    })];

    #[test]
    fn an_item_without_a_scenario_and_a_scenario_without_an_item_are_found() {
        let found = |items: &[&str]| {
            let items = items.iter().map(|item| item.to_string()).collect();
            findings(&items, ROWS)
        };
        assert!(found(&["sleep", "sync::Lock::lock"]).is_empty());
        assert_eq!(
            found(&["sleep", "gather"]),
            [
                "no scenario interrupts `gather`: add one",
                "a scenario names `sync::Lock::lock`, which is no public item",
            ]
        );
    }
}
