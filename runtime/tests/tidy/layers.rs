//! The layers of the runtime: which module may name which. A file may name its own layer and
//! those below it; the picture stands in the README's code map.
//! Next: `docs.rs`, the rules about documentation.

use crate::paths::{ReExports, module_of, named_paths};
use crate::source::{Finding, Source};

/// The layer of each module of `runtime/src`; the longest matching name decides.
///
/// L0 is pure data, L1 talks to the kernel, L2 is one future's life, L3 ties one loop together,
/// L4 is what those above are built on, L5 is what users await.
pub(crate) const LAYERS: &[(&str, u8)] = &[
    ("time::wheel", 0),
    ("time::clock", 0),
    ("trace", 0),
    ("random", 0),
    ("part_cell", 0),
    ("quietly", 0),
    ("task::owner", 0),
    ("task::sync", 0),
    ("reactor", 1),
    ("task", 2),
    ("task::builder", 3),
    ("task::yield_now", 4),
    ("event_loop", 3),
    ("debug", 3),
    ("context", 3),
    ("contextvars", 3),
    ("reactor::registration", 4),
    ("reactor::place", 4),
    ("signal", 4),
    ("signal::pipe", 0),
    ("event_loop::runner", 4),
    ("cancel", 4),
    ("time", 4),
    ("combine", 5),
    ("sync", 5),
    ("stream", 5),
    ("executor", 5),
    ("testing", 5),
];

/// Checks the files of `runtime/src`: each has a layer, and names nothing above it.
pub(crate) fn check(sources: &[Source]) -> Vec<Finding> {
    let re_exports = ReExports::of(sources);
    let files = sources
        .iter()
        .flat_map(|source| check_file(source, &re_exports));
    files.collect()
}

fn check_file(source: &Source, re_exports: &ReExports) -> Vec<Finding> {
    let Some(own) = module_of(&source.path).filter(|own| !own.is_empty()) else {
        // The crate's root, or no file of the runtime at all.
        return Vec::new();
    };
    let Some(layer) = layer_of(&own) else {
        let text = "this module has no layer: add it to the table in tests/tidy/layers.rs";
        return vec![source.finding(0, text)];
    };
    let mut findings = Vec::new();
    for (line, written) in named_paths(source, &own) {
        let path = re_exports.resolve(&written);
        let named = written.join("::");
        match layer_of(&path) {
            None => findings.push(source.finding(
                line,
                format!("`crate::{named}`: name it by the module it lives in"),
            )),
            Some(other) if other > layer => findings
                .push(source.finding(line, format!("L{layer} names `crate::{named}` of L{other}"))),
            Some(_) => {}
        }
    }
    findings
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

mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let root = "pub use event_loop::create_task;\npub use time::{sleep, Sleep};";
        let time = "pub use sleep::{Sleep, sleep};\npub(crate) use clock::{Clock, NEVER};";
        let found = check(&[
            Source::new("runtime/src/lib.rs", root),
            Source::new("runtime/src/time/mod.rs", time),
            Source::new(path, text),
        ]);
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
        assert!(findings("runtime/src/sync/oneshot.rs", "use crate::create_task;").is_empty());
    }

    #[test]
    fn a_re_export_is_not_a_way_around_the_layers() {
        assert_eq!(
            findings("runtime/src/task/mod.rs", "use crate::sleep;"),
            ["L2 names `crate::sleep` of L4"]
        );
        assert_eq!(
            findings("runtime/src/task/mod.rs", "use crate::unheard_of;"),
            ["`crate::unheard_of`: name it by the module it lives in"]
        );
        let turn = "runtime/src/event_loop/turn.rs";
        assert!(
            findings(
                turn,
                "use crate::time::{Clock, NEVER};\nuse crate::create_task;"
            )
            .is_empty()
        );
        assert_eq!(findings(turn, "use crate::time::Sleep;").len(), 1);
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
