//! The rules that look at one line, or one file, at a time: where `unsafe`, thread-locals and
//! certain crates may be named, how long a file may be, and what must not be left behind.
//! Next: `layers.rs`, which module may name which.

use crate::source::{Finding, Source, has_word};

/// The only folder with `unsafe` in it; what it relies on is argued there, block by block.
const UNSAFE_FOLDER: &str = "runtime/src/task/raw/";

/// A crate that only one folder of a package may name, so that it can be exchanged there.
const BORDERS: &[(&str, &str, &str)] = &[
    ("runtime/src/", "mio", "runtime/src/reactor/"),
    ("net/src/", "rustls", "net/src/tls/"),
    ("http/src/", "httparse", "http/src/wire/"),
];

/// The files that may hold a `thread_local!`: the loop entered on this thread, and the thread's id.
/// The third declares, for both, the macro that takes loom's thread-locals under loom.
const THREAD_LOCALS: &[&str] = &[
    "runtime/src/context.rs",
    "runtime/src/task/owner.rs",
    "runtime/src/task/sync.rs",
];

/// How many lines a file may have before it needs a place in [`LONG_FILES`]: about 400.
const LINES: usize = 420;

/// Files that are longer, how long they may be, and why they are not split.
const LONG_FILES: &[(&str, usize, &str)] = &[];

pub(crate) fn unsafe_stays_in_one_folder(source: &Source) -> Vec<Finding> {
    if source.path.starts_with(UNSAFE_FOLDER) {
        return Vec::new();
    }
    let mut findings = source.find(true, "`unsafe` outside runtime/src/task/raw", |code| {
        has_word(code, "unsafe")
    });
    findings.extend(
        source.find(true, "this attribute belongs to task/raw alone", |code| {
            has_word(code, "unsafe_code") && code.contains("allow(")
        }),
    );
    findings
}

/// The root of each library but the runtime, and of each program, forbids `unsafe`; the runtime
/// cannot, since `forbid` admits no exception: the workspace's lint table denies it there.
pub(crate) fn crate_roots_forbid_unsafe(source: &Source) -> Vec<Finding> {
    let root = ["/src/lib.rs", "/src/main.rs"]
        .iter()
        .any(|end| source.path.ends_with(end));
    let exempt = source.path.starts_with("runtime/");
    let forbids = |code: &str| code.starts_with("#![forbid(unsafe_code)]");
    if !root || exempt || source.lines.iter().any(|line| forbids(&line.code)) {
        return Vec::new();
    }
    vec![source.finding(0, "this crate root lacks `#![forbid(unsafe_code)]`")]
}

pub(crate) fn thread_locals_stay_in_two_files(source: &Source) -> Vec<Finding> {
    if !source.in_library() || THREAD_LOCALS.contains(&source.path.as_str()) {
        return Vec::new();
    }
    let text = "`thread_local!` outside context.rs and task/owner.rs";
    source.find(false, text, |code| {
        has_word(code, "thread_local") || has_word(code, "thread_local_cell")
    })
}

pub(crate) fn crates_are_named_in_their_folder_only(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (package, name, folder) in BORDERS {
        if source.path.starts_with(package) && !source.path.starts_with(folder) {
            let text = format!("`{name}` is named outside {folder}");
            findings.extend(source.find(false, &text, |code| names_crate(code, name)));
        }
    }
    if source.in_library() && !source.path.contains("/tokio") {
        let text = "`tokio` is named in a library";
        findings.extend(source.find(false, text, |code| names_crate(code, "tokio")));
    }
    findings
}

/// Whether the code says `name::…` or `use name`, rather than calling some value by that name.
fn names_crate(code: &str, name: &str) -> bool {
    has_word(code, name)
        && (code.contains(&format!("{name}::"))
            || code.contains(&format!("use {name}"))
            || code.contains(&format!("extern crate {name}")))
}

/// `http/src/wire` takes bytes and gives values: nothing in it waits, reads or writes.
pub(crate) fn wire_is_pure(source: &Source) -> Vec<Finding> {
    if !source.path.starts_with("http/src/wire/") {
        return Vec::new();
    }
    let impure = |code: &str| {
        let words = ["async", "await", "futures_io", "oneloop", "oneloop_net"];
        let paths = ["std::io", "std::net", "std::fs", "std::os", "std::thread"];
        words.iter().any(|word| has_word(code, word)) || paths.iter().any(|p| code.contains(p))
    };
    source.find(false, "wire/ has no `async` and no I/O", impure)
}

pub(crate) fn files_are_short(source: &Source) -> Vec<Finding> {
    let lines = source.lines.len();
    let listed = LONG_FILES.iter().find(|(path, ..)| *path == source.path);
    match listed {
        Some((_, most, _)) if lines > *most => {
            let text =
                format!("{lines} lines, and LONG_FILES in tests/tidy/rules.rs allows {most}");
            vec![source.finding(lines - 1, text)]
        }
        Some(_) if lines <= LINES => {
            let text = "short enough: take it off LONG_FILES in tests/tidy/rules.rs";
            vec![source.finding(lines.saturating_sub(1), text)]
        }
        None if lines > LINES => {
            let text = format!("{lines} lines: split it where a second concept begins");
            vec![source.finding(lines - 1, text)]
        }
        _ => Vec::new(),
    }
}

pub(crate) fn nothing_is_left_behind(source: &Source) -> Vec<Finding> {
    let macros = ["todo", "unimplemented", "dbg"];
    source.find(true, "left behind", |code| {
        let called = |name: &str| code.contains(&format!("{name}!")) && has_word(code, name);
        macros.iter().any(|name| called(name))
            || code.contains("#[ignore")
            || (code.contains("allow(") && has_word(code, "dead_code"))
    })
}

mod tests {
    use super::*;

    type Rule = fn(&Source) -> Vec<Finding>;

    fn count(rule: Rule, path: &str, text: &str) -> usize {
        rule(&Source::new(path, text)).len()
    }

    /// Each row: a rule, a file, a text, and how many findings are due.
    #[test]
    fn each_rule_finds_what_it_is_for_and_nothing_else() {
        let rows: &[(Rule, &str, &str, usize)] = &[
            (
                unsafe_stays_in_one_folder,
                "net/src/a.rs",
                "unsafe { f() }",
                1,
            ),
            (
                unsafe_stays_in_one_folder,
                "net/src/a.rs",
                "// unsafe\n\"unsafe\"",
                0,
            ),
            (
                unsafe_stays_in_one_folder,
                "net/src/a.rs",
                "#![allow(unsafe_code)]",
                1,
            ),
            (
                unsafe_stays_in_one_folder,
                "net/src/a.rs",
                "#![forbid(unsafe_code)]",
                0,
            ),
            (
                unsafe_stays_in_one_folder,
                "runtime/src/task/raw/mod.rs",
                "unsafe {}",
                0,
            ),
            (
                unsafe_stays_in_one_folder,
                "runtime/tests/a.rs",
                "unsafe {}",
                1,
            ),
            (crate_roots_forbid_unsafe, "net/src/lib.rs", "//! Net.", 1),
            (
                crate_roots_forbid_unsafe,
                "net/src/lib.rs",
                "#![forbid(unsafe_code)]",
                0,
            ),
            (
                crate_roots_forbid_unsafe,
                "net/src/lib.rs",
                "// #![forbid(unsafe_code)]",
                1,
            ),
            (crate_roots_forbid_unsafe, "net/src/tcp.rs", "//! TCP.", 0),
            (
                thread_locals_stay_in_two_files,
                "net/src/a.rs",
                "thread_local! {}",
                1,
            ),
            (
                thread_locals_stay_in_two_files,
                "runtime/src/context.rs",
                "thread_local! {}",
                0,
            ),
            (
                thread_locals_stay_in_two_files,
                "examples/a.rs",
                "thread_local! {}",
                0,
            ),
            (
                crates_are_named_in_their_folder_only,
                "runtime/src/handle.rs",
                "use mio::Token;",
                1,
            ),
            (
                crates_are_named_in_their_folder_only,
                "runtime/src/handle.rs",
                "let mio = 1;",
                0,
            ),
            (
                crates_are_named_in_their_folder_only,
                "runtime/src/reactor/mod.rs",
                "use mio::Token;",
                0,
            ),
            (
                crates_are_named_in_their_folder_only,
                "http/src/server/head.rs",
                "httparse::Request",
                1,
            ),
            (
                crates_are_named_in_their_folder_only,
                "http/src/wire/parse.rs",
                "httparse::Request",
                0,
            ),
            (
                crates_are_named_in_their_folder_only,
                "net/src/tcp.rs",
                "use rustls::X;\nuse mio::Y;",
                1,
            ),
            (
                crates_are_named_in_their_folder_only,
                "net/src/tcp.rs",
                "use tokio::net;",
                1,
            ),
            (
                crates_are_named_in_their_folder_only,
                "benches/src/lib.rs",
                "use tokio::net;",
                0,
            ),
            (wire_is_pure, "http/src/wire/parse.rs", "async fn f() {}", 1),
            (wire_is_pure, "http/src/wire/parse.rs", "f().await", 1),
            (
                wire_is_pure,
                "http/src/wire/parse.rs",
                "use std::io::Read;",
                1,
            ),
            (wire_is_pure, "http/src/wire/parse.rs", "use std::fmt;", 0),
            (wire_is_pure, "http/src/server/mod.rs", "async fn f() {}", 0),
            (nothing_is_left_behind, "net/src/a.rs", "todo!()", 1),
            (nothing_is_left_behind, "net/src/a.rs", "my_todo!()", 0),
            (
                nothing_is_left_behind,
                "net/src/a.rs",
                "dbg!(x);\nunimplemented!()",
                2,
            ),
            (
                nothing_is_left_behind,
                "net/src/a.rs",
                "#[ignore = \"slow\"]",
                1,
            ),
            (
                nothing_is_left_behind,
                "net/src/a.rs",
                "#[allow(dead_code)]",
                1,
            ),
            (nothing_is_left_behind, "net/src/a.rs", "// todo!()", 0),
        ];
        for (rule, path, text, due) in rows {
            assert_eq!(count(*rule, path, text), *due, "{path}: {text}");
        }
        println!("rules fed with {} snippets", rows.len());
    }

    #[test]
    fn a_long_file_is_found_at_its_last_line() {
        let long = "//! x\n".repeat(LINES + 1);
        let found = files_are_short(&Source::new("net/src/a.rs", &long));
        assert_eq!(found[0].place, format!("net/src/a.rs:{}", LINES + 1));
        assert_eq!(
            count(files_are_short, "net/src/a.rs", &"//! x\n".repeat(LINES)),
            0
        );
    }

    #[test]
    fn every_long_file_on_the_list_has_a_reason() {
        for (path, most, reason) in LONG_FILES {
            assert!(*most > LINES && reason.len() > 20, "{path}");
        }
    }
}
