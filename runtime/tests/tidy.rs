//! Reads the sources of the whole workspace and holds them to the rules that a compiler cannot
//! know: layers, borders, where `unsafe` may stand, what each file and public item must say.
//! Each rule is itself tested with snippets that break it. Read `tidy/source.rs` first.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "tidy/blank.rs"]
mod blank;

#[path = "tidy/source.rs"]
mod source;

#[path = "tidy/rules.rs"]
mod rules;

#[path = "tidy/paths.rs"]
mod paths;

#[path = "tidy/layers.rs"]
mod layers;

#[path = "tidy/docs.rs"]
mod docs;

use source::{Finding, Source};

/// A rule by name: it looks at one file.
type Rule = (&'static str, fn(&Source) -> Vec<Finding>);

const RULES: &[Rule] = &[
    (
        "a file opens with its purpose",
        docs::files_open_with_their_purpose,
    ),
    ("examples run", docs::examples_run),
    (
        "public items show an example",
        docs::public_items_show_an_example,
    ),
    (
        "unsafe stays in one folder",
        rules::unsafe_stays_in_one_folder,
    ),
    (
        "crate roots forbid unsafe",
        rules::crate_roots_forbid_unsafe,
    ),
    (
        "thread-locals stay in two files",
        rules::thread_locals_stay_in_two_files,
    ),
    (
        "crates are named in their folder only",
        rules::crates_are_named_in_their_folder_only,
    ),
    ("wire is pure", rules::wire_is_pure),
    ("files are short", rules::files_are_short),
    ("nothing is left behind", rules::nothing_is_left_behind),
];

#[test]
fn the_tree_is_tidy() {
    let sources = read_sources();
    assert!(
        sources.len() > 20,
        "only {} files found: are these the sources?",
        sources.len()
    );
    let mut findings = Vec::new();
    for (name, rule) in RULES {
        for finding in sources.iter().flat_map(rule) {
            findings.push(format!("{}: {} [{name}]", finding.place, finding.text));
        }
    }
    for finding in layers::check(&sources) {
        findings.push(format!("{}: {} [layers]", finding.place, finding.text));
    }
    let readme = fs::read_to_string(top().join("README.md")).expect("the README stands at the top");
    for finding in docs::code_map_names_every_module(&readme, &sources) {
        findings.push(format!("{}: {} [code map]", finding.place, finding.text));
    }
    findings.extend(manifest_findings());

    let items: Vec<_> = sources.iter().flat_map(docs::items).collect();
    let methods = items.iter().filter(|item| item.is_method);
    let shown = methods.clone().filter(|item| item.has_example).count();
    println!(
        "tidy: {} files, {} rules, {} findings; {} public types, traits, macros and functions; \
         {shown} of {} methods have an example of their own",
        sources.len(),
        RULES.len() + 3,
        findings.len(),
        items.len() - methods.clone().count(),
        methods.count(),
    );
    findings.sort();
    assert!(
        findings.is_empty(),
        "\n{}\n{} findings",
        findings.join("\n"),
        findings.len()
    );
}

/// Each package takes the workspace's lint table, which denies `unsafe`.
fn manifest_findings() -> Vec<String> {
    let read = |path: &str| fs::read_to_string(top().join(path)).expect(path);
    let mut findings = Vec::new();
    if !read("Cargo.toml").contains("unsafe_code = \"deny\"") {
        findings.push("Cargo.toml: the lint table does not deny unsafe code [lints]".to_string());
    }
    for package in PACKAGES {
        let path = format!("{package}/Cargo.toml");
        if !read(&path).contains("[lints]\nworkspace = true") {
            findings.push(format!(
                "{path}: does not take the workspace's lints [lints]"
            ));
        }
    }
    findings
}

const PACKAGES: &[&str] = &["runtime", "net", "http", "examples", "benches"];

/// The folder of the workspace.
fn top() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package
        .parent()
        .expect("the package stands inside the workspace")
        .to_path_buf()
}

/// Every Rust file of every package, in order of their paths.
fn read_sources() -> Vec<Source> {
    let mut files = Vec::new();
    for package in PACKAGES {
        collect(&top().join(package), &mut files);
    }
    files.sort();
    let read = |file: &PathBuf| {
        let text = fs::read_to_string(file).expect("a source is readable text");
        let relative = file
            .strip_prefix(top())
            .expect("it was found below the top");
        Source::new(&relative.to_string_lossy().replace('\\', "/"), &text)
    };
    files.iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace is readable") {
        let path = entry.expect("an entry is readable").path();
        if path.is_dir() {
            // A package may have been built on its own.
            if path.file_name().is_some_and(|name| name != "target") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
