//! The bar that says how far it is, on standard error.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar of so many steps.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Shows it, where standard error is a terminal.
    pub(crate) fn new(steps: u64) -> Progress {
        let bar = ProgressBar::new(steps);
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}");
        bar.set_style(style.expect("the template is right"));
        Progress(bar)
    }

    /// What is at work now.
    pub(crate) fn say(&self, what: &str) {
        self.0.set_message(what.to_string());
    }

    /// One step is done.
    pub(crate) fn step(&self) {
        self.steps(1);
    }

    /// So many steps are done, or left out.
    pub(crate) fn steps(&self, count: u64) {
        self.0.inc(count);
    }

    /// All is done.
    pub(crate) fn finish(self) {
        self.0.finish_and_clear();
    }
}
