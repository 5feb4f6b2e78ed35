//! The rules about documentation: each file says what lives in it, each public item shows an
//! example that runs, and the README's code map names each module.
//! Next: `../tidy.rs`, which applies all rules to the whole tree.

use crate::source::{Finding, Source, has_word};

pub(crate) fn files_open_with_their_purpose(source: &Source) -> Vec<Finding> {
    let first = source.lines.iter().find(|line| !line.raw.trim().is_empty());
    if first.is_some_and(|line| line.raw.starts_with("//! ")) {
        return Vec::new();
    }
    vec![source.finding(
        0,
        "a file opens with `//!`: what lives here, and what to read next",
    )]
}

/// An example that is only compiled, or not even that, proves nothing to its reader.
pub(crate) fn examples_run(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, info) in fences(source) {
        let words: Vec<&str> = info.split(',').map(str::trim).collect();
        if words
            .iter()
            .any(|word| *word == "no_run" || word.starts_with("ignore"))
        {
            findings
                .push(source.finding(number, format!("an example that does not run: ```{info}")));
        }
    }
    findings
}

/// Every line that opens a code block in a doc comment, with what stands behind the backticks.
fn fences(source: &Source) -> Vec<(usize, &str)> {
    let mut open = false;
    let mut found = Vec::new();
    for (number, line) in source.lines.iter().enumerate() {
        let Some(doc) = doc_text(&line.raw) else {
            open = false;
            continue;
        };
        if let Some(info) = doc.trim().strip_prefix("```") {
            open = !open;
            if open {
                found.push((number, info));
            }
        }
    }
    found
}

fn doc_text(raw: &str) -> Option<&str> {
    let raw = raw.trim_start();
    raw.strip_prefix("///").or_else(|| raw.strip_prefix("//!"))
}

/// A public item of a library: its line, its name, and whether it is a method.
pub(crate) struct Item {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) is_method: bool,
    /// Whether its doc comment holds an example that runs.
    pub(crate) has_example: bool,
}

/// Each public type, trait, macro and free function has an example that runs. Methods are shown
/// by their type's example where they have none of their own.
pub(crate) fn public_items_show_an_example(source: &Source) -> Vec<Finding> {
    items(source)
        .into_iter()
        .filter(|item| !item.is_method && !item.has_example)
        .map(|item| {
            source.finding(
                item.line,
                format!("`{}` has no example that runs", item.name),
            )
        })
        .collect()
}

/// The public items of a library's file. `pub` means reachable here, since the workspace's lints
/// warn of a `pub` that is not (`unreachable_pub`).
pub(crate) fn items(source: &Source) -> Vec<Item> {
    let mut found = Vec::new();
    if !source.in_library() {
        return found;
    }
    for (number, line) in source.lines.iter().enumerate() {
        if line.in_tests {
            continue;
        }
        let indented = line.code.starts_with(' ');
        let code = line.code.trim();
        let is_macro = code.starts_with("macro_rules!");
        let Some((kind, name)) = public_item(code) else {
            continue;
        };
        let head = head_of(source, number);
        let exported = head
            .iter()
            .any(|&at| source.lines[at].code.contains("#[macro_export]"));
        let hidden = head
            .iter()
            .any(|&at| source.lines[at].raw.contains("#[doc(hidden)]"));
        if hidden || (is_macro && !exported) {
            continue;
        }
        found.push(Item {
            line: number,
            name: name.to_string(),
            is_method: indented && kind == "fn",
            has_example: head_has_example(source, &head),
        });
    }
    found
}

/// The kind and the name of the public item, or macro, that this line of code begins.
fn public_item(code: &str) -> Option<(&str, &str)> {
    let rest = match code.strip_prefix("macro_rules! ") {
        Some(name) => return Some(("macro", identifier(name))),
        None => code.strip_prefix("pub ")?,
    };
    let mut words = rest.split_whitespace();
    loop {
        match words.next()? {
            "const" | "async" | "extern" => {}
            kind @ ("fn" | "struct" | "enum" | "union" | "trait" | "type") => {
                return Some((kind, identifier(words.next()?)));
            }
            _ => return None,
        }
    }
}

fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    &text[..end.unwrap_or(text.len())]
}

/// The lines of doc comments and attributes that stand directly above an item.
fn head_of(source: &Source, item: usize) -> Vec<usize> {
    let mut lines = Vec::new();
    for number in (0..item).rev() {
        let raw = source.lines[number].raw.trim();
        let part = raw.starts_with("//") || raw.starts_with("#[") || raw.ends_with(")]");
        if !part {
            break;
        }
        lines.push(number);
    }
    lines.reverse();
    lines
}

fn head_has_example(source: &Source, head: &[usize]) -> bool {
    let runs = |info: &str| {
        let words: Vec<&str> = info.split(',').map(str::trim).collect();
        words
            .iter()
            .all(|word| matches!(*word, "" | "rust" | "should_panic" | "standalone_crate"))
    };
    let included = |&at: &usize| source.lines[at].code.contains("include_str!");
    head.iter().any(included)
        || fences(source)
            .iter()
            .any(|(line, info)| head.contains(line) && runs(info))
}

/// The README's code map names every file and folder that stands at the top of a library.
pub(crate) fn code_map_names_every_module(readme: &str, sources: &[Source]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for source in sources.iter().filter(|source| source.in_library()) {
        let inside = source
            .path
            .split_once("/src/")
            .map_or("", |(_, inside)| inside);
        let name = inside.split('/').next().unwrap_or_default();
        let name = name.strip_suffix(".rs").unwrap_or(name);
        let named = |line: &str| line.contains(source.package()) && has_word(line, name);
        if name == "lib" || readme.lines().any(named) {
            continue;
        }
        let text = format!(
            "the README's code map names no `{name}` beside `{}`",
            source.package()
        );
        if findings.iter().all(|finding| finding.text != text) {
            findings.push(source.finding(0, text));
        }
    }
    findings
}

mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::new("net/src/a.rs", text)
    }

    #[test]
    fn a_file_without_a_purpose_is_found() {
        assert_eq!(files_open_with_their_purpose(&source("use x;")).len(), 1);
        assert_eq!(files_open_with_their_purpose(&source("// Hello.")).len(), 1);
        assert_eq!(
            files_open_with_their_purpose(&source("//! Hello.")).len(),
            0
        );
    }

    #[test]
    fn an_example_that_does_not_run_is_found() {
        for (fence, due) in [
            ("no_run", 1),
            ("ignore", 1),
            ("rust,no_run", 1),
            ("ignore-wasm", 1),
        ] {
            let text = format!("/// ```{fence}\n/// f();\n/// ```\nfn f() {{}}");
            assert_eq!(examples_run(&source(&text)).len(), due, "{fence}");
        }
        for fence in ["", "text", "should_panic", "compile_fail,E0277"] {
            let text = format!("//! ```{fence}\n//! f();\n//! ```\n");
            assert_eq!(examples_run(&source(&text)).len(), 0, "{fence}");
        }
    }

    #[test]
    fn a_public_item_without_a_running_example_is_found() {
        let bare = [
            "/// Sleeps.\npub fn sleep() {}",
            "pub async fn sleep() {}",
            "/// A task.\n#[derive(Debug)]\npub struct Task<T> {",
            "pin_project! {\n    /// Waits.\n    pub struct Sleep {",
            "/// ```text\n/// picture\n/// ```\npub enum State {",
            "/// ```compile_fail\n/// f();\n/// ```\npub trait Source {",
            "#[macro_export]\nmacro_rules! emit {",
        ];
        for text in bare {
            assert_eq!(
                public_items_show_an_example(&source(text)).len(),
                1,
                "{text}"
            );
        }
        let fine = [
            "/// ```\n/// f();\n/// ```\n#[must_use = \"lazy\"]\npub fn f() {}",
            "#[doc = include_str!(\"a.md\")]\npub struct Guide;",
            "#[doc(hidden)]\npub fn inner() {}",
            "pub(crate) fn f() {}",
            "macro_rules! inner {",
            "impl A {\n    pub fn method(&self) {}",
            "pub use a::B;\npub mod c;\npub const D: u8 = 1;",
            "#[cfg(test)]\nmod tests {\n    pub struct Model;\n}",
        ];
        for text in fine {
            assert_eq!(
                public_items_show_an_example(&source(text)).len(),
                0,
                "{text}"
            );
        }
    }

    #[test]
    fn a_module_missing_from_the_code_map_is_found() {
        let sources = [
            Source::new("net/src/lib.rs", ""),
            Source::new("net/src/tcp.rs", ""),
            Source::new("net/src/tls/mod.rs", ""),
            Source::new("net/src/tls/client.rs", ""),
        ];
        assert_eq!(
            code_map_names_every_module("| net | `tcp` |", &sources).len(),
            1
        );
        assert_eq!(
            code_map_names_every_module("| net | `tcp` `tls/` |", &sources).len(),
            0
        );
    }
}
