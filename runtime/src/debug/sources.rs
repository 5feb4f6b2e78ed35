//! [`Sources`]: what a loop's sockets, pipes and the like are, in words. Next: `limbs.rs`.
//!
//! Discussion: the reactor knows a source by a number. To remember more of each would cost every program
//! something, for pictures that few ask for. So the system is asked when one is drawn: Linux tells in `/proc`
//! which descriptors an epoll has, with our tokens beside them, and which sockets there are (proc(5)).
//! Elsewhere a source stays a number, and so it does where `/proc` is closed.

#[cfg(target_os = "linux")]
mod linux;

use crate::reactor::Reactor;
use std::collections::HashMap;

/// The sources of one loop by their numbers in the reactor.
#[derive(Default)]
pub(super) struct Sources {
    names: HashMap<u64, String>,
}

impl Sources {
    /// Asks the system, if anybody waits for a source.
    pub(super) fn of(reactor: &Reactor) -> Sources {
        if reactor.waiters() == 0 {
            return Sources::default();
        }
        #[cfg(target_os = "linux")]
        let names = linux::names(reactor);
        #[cfg(not(target_os = "linux"))]
        let names = HashMap::new();
        Sources { names }
    }

    /// What a source is: "tcp 127.0.0.1:4711 with 127.0.0.1:80 (descriptor 7)".
    pub(super) fn name(&self, number: u64) -> String {
        let known = self.names.get(&number).cloned();
        known.unwrap_or_else(|| format!("io {number}"))
    }
}
