//! [`Limb`]: a task with what stands between it and what it waits for. Next: `tree.rs`, the same as a
//! picture.

use super::notes::{self, Members, Read};
use super::sources::Sources;
use super::waits::verb;
use crate::event_loop::Core;
use crate::task::raw::TaskRef;
use crate::task::scope::{Construct, Key, Part};
use std::iter::Peekable;
use std::rc::Rc;
use std::task::{RawWakerVTable, Waker};

/// A task, or a construct in it.
pub(super) struct Limb {
    key: Key,
    pub(super) part: Part,
    /// What it waits for by itself.
    pub(super) waits: Vec<String>,
    /// Whether it has a waker of its own, by which it is known what that is.
    is_apart: bool,
    /// It has none, and something is known of who polls it: it may be waiting for that.
    pub(super) is_told: bool,
    /// What is in it, in the order in which that was begun.
    pub(super) inside: Vec<Limb>,
}

impl Limb {
    fn new(part: Part) -> Limb {
        Limb {
            key: Key::NONE,
            part,
            waits: Vec::new(),
            is_apart: false,
            is_told: false,
            inside: Vec::new(),
        }
    }

    fn construct(construct: Construct, inside: impl IntoIterator<Item = TaskRef>) -> Limb {
        let tasks = inside.into_iter().map(|task| Limb::new(Part::Task(task)));
        Limb {
            inside: tasks.collect(),
            ..Limb::new(Part::Construct(construct))
        }
    }

    /// Whether it is nothing but a way to await tasks, which say enough of it.
    pub(super) fn is_of_tasks_alone(&self) -> bool {
        self.waits.is_empty() && !self.inside.is_empty()
    }

    /// Shows `look` the limb and all in it, outermost first.
    pub(super) fn each<'a>(&'a self, look: &mut dyn FnMut(&'a Limb)) {
        look(self);
        self.inside.iter().for_each(|limb| limb.each(look));
    }

    /// Notes for all in it whether something is told of who polls them.
    fn tell_inside(&mut self) {
        for limb in &mut self.inside {
            limb.is_told = !limb.is_apart && (self.is_told || !self.waits.is_empty());
            limb.tell_inside();
        }
    }

    fn find(&mut self, key: Key) -> Option<&mut Limb> {
        if self.key == key && key != Key::NONE {
            return Some(self);
        }
        self.inside.iter_mut().find_map(|limb| limb.find(key))
    }

    /// Puts what is inside of a hidden construct in its place. There is one at most, the outermost.
    fn show_what_is_hidden(&mut self) {
        let is_hidden = |limb: &Limb| match limb.part {
            Part::Construct(construct) => construct.is_hidden(),
            Part::Task(_) => false,
        };
        if let Some(place) = self.inside.iter().position(is_hidden) {
            let hidden = self.inside.remove(place);
            self.waits.extend(hidden.waits);
            self.inside.splice(place..place, hidden.inside);
        }
    }

    /// Puts a task group where its owner awaits it, with its body and its tasks inside. What of it
    /// takes part in cancellation stands there already.
    fn take_in_group(&mut self, group: &Rc<dyn Members>) {
        let body = group.body();
        let is_of_it = |limb: &Limb| match body {
            Some(body) => limb.key == body,
            // The body has ended, and the group waits for its tasks.
            None => {
                matches!(limb.part, Part::Construct(Construct::TaskGroup)) && limb.key != Key::NONE
            }
        };
        let place = self.inside.iter().position(is_of_it);
        let mut members = group.members();
        members.sort_by_key(TaskRef::id);
        let mut limb = Limb::construct(Construct::TaskGroup, members);
        let index = place.unwrap_or(self.inside.len());
        if let Some(place) = place {
            let known = self.inside.remove(place);
            if body.is_some() {
                limb.inside.insert(0, known);
            }
        }
        self.inside.insert(index, limb);
    }
}

impl Core {
    /// What is known of a task that has not ended. `all` are the tasks of the loop, and `sources` what it has
    /// registered.
    pub(super) fn limb(&self, task: &TaskRef, all: &[TaskRef], sources: &Sources) -> Limb {
        let waker = task.waker();
        let mut inside = Vec::new();
        let mut around = vec![(0, identity(&waker))];
        task.participants(&mut |next| {
            while around.pop_if(|(depth, _)| *depth >= next.depth).is_some() {}
            let polls = around.last().map(|(_, polls)| *polls);
            // What it would be woken for by the waker of who polls it is told there.
            let apart = next.waker.filter(|own| polls != Some(identity(own)));
            if let Some(own) = apart {
                around.push((next.depth, identity(own)));
            }
            let limb = Limb {
                key: next.key,
                waits: apart.map_or_else(Vec::new, |waker| self.list_waits(waker, sources)),
                is_apart: apart.is_some(),
                ..Limb::new(next.part)
            };
            inside.push((next.depth, limb));
        });
        let mut limb = Limb {
            waits: self.list_waits(&waker, sources),
            inside: limbs(&mut inside.into_iter().peekable(), 1),
            ..Limb::new(Part::Task(task.clone()))
        };
        for (scope, read) in notes::of_task(self.scheduler.identity(), task.id()) {
            let place = match limb.find(scope) {
                Some(place) => place,
                // In the task itself; or in a scope that it was moved out of.
                None => &mut limb,
            };
            match read {
                Read::Thing(thing) => place.waits.push(thing.text().to_owned()),
                Read::Tasks(construct, tasks) => {
                    let unfinished = all.iter().filter(|task| tasks.contains(&task.id()));
                    let limb = Limb::construct(construct, unfinished.cloned());
                    place.inside.push(limb);
                }
                Read::Group(group) => place.take_in_group(&group),
            }
        }
        limb.show_what_is_hidden();
        limb.tell_inside();
        limb
    }

    /// The timers and sockets that would call this waker.
    fn list_waits(&self, waker: &Waker, sources: &Sources) -> Vec<String> {
        let mut found = Vec::new();
        self.timers_with(waker, &mut |timer| found.push(timer.to_string()));
        self.reactor.awaited_by(waker, |number, direction| {
            let (name, verb) = (sources.name(number), verb(direction));
            found.push(format!("{name} that it can {verb}"));
        });
        found
    }
}

/// What two wakers have in common that wake the same, as `Waker::will_wake` has it.
fn identity(waker: &Waker) -> (*const (), *const RawWakerVTable) {
    (waker.data(), waker.vtable())
}

/// The limbs at this depth, each with those further in.
fn limbs(inside: &mut Peekable<impl Iterator<Item = (usize, Limb)>>, depth: usize) -> Vec<Limb> {
    let mut found = Vec::new();
    while let Some((_, limb)) = inside.next_if(|(next, _)| *next >= depth) {
        let inside = limbs(inside, depth + 1);
        found.push(Limb { inside, ..limb });
    }
    found
}
