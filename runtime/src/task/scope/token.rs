//! [`Token`]: a request in the hands of user code. This ends the module; next: `raw/life.rs`, where a
//! task's own root is asked, or [`cancel`](crate::cancel), what users get.

use super::Scopes;
use super::node::Key;
use super::request::{Answer, Letter, Request};
use std::rc::Rc;

/// A request in the hands of user code.
pub(crate) struct Token {
    pub(super) scopes: Rc<Scopes>,
    /// The scope that is to hear what becomes of it.
    pub(super) parent: Option<Key>,
    /// The number of the request that an answer is owed to. `None`: the scope was not asked, it
    /// stopped itself.
    pub(super) owed: Option<u64>,
    /// Whether that scope drops its body as soon as this has answered.
    pub(super) late: bool,
    pub(super) request: Request,
}

impl Token {
    pub(crate) fn request(&self) -> &Request {
        &self.request
    }

    /// Edge 5.
    pub(crate) fn suppress(&self) {
        self.answer(Answer::Done);
    }

    /// Edge 6, by a user who dropped it, perhaps by mistake.
    pub(crate) fn dropped(&self) {
        self.scopes.token_dropped(self.parent);
        self.raise();
    }

    /// Edge 6.
    pub(crate) fn raise(&self) {
        self.answer(Answer::Raised(self.request.clone()));
    }

    /// Edge 6, in the scope `here` of the loop `scopes`, which may be quite another (edge 18).
    pub(crate) fn resume(&self, scopes: &Rc<Scopes>, here: Key) {
        let ours = Rc::ptr_eq(scopes, &self.scopes);
        let home = self
            .scopes
            .step(|forest, _| forest.home(self.parent, self.owed));
        let at_home = |key: Key| ours && home.is_some_and(|(home, _)| home == key);
        if at_home(here) {
            return self.raise();
        }
        let around = scopes.step(|forest, effects| forest.pierce(here, effects));
        let Some(around) = around.filter(|around| !at_home(*around)) else {
            return self.raise();
        };
        let home = home.filter(|_| ours);
        let further_in =
            scopes.step(|forest, effects| forest.carry(&self.request, home, around, effects));
        // Only now: whoever hears this waits for the one that was raised.
        self.answer(match further_in {
            true => Answer::Returned(self.request.clone()),
            false => Answer::Done,
        });
    }

    fn answer(&self, answer: Answer) {
        self.scopes.step(|forest, effects| {
            if let Some(node) = self.parent.and_then(|parent| forest.node(parent)) {
                node.tokens = node.tokens.saturating_sub(1);
                if !self.late && matches!(node.letter, Some(Letter::Raised(_))) {
                    // Of another request: whoever has this one may keep a late one, too, and wait.
                    node.latecomers = 0;
                }
            }
            forest.count_late(self.parent, self.late, -1);
            let number = self.owed.unwrap_or(0);
            forest.answer(self.parent, number, answer, effects);
        });
    }
}
