//! The layers of the runtime: which module may name which. A file may name its own layer and
//! those below it; the picture stands in the README's code map.
//! Next: `docs.rs`, the rules about documentation.

use crate::source::{Finding, Source, is_identifier};

/// The layer of each module of `runtime/src`; the longest matching name decides.
///
/// L0 is pure data, L1 talks to the kernel, L2 is one future's life, L3 ties one loop together,
/// L4 is what those above are built on, L5 is what users await.
pub(crate) const LAYERS: &[(&str, u8)] = &[
    ("time::wheel", 0),
    ("time::clock", 0),
    ("trace", 0),
    ("task::owner", 0),
    ("random", 0),
    ("reactor", 1),
    ("task", 2),
    ("event_loop", 3),
    ("context", 3),
    ("reactor::registration", 4),
    ("cancel", 4),
    ("time", 4),
    ("combine", 5),
    ("sync", 5),
    ("executor", 5),
    ("testing", 5),
];

/// Checks one file of `runtime/src`: it has a layer, and names nothing above it.
pub(crate) fn check(source: &Source) -> Vec<Finding> {
    let Some(own) = module_of(&source.path) else {
        return Vec::new();
    };
    if own.is_empty() {
        return Vec::new();
    }
    let Some(layer) = layer_of(&own) else {
        let text = "this module has no layer: add it to the table in tests/tidy/layers.rs";
        return vec![source.finding(0, text)];
    };
    let mut findings = Vec::new();
    for (line, path) in named_paths(source, &own) {
        match layer_of(&path) {
            // The crate's root stands above all layers and re-exports from each of them.
            None if layer == 5 => {}
            None => findings.push(source.finding(
                line,
                format!(
                    "`crate::{}`: name it by the module it lives in",
                    path.join("::")
                ),
            )),
            Some(other) if other > layer => findings.push(source.finding(
                line,
                format!("L{layer} names `crate::{}` of L{other}", path.join("::")),
            )),
            Some(_) => {}
        }
    }
    findings
}

/// `runtime/src/time/sleep.rs` is `time::sleep`; the root is empty; other files have none.
fn module_of(path: &str) -> Option<Vec<String>> {
    let inside = path.strip_prefix("runtime/src/")?.strip_suffix(".rs")?;
    let mut parts: Vec<String> = inside.split('/').map(str::to_string).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
        parts.pop();
    }
    Some(parts)
}

fn layer_of(path: &[String]) -> Option<u8> {
    let matches = |name: &str| {
        let mut parts = path.iter();
        name.split("::")
            .all(|part| parts.next().is_some_and(|p| p == part))
    };
    LAYERS
        .iter()
        .filter(|(name, _)| matches(name))
        .max_by_key(|(name, _)| name.len())
        .map(|(_, layer)| *layer)
}

/// Every path that starts with `crate::`, `self::` or `super::` outside of tests, as it reads
/// from the crate's root, with the line it stands on. A `pub use` is passed over: it shows what
/// lives elsewhere and calls nothing.
fn named_paths(source: &Source, own: &[String]) -> Vec<(usize, Vec<String>)> {
    let mut text = String::new();
    let mut line_starts = Vec::new();
    for line in &source.lines {
        line_starts.push(text.len());
        if !line.in_tests {
            text.push_str(&line.code);
        }
        text.push('\n');
    }
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
fn expand(rest: &mut &str, prefix: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
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

fn expand_group(rest: &mut &str, prefix: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
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
fn from_root(path: &[String], own: &[String]) -> Option<Vec<String>> {
    let mut base = match path[0].as_str() {
        "crate" => Vec::new(),
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

    fn findings(path: &str, text: &str) -> Vec<String> {
        let found = check(&Source::new(path, text));
        found.into_iter().map(|f| f.text).collect()
    }

    #[test]
    fn a_lower_layer_may_not_name_a_higher_one() {
        let wheel = "runtime/src/time/wheel.rs";
        assert_eq!(
            findings(wheel, "use crate::context;\n"),
            ["L0 names `crate::context` of L3"]
        );
        assert_eq!(
            findings(wheel, "fn f() { super::sleep::now() }\n"),
            ["L0 names `crate::time::sleep::now` of L4"]
        );
        assert_eq!(
            findings(
                "runtime/src/reactor/mod.rs",
                "use crate::{time::{clock, sleep::Sleep}, trace};"
            ),
            ["L1 names `crate::time::sleep::Sleep` of L4"]
        );
        assert_eq!(
            findings(
                "runtime/src/task/mod.rs",
                "use crate::{\n  context::Entered as H,\n  sync::Promise,\n};"
            )
            .len(),
            2
        );
    }

    #[test]
    fn a_higher_layer_may_name_a_lower_one() {
        assert!(
            findings(
                "runtime/src/time/sleep.rs",
                "use super::wheel::Key;\nuse crate::context;"
            )
            .is_empty()
        );
        assert!(
            findings(
                "runtime/src/reactor/registration.rs",
                "use crate::event_loop::Handle;"
            )
            .is_empty()
        );
        assert!(findings("runtime/src/sync/oneshot.rs", "use crate::Task;").is_empty());
    }

    #[test]
    fn the_root_is_not_a_way_around_the_layers() {
        assert_eq!(
            findings("runtime/src/task/mod.rs", "use crate::sleep;"),
            ["`crate::sleep`: name it by the module it lives in"]
        );
    }

    #[test]
    fn re_exports_tests_macros_and_visibility_are_passed_over() {
        let reactor = "runtime/src/reactor/mod.rs";
        assert!(findings(reactor, "pub use self::registration::Registration;").is_empty());
        assert!(findings(reactor, "#[cfg(test)]\nmod tests { use crate::context; }").is_empty());
        assert!(findings(reactor, "fn f() { crate::emit!(x) }").is_empty());
        assert!(findings(reactor, "pub(in crate::context) fn f() {}").is_empty());
    }

    #[test]
    fn a_module_without_a_layer_is_found() {
        assert_eq!(findings("runtime/src/surprise.rs", "fn f() {}").len(), 1);
        assert!(findings("runtime/src/lib.rs", "pub mod surprise;").is_empty());
        assert!(findings("net/src/surprise.rs", "fn f() {}").is_empty());
    }
}
