//! What higher layers keep with a loop: made when it is asked for first, finished when the program's
//! tasks have ended, dropped with the loop. A loop that nobody asks holds nothing but an empty list.
//! Next: `ending.rs`.

use super::{Core, Handle, Loop};
use crate::part_cell::PartCell;
use std::any::Any;
use std::rc::Rc;

/// The list of a loop.
pub(super) type Attachments = PartCell<Vec<Attached>>;

/// One thing, and what is called with it when the program's tasks have ended.
#[derive(Clone)]
pub(super) struct Attached {
    value: Rc<dyn Any>,
    finish: fn(&Loop, Rc<dyn Any>),
    when: When,
}

/// When it is finished.
#[derive(Clone, Copy, PartialEq)]
enum When {
    /// Before the others, though it was made later.
    First,
    InTurn,
    Done,
}

impl Core {
    /// The loop's only `T`, made by `make` if there is none.
    pub(crate) fn attached<T: 'static>(
        &self,
        make: fn() -> T,
        finish: fn(&Loop, Rc<dyn Any>),
    ) -> Rc<T> {
        if let Some(found) = self.find_attached() {
            return found;
        }
        let made = Rc::new(make());
        self.attach(made.clone(), finish);
        made
    }

    /// As [`attached`](Core::attached), and finished before what is not.
    pub(crate) fn attached_first<T: 'static>(
        &self,
        make: fn() -> T,
        finish: fn(&Loop, Rc<dyn Any>),
    ) -> Rc<T> {
        let attached = self.attached(make, finish);
        let value: Rc<dyn Any> = attached.clone();
        for one in &mut *self.attachments.borrow_mut() {
            if Rc::ptr_eq(&one.value, &value) && one.when == When::InTurn {
                one.when = When::First;
            }
        }
        attached
    }

    /// Keeps something with the loop that is made with more care.
    pub(crate) fn attach(&self, value: Rc<dyn Any>, finish: fn(&Loop, Rc<dyn Any>)) {
        let attached = Attached {
            value,
            finish,
            when: When::InTurn,
        };
        self.attachments.borrow_mut().push(attached);
    }

    /// The loop's `T`, if it was asked for before.
    pub(crate) fn find_attached<T: 'static>(&self) -> Option<Rc<T>> {
        let attachments = self.attachments.borrow();
        let mut found = attachments.iter().map(|one| one.value.clone());
        found.find_map(|value| value.downcast().ok())
    }
}

impl Handle {
    /// Returns what a library keeps with this loop: its only `T`, made by `make` if there is none yet.
    ///
    /// It lives as long as the loop, and is dropped after the loop's tasks; so it must not hold a
    /// `Handle`, which would keep the loop's memory for ever. `T` is best a private type of the library.
    ///
    /// ```
    /// use std::cell::Cell;
    /// #[derive(Default)]
    /// struct Served(Cell<u32>);
    /// oneloop::run(async {
    ///     let handle = oneloop::Loop::current().unwrap();
    ///     handle.attached(Served::default).0.set(7);
    ///     assert_eq!(handle.attached(Served::default).0.get(), 7);
    /// });
    /// ```
    pub fn attached<T: 'static>(&self, make: fn() -> T) -> Rc<T> {
        self.core().attached(make, |_, _| ())
    }
}

impl Core {
    /// The next one to be finished.
    fn next_attached(&self) -> Option<Attached> {
        let mut all = self.attachments.borrow_mut();
        let find = |when| all.iter().position(|one: &Attached| one.when == when);
        let next = find(When::First).or_else(|| find(When::InTurn))?;
        all[next].when = When::Done;
        Some(all[next].clone())
    }
}

impl Loop {
    /// Finishes all attachments, in the order in which they were made, but for those that come first.
    pub(super) fn finish_attachments(&self) {
        // What is finished may attach more.
        while let Some(Attached { value, finish, .. }) = self.core.next_attached() {
            finish(self, value);
        }
    }
}
