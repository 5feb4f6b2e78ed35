//! The generators of a loop that have begun and not ended, for its end to close them: asyncio's
//! `shutdown_asyncgens`. This ends the module.

use super::generator::Running;
use crate::cancel::masked;
use crate::combine::wait;
use crate::context::with_core;
use crate::event_loop::Loop;
use crate::task::Task;
use slab::Slab;
use std::any::Any;
use std::cell::RefCell;
use std::panic::Location;
use std::rc::{Rc, Weak};

/// The open generators of one loop.
#[derive(Default)]
struct Open {
    generators: RefCell<Slab<Rc<Running>>>,
}

/// Where a generator stands, in which loop.
pub(super) struct Ticket {
    open: Weak<Open>,
    index: usize,
}

/// Lets the running loop close this at its end. Nothing without one.
pub(super) fn register(running: &Rc<Running>) -> Option<Ticket> {
    with_core(|core| {
        let open = core?.attached_first(Open::default, close_all);
        let index = open.generators.borrow_mut().insert(running.clone());
        let open = Rc::downgrade(&open);
        Some(Ticket { open, index })
    })
}

/// It has ended.
pub(super) fn forget(ticket: Ticket) {
    if let Some(open) = ticket.open.upgrade() {
        let former = open.generators.borrow_mut().try_remove(ticket.index);
        drop(former);
    }
}

impl Ticket {
    /// Whether the loop runs here and now.
    pub(super) fn is_here(&self) -> bool {
        with_core(|core| {
            let own = core.and_then(|core| core.find_attached::<Open>());
            own.is_some_and(|own| self.open.as_ptr() == Rc::as_ptr(&own))
        })
    }
}

/// Makes the task that lets a generator's body end. It is masked: the end of a program, which asks all
/// tasks to end, is what it is for.
pub(super) fn close(running: &Rc<Running>) -> Option<Task<()>> {
    let closes = masked(running.clone().close());
    let name = Some(Rc::from("closes a generator"));
    with_core(|core| {
        let core = core.filter(|core| !core.is_closed())?;
        Some(core.spawn(closes, name, running.place))
    })
}

/// How often the end of a program looks for generators: closing some may begin others.
const PASSES: usize = 20;

/// The end of `run` and `Runner`: whatever generator is open cleans up, all of them at once.
fn close_all(event_loop: &Loop, open: Rc<dyn Any>) {
    let Ok(open) = open.downcast::<Open>() else {
        return;
    };
    for _ in 0..PASSES {
        let left: Vec<Rc<Running>> = {
            let generators = open.generators.borrow();
            generators.iter().map(|(_, one)| one.clone()).collect()
        };
        if left.is_empty() {
            return;
        }
        let closing = async move {
            let tasks: Vec<_> = left.iter().filter_map(Running::start_closing).collect();
            drop(wait(tasks.iter().map(|task| &**task)).await);
            // What went wrong in them is reported when their last handles are dropped.
            left.iter().for_each(|running| running.forget_closing());
        };
        if event_loop.turn_until(closing, Location::caller()).is_err() {
            return; // Nothing can wake them; they are listed among the unfinished.
        }
    }
}
