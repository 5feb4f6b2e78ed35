//! The programs that measure, which `compare` builds: the worker of the scenarios, and those of HTTP and of tracing.

use std::path::PathBuf;

use oneloop_benches::cargo;
use oneloop_benches::peer::Peer;

use crate::options::{Allocator, Options};
use crate::processes::failed;
use crate::{http, syscalls, traced};

/// A program that was built, or the reason why there is none.
pub(crate) type Built = Result<PathBuf, String>;

/// The programs that the rows need, all built before anything is measured: a build in the middle would find some rows on
/// a machine that is warm, and a failure there would come late.
pub(crate) struct Programs {
    /// Takes turns at the scenarios.
    pub(crate) worker: Built,
    /// The HTTP servers and clients.
    pub(crate) http: Built,
    /// The worker that tells an observer what its loop does.
    pub(crate) traced: Built,
}

impl Programs {
    /// Builds what was asked for, which takes minutes when it is the first time. Rows whose program fails say so; but
    /// without the worker of the scenarios nothing is to be expected of the others, which are built of the same parts.
    pub(crate) fn build(options: &Options) -> Result<Programs, String> {
        let built = |asked_for: bool, build: fn(&Options) -> Built| match asked_for {
            true => build(options).map_err(|error| failed(&error)),
            false => Err("it was not asked for".to_string()),
        };
        let (traced, scenarios) = (traced::is_wanted(options), options.scenarios());
        let worker = built(traced || !scenarios.is_empty(), build_worker);
        if let (Err(reason), false) = (&worker, scenarios.is_empty()) {
            return Err(reason.clone());
        }
        let http = http::is_wanted(options) || syscalls::is_wanted(options);
        Ok(Programs {
            worker,
            http: built(http, build_http_worker),
            traced: built(traced, |_| build_traced_worker()),
        })
    }
}

fn build_worker(options: &Options) -> Built {
    let mut features = Vec::new();
    if !options.quick {
        features.push("peers");
        features.extend(Peer::features());
    }
    build("worker", options, features)
}

fn build_http_worker(options: &Options) -> Built {
    let feature = if options.quick { "http" } else { "http-peers" };
    build("http-worker", options, vec![feature])
}

fn build_traced_worker() -> Built {
    build("worker-traced", &Options::default(), vec!["trace"])
}

fn build(program: &str, options: &Options, mut features: Vec<&'static str>) -> Built {
    let (program, allocator) = match options.allocator {
        Allocator::System => (program.to_string(), None),
        Allocator::Mimalloc => (format!("{program}-mimalloc"), Some("mimalloc")),
    };
    features.extend(allocator);
    let features = features.join(",");
    eprintln!("building {program} (features: {features})");
    cargo::build(&[
        "--release",
        "-p",
        "oneloop-benches",
        "--features",
        &features,
        "--bin",
        &program,
    ])
}
