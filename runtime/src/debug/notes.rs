//! [`Noted`]: what a suspended future waits for, written down for whoever asks who waits for what.
//! Next: `sources.rs`, what the system knows; `limbs.rs` puts it together with what the loop itself does.
//!
//! A lock, a queue or a promise has its waiters' wakers, but nobody can tell from a task where its
//! wakers lie. So a future that is suspended in one of them leaves a note, which goes when it goes on
//! or is dropped.
//!
//! Discussion: a note would double the cost of a contended lock (254 instructions). So most are taken
//! only where somebody asks: in debug mode, on a paused clock, and from the first
//! [`task_tree`](crate::task_tree) on; elsewhere a wait costs a look at a flag. Groups, `shield`s and
//! jobs are rare and always noted. The notes are the thread's and not the loop's, so that a program in
//! which nobody waits like that does not contain them, nor what reads them.

use super::waits::Sentence;
use crate::context::{set_notes_reader, takes_notes, with_core, with_notes};
use crate::event_loop::Core;
use crate::task::raw::TaskRef;
use crate::task::scope::{Construct, Key};
use slab::Slab;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::num::NonZeroU32;
use std::rc::{Rc, Weak};

/// What can be waited for beside tasks, timers and sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thing {
    Lock,
    Reading,
    Writing,
    Event,
    Condition,
    Permit,
    Barrier,
    Item,
    Room,
    QueueDone,
    Promise,
    Oneshot,
    ChannelItem,
    ChannelRoom,
    Job,
}

impl Thing {
    /// What it is called after "waits for".
    pub(super) fn text(self) -> &'static str {
        match self {
            Thing::Lock => "a lock",
            Thing::Reading => "a lock, to read",
            Thing::Writing => "a lock, to write",
            Thing::Event => "an event",
            Thing::Condition => "a condition",
            Thing::Permit => "a permit of a semaphore",
            Thing::Barrier => "the others at a barrier",
            Thing::Item => "an item of a queue",
            Thing::Room => "room in a queue",
            Thing::QueueDone => "the unfinished items of a queue",
            Thing::Promise => "a promise",
            Thing::Oneshot => "the value of a oneshot",
            Thing::ChannelItem => "an item of a channel",
            Thing::ChannelRoom => "room in a channel",
            Thing::Job => "a function on another thread",
        }
    }
}

/// What a note says.
#[derive(Clone)]
pub(crate) enum What {
    Thing(Thing),
    /// A task, by its number, whose end a construct waits for.
    Task(Construct, u64),
    /// The same with several.
    Tasks(Construct, Vec<u64>),
    Group(Weak<dyn Members>),
}

/// A task group, as reports see it.
pub(crate) trait Members {
    /// Its tasks that have not ended.
    fn members(&self) -> Vec<TaskRef>;
    /// The scope of its body, while that runs.
    fn body(&self) -> Option<Key>;
}

/// A thread's notes.
pub(crate) struct Notes {
    list: RefCell<Slab<Note>>,
    /// Notes that are known by where somebody waits, so that he need not keep them.
    by_place: RefCell<BTreeMap<Place, Noted>>,
}

struct Note {
    whose: Whose,
    what: What,
}

/// Where something is polled.
#[derive(Clone, Copy, PartialEq)]
struct Whose {
    /// The loop.
    home: *const (),
    /// The task's number.
    task: u64,
    scope: Key,
}

impl Whose {
    fn here() -> Option<Whose> {
        with_core(|core| {
            let scheduler = &core?.scheduler;
            Some(Whose {
                home: scheduler.identity(),
                task: scheduler.current_id()?,
                scope: scheduler.scopes().current(),
            })
        })
    }
}

/// A note, until this is dropped.
pub(crate) struct Noted {
    /// The note's place, counted from 1.
    number: NonZeroU32,
    /// It is in the list of this thread.
    _here: PhantomData<*const ()>,
}

impl Noted {
    /// Notes what the running task waits for.
    pub(crate) fn new(what: What) -> Option<Noted> {
        let whose = Whose::here()?;
        set_notes_reader(tell);
        let number = with_notes(|notes| notes.list.borrow_mut().insert(Note { whose, what }))?;
        Some(Noted {
            number: NonZeroU32::MIN.saturating_add(number as u32),
            _here: PhantomData,
        })
    }

    /// Keeps a note in `place`, and takes a new one where the task, or the scope, is another than
    /// last time.
    pub(crate) fn keep(place: &mut Option<Noted>, what: impl FnOnce() -> What) {
        let settled = match (&*place, Whose::here()) {
            (Some(noted), Some(here)) => {
                let is_here = |notes: &Notes| {
                    let list = notes.list.borrow();
                    list.get(noted.index())
                        .is_some_and(|note| note.whose == here)
                };
                with_notes(is_here) == Some(true)
            }
            (None, None) => true,
            _ => false,
        };
        if !settled {
            *place = Noted::new(what());
        }
    }

    fn index(&self) -> usize {
        self.number.get() as usize - 1
    }
}

impl Drop for Noted {
    #[inline(always)]
    fn drop(&mut self) {
        forget(self.index());
    }
}

/// Out of line, so that whoever might have a note and has none pays for the question alone.
#[cold]
#[inline(never)]
fn forget(index: usize) {
    // The thread may be at its end, and its notes gone.
    let note = with_notes(|notes| notes.list.borrow_mut().try_remove(index));
    drop(note);
}

/// Where somebody waits: the address of what is waited for, and who of those who wait there.
pub(crate) type Place = (usize, u64);

/// Notes that the running task waits for `thing`, if anybody wants to know such things, until
/// [`forget_at`] the same place.
#[inline(always)]
pub(crate) fn note_at<T>(thing: Thing, at: &T, ticket: u64) {
    #[cold]
    #[inline(never)]
    fn note(thing: Thing, place: Place) {
        if let Some(noted) = Noted::new(What::Thing(thing)) {
            let former = with_notes(|notes| notes.by_place.borrow_mut().insert(place, noted));
            drop(former);
        }
    }
    if takes_notes() {
        note(thing, (std::ptr::from_ref(at).addr(), ticket));
    }
}

/// Takes that note back, if there is one. Whoever waits calls it before what is waited for can move.
#[inline(always)]
pub(crate) fn forget_at<T>(at: &T, ticket: u64) {
    #[cold]
    #[inline(never)]
    fn forget(place: Place) {
        let noted = with_notes(|notes| notes.by_place.borrow_mut().remove(&place));
        drop(noted);
    }
    if takes_notes() {
        forget((std::ptr::from_ref(at).addr(), ticket));
    }
}

/// A note, as it is read: where in the task, and what.
pub(super) enum Read {
    Thing(Thing),
    Tasks(Construct, Vec<u64>),
    Group(Rc<dyn Members>),
}

impl Notes {
    pub(crate) const fn new() -> Notes {
        Notes {
            list: RefCell::new(Slab::new()),
            by_place: RefCell::new(BTreeMap::new()),
        }
    }
}

/// What is noted of a task of this loop.
pub(super) fn of_task(home: *const (), task: u64) -> Vec<(Key, Read)> {
    let is_its = |note: &&Note| (note.whose.home, note.whose.task) == (home, task);
    let copied = with_notes(|notes| -> Vec<(Key, What)> {
        let list = notes.list.borrow();
        let its = list.iter().map(|(_, note)| note).filter(is_its);
        its.map(|note| (note.whose.scope, note.what.clone()))
            .collect()
    });
    // Upgraded here, since the last reference to a group may be ours, and its drop is user code.
    let read = |(scope, what)| {
        let read = match what {
            What::Thing(thing) => Read::Thing(thing),
            What::Task(construct, task) => Read::Tasks(construct, vec![task]),
            What::Tasks(construct, tasks) => Read::Tasks(construct, tasks),
            What::Group(group) => Read::Group(group.upgrade()?),
        };
        Some((scope, read))
    };
    copied
        .unwrap_or_default()
        .into_iter()
        .filter_map(read)
        .collect()
}

/// Adds what is noted of a task.
fn tell(core: &Core, task: &TaskRef, sentence: &mut Sentence) {
    for (_, read) in of_task(core.scheduler.identity(), task.id()) {
        match read {
            Read::Thing(thing) => sentence.add(format_args!("{}", thing.text())),
            Read::Tasks(_, numbers) => {
                let mut tasks = core.scheduler.tasks();
                tasks.retain(|task| numbers.contains(&task.id()));
                tasks.iter().for_each(|task| sentence.add_task(task));
            }
            Read::Group(group) => {
                let mut members = group.members();
                members.sort_unstable_by_key(TaskRef::id);
                members.iter().for_each(|task| sentence.add_task(task));
            }
        }
    }
}
