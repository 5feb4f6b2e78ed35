//! One process, from its start until its status is known. Next: `child.rs`.
//!
//! The loop drives the watching itself, so that the status is fetched although nobody waits for it, and
//! when the [`Child`](super::Child) is gone. Whoever waits, waits for the watcher to say so.

use super::orphans;
use super::watch::Watch;
use crate::streams::again;
use oneloop::Loop;
use oneloop::sync::Event;
use rustix::process::{Pid, Signal, kill_process};
use std::cell::{Cell, RefCell};
use std::io;
use std::process::{Child, ExitStatus};
use std::rc::Rc;

/// Shared by a `Child` and the watcher.
pub(super) struct Running {
    pid: u32,
    /// `None` only while this is dropped.
    child: RefCell<Option<Child>>,
    /// How it ended; or that nobody can tell, because somebody else has fetched the status.
    outcome: RefCell<Option<io::Result<ExitStatus>>>,
    /// Set when the outcome is known, or will not be.
    settled: Event,
    /// Whether the watcher lives.
    watched: Cell<bool>,
    /// Whether we have killed it, so that its end is near.
    killed: Cell<bool>,
}

impl Running {
    /// Lets the running loop watch a process that has just been started.
    ///
    /// If that fails the process is killed: nobody would hear of its end.
    pub(super) fn watch(mut child: Child, by_signal: bool) -> io::Result<Rc<Running>> {
        orphans::look();
        let pid = child.id();
        let handle = Loop::current().map_err(io::Error::other);
        let begun = handle.and_then(|handle| {
            let watch = Watch::begin(&handle, pid, by_signal)?;
            Ok((handle, watch))
        });
        let (handle, watch) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                // It may have ended meanwhile.
                let _ = child.kill();
                orphans::adopt(child);
                return Err(error);
            }
        };
        let running = Rc::new(Running {
            pid,
            child: RefCell::new(Some(child)),
            outcome: RefCell::default(),
            settled: Event::new(),
            watched: Cell::new(true),
            killed: Cell::new(false),
        });
        let watcher = Watcher(running.clone());
        drop(handle.drive(async move {
            let running = &watcher.0;
            if let Err(error) = watch.until(|| running.look()).await {
                // Not of the process but of the watching, if there is no outcome yet.
                running.outcome.borrow_mut().get_or_insert(Err(error));
            }
            orphans::look();
        }));
        Ok(running)
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// Fetches the status, if the process has ended.
    pub(super) fn look(&self) -> io::Result<Option<ExitStatus>> {
        if self.outcome.borrow().is_none() {
            let found = match self.child.borrow_mut().as_mut() {
                Some(child) => child.try_wait().transpose(),
                None => None,
            };
            let Some(outcome) = found else {
                return Ok(None);
            };
            self.outcome.replace(Some(outcome));
            self.settled.set();
        }
        match &*self.outcome.borrow() {
            Some(Ok(status)) => Ok(Some(*status)),
            Some(Err(error)) => Err(again(error)),
            None => Ok(None),
        }
    }

    /// Waits until the process has ended.
    pub(super) async fn ended(&self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.look()? {
                return Ok(status);
            }
            if !self.watched.get() {
                let text = "the loop that watched this process is gone: ask again by `try_wait`";
                return Err(io::Error::new(io::ErrorKind::NotConnected, text));
            }
            self.settled.wait().await;
        }
    }

    /// Sends a signal, unless the process has ended: then its number may be another's.
    pub(super) fn send(&self, signal: Signal) -> io::Result<()> {
        if self.look()?.is_none()
            && let Some(child) = &*self.child.borrow()
        {
            kill_process(Pid::from_child(child), signal)?;
            self.killed.set(self.killed.get() || signal == Signal::KILL);
        }
        Ok(())
    }
}

/// The watcher keeps this, so if there is no status yet, its loop has ended.
impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.look()
            && let Some(child) = self.child.take()
        {
            match self.killed.get() {
                true => orphans::bury(child),
                false => orphans::adopt(child),
            }
        }
    }
}

/// Says so when nobody watches any more: the status is known, or the loop has ended.
struct Watcher(Rc<Running>);

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.watched.set(false);
        self.0.settled.set();
    }
}
