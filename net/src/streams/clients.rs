//! The connections of a server: who is being served, and how they are ended. Next: `server.rs`.

use super::outgoing::Outgoing;
use super::unsent::Ending;
use super::{StreamReader, StreamWriter};
use oneloop::sync::Event;
use oneloop::{Loop, Report, Task, task};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::rc::Rc;

/// All connections of one server.
#[derive(Default)]
pub(super) struct Clients {
    here: RefCell<BTreeMap<u64, Client>>,
    /// The number of the next one.
    next: Cell<u64>,
    /// Set while there is none.
    none: Event,
}

struct Client {
    task: Task<()>,
    outgoing: Rc<Outgoing>,
}

impl Clients {
    /// Serves a connection in a task of its own.
    pub(super) fn start<F>(
        self: &Rc<Self>,
        (reader, writer): (StreamReader, StreamWriter),
        peer: String,
        serve: impl FnOnce(StreamReader, StreamWriter) -> F,
    ) where
        F: Future<Output = io::Result<()>> + 'static,
    {
        let number = self.next.replace(self.next.get() + 1);
        let outgoing = writer.outgoing().clone();
        let sending = outgoing.clone();
        let leaving = Leaving(self.clone(), number);
        let serving = serve(reader, writer);
        let task = task::Builder::new()
            .name(format!("client {peer}"))
            .create_task(async move {
                let _leaving = leaving;
                if let Err(error) = serving.await {
                    tell(&peer, &error);
                }
                // It is served until its bytes and their end are sent, or can't be.
                let _ = sending.ended().await;
            });
        self.none.clear();
        self.here
            .borrow_mut()
            .insert(number, Client { task, outgoing });
    }

    pub(super) fn len(&self) -> usize {
        self.here.borrow().len()
    }

    /// Waits until there is none.
    pub(super) async fn none_left(&self) {
        while self.len() > 0 {
            self.none.wait().await;
        }
    }

    pub(super) fn close(self: &Rc<Self>) {
        self.each_outgoing(|outgoing| outgoing.end(Ending::Closed));
    }

    pub(super) fn abort(&self) {
        self.each_outgoing(|outgoing| outgoing.abort());
    }

    /// Asks the tasks to end.
    pub(super) fn cancel(&self) {
        for client in self.here.borrow().values() {
            client.task.cancel();
        }
    }

    /// Calls for each connection, with nothing borrowed: closing wakes.
    fn each_outgoing(&self, call: impl Fn(&Rc<Outgoing>)) {
        let all: Vec<Rc<Outgoing>> = {
            let here = self.here.borrow();
            here.values().map(|one| one.outgoing.clone()).collect()
        };
        all.iter().for_each(call);
    }
}

/// An error of whoever serves: nobody awaits it.
#[cold]
fn tell(peer: &str, error: &io::Error) {
    let report = Report::new(format!("serving {peer} failed: {error}"));
    if let Ok(handle) = Loop::current() {
        handle.call_exception_handler(&report);
    }
}

/// Takes a connection off the list, however its task ends.
struct Leaving(Rc<Clients>, u64);

impl Drop for Leaving {
    fn drop(&mut self) {
        let Leaving(clients, number) = self;
        let left = clients.here.borrow_mut().remove(number);
        drop(left);
        if clients.len() == 0 {
            clients.none.set();
        }
    }
}
