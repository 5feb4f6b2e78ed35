//! Reads which modules a file of the runtime names, whether in a `use` or in the midst of code,
//! and follows re-exports to the place where a thing lives.
//! Next: `layers.rs`, which judges what is found here.

use std::collections::HashMap;

use crate::blank::is_identifier;
use crate::source::Source;

/// A path from the crate's root, part by part.
type Path = Vec<String>;

/// `runtime/src/time/sleep.rs` is `time::sleep`; the root is empty; other files have none.
pub(crate) fn module_of(path: &str) -> Option<Path> {
    let inside = path.strip_prefix("runtime/src/")?.strip_suffix(".rs")?;
    let mut parts: Path = inside.split('/').map(str::to_string).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
        parts.pop();
    }
    Some(parts)
}

/// Every name that a module shows though it lives elsewhere, with the place it comes from.
pub(crate) struct ReExports(HashMap<Path, Path>);

impl ReExports {
    pub(crate) fn of(sources: &[Source]) -> ReExports {
        let mut found = HashMap::new();
        for source in sources {
            let Some(own) = module_of(&source.path) else {
                continue;
            };
            let (text, _) = code_of(source);
            for shown in ["pub use ", "pub(crate) use ", "pub(super) use "] {
                for (start, _) in text.match_indices(shown) {
                    let mut rest = &text[start + shown.len()..];
                    let mut paths = Vec::new();
                    expand(&mut rest, &mut Vec::new(), &mut paths);
                    for path in paths {
                        let Some(from) = from_root(&path, &own) else {
                            continue;
                        };
                        let name = from.last().expect("a path has a name").clone();
                        let shown_as: Path = own.iter().cloned().chain([name]).collect();
                        found.insert(shown_as, from);
                    }
                }
            }
        }
        ReExports(found)
    }

    /// The place where the thing called `path` lives.
    pub(crate) fn resolve(&self, path: &[String]) -> Path {
        let mut path = path.to_vec();
        // A thing is shown at most once a level: more steps than this would be a circle.
        for _ in 0..8 {
            // A module and what it is named after share a name: `time::sleep` is both.
            let moved = |length: &usize| {
                (self.0.get(&path[..*length]))
                    .is_some_and(|from| !from.starts_with(&path[..*length]))
            };
            let Some(length) = (1..=path.len()).rev().find(moved) else {
                break;
            };
            let rest = path.split_off(length);
            path = self.0[&path].clone();
            path.extend(rest);
        }
        path
    }
}

/// The code of a file without its tests, and where each line starts in it.
fn code_of(source: &Source) -> (String, Vec<usize>) {
    let mut text = String::new();
    let mut line_starts = Vec::new();
    for line in &source.lines {
        line_starts.push(text.len());
        if !line.in_tests {
            text.push_str(&line.code);
        }
        text.push('\n');
    }
    (text, line_starts)
}

/// Every path that starts with `crate::`, `self::` or `super::` outside of tests, as it reads
/// from the crate's root, with the line it stands on. A `pub use` is passed over: it shows what
/// lives elsewhere and calls nothing.
pub(crate) fn named_paths(source: &Source, own: &[String]) -> Vec<(usize, Path)> {
    let (text, line_starts) = code_of(source);
    let mut found = Vec::new();
    for root in ["crate::", "self::", "super::"] {
        for (start, _) in text.match_indices(root) {
            let before = &text[..start];
            let statement = before
                .rfind([';', '{', '}'])
                .map_or(before, |end| &before[end + 1..]);
            let continues = before.ends_with(|c: char| is_identifier(c) || c == ':');
            if continues || before.ends_with("in ") || statement.trim().starts_with("pub use") {
                continue;
            }
            let line = line_starts.partition_point(|&first| first <= start) - 1;
            let mut rest = &text[start..];
            let mut paths = Vec::new();
            expand(&mut rest, &mut Vec::new(), &mut paths);
            for path in paths {
                if let Some(path) = from_root(&path, own) {
                    found.push((line, path));
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Reads one path or use tree: `a::{b, c::d}` becomes `a::b` and `a::c::d`.
fn expand(rest: &mut &str, prefix: &mut Path, paths: &mut Vec<Path>) {
    let depth = prefix.len();
    loop {
        let length = rest.find(|c: char| !is_identifier(c)).unwrap_or(rest.len());
        prefix.push(rest[..length].to_string());
        *rest = &rest[length..];
        let Some(next) = rest.strip_prefix("::") else {
            // A macro is found by its name alone, wherever it is written.
            if !rest.starts_with('!') {
                paths.push(prefix.clone());
            }
            break;
        };
        *rest = next;
        if let Some(group) = rest.strip_prefix('{') {
            *rest = group;
            expand_group(rest, prefix, paths);
            break;
        }
        if !rest.starts_with(is_identifier) {
            // A turbofish or a glob: what stands before it is the path.
            paths.push(prefix.clone());
            break;
        }
    }
    prefix.truncate(depth);
}

fn expand_group(rest: &mut &str, prefix: &mut Path, paths: &mut Vec<Path>) {
    loop {
        *rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == '*');
        if let Some(after) = rest.strip_prefix('}') {
            *rest = after;
            return;
        }
        if !rest.starts_with(is_identifier) {
            return;
        }
        expand(rest, prefix, paths);
        if let Some(end) = rest.find([',', '}']) {
            // Passes over `as name`.
            *rest = &rest[end..];
        }
    }
}

/// Turns a path as written in module `own` into one from the crate's root.
fn from_root(path: &[String], own: &[String]) -> Option<Path> {
    let mut base = match path[0].as_str() {
        "crate" => Vec::new(),
        // Of a child module, if it starts with neither `self` nor `super`.
        _ => own.to_vec(),
    };
    for part in path {
        match part.as_str() {
            "crate" | "self" => {}
            "super" => {
                base.pop();
            }
            name => base.push(name.to_string()),
        }
    }
    // A bare `super::*` says nothing about what is used.
    (!base.is_empty()).then_some(base)
}

mod tests {
    use super::*;

    fn joined(paths: impl IntoIterator<Item = Path>) -> Vec<String> {
        paths.into_iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn use_trees_are_read_to_their_leaves() {
        for (tree, leaves) in [
            ("a::b;", vec!["a::b"]),
            ("a::{b, c::d};", vec!["a::b", "a::c::d"]),
            (
                "a::{\n    b as c,\n    d::{e, f},\n};",
                vec!["a::b", "a::d::e", "a::d::f"],
            ),
            ("a::*;", vec!["a"]),
            ("a::b::<T>()", vec!["a::b"]),
            ("a::{self, b};", vec!["a::self", "a::b"]),
            ("a!()", vec![]),
        ] {
            let mut paths = Vec::new();
            expand(&mut &*tree, &mut Vec::new(), &mut paths);
            assert_eq!(joined(paths), leaves, "{tree}");
        }
    }

    #[test]
    fn paths_are_found_outside_of_use_lines_too() {
        let text = "fn f() {\n    super::clock::now();\n    $crate::a::b()\n}";
        let source = Source::new("runtime/src/time/sleep.rs", text);
        let own = module_of(&source.path).unwrap();
        let found = named_paths(&source, &own);
        assert_eq!(
            found.iter().map(|(line, _)| *line).collect::<Vec<_>>(),
            [1, 2]
        );
        assert_eq!(
            joined(found.into_iter().map(|(_, path)| path)),
            ["time::clock::now", "a::b"]
        );
    }

    #[test]
    fn re_exports_are_followed_to_the_end() {
        let re_exports = ReExports::of(&[
            Source::new("runtime/src/lib.rs", "pub use time::sleep;"),
            Source::new("runtime/src/time/mod.rs", "pub use sleep::{Sleep, sleep};"),
        ]);
        let path: Path = vec!["sleep".into()];
        assert_eq!(re_exports.resolve(&path), ["time", "sleep"]);
        let path: Path = vec!["time".into(), "Sleep".into(), "reset".into()];
        assert_eq!(
            re_exports.resolve(&path),
            ["time", "sleep", "Sleep", "reset"]
        );
    }
}
