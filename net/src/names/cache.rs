//! What was looked up, for as long as it is good. Pure: the time is handed in. Next: `look_up.rs`.

use super::failure::Cause;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// What a look-up has brought.
pub(super) type Outcome = Result<Rc<[SocketAddr]>, Cause>;

/// Outcomes by name.
pub(super) struct Cache {
    /// Invariant: at most `limits.names`.
    known: BTreeMap<Box<str>, Known>,
    limits: Limits,
}

/// How much is remembered, and for how long.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// How many names.
    pub(super) names: usize,
    /// For how long an answer is good.
    pub(super) answer: Duration,
    /// For how long a failure is.
    pub(super) failure: Duration,
}

struct Known {
    outcome: Outcome,
    until: Instant,
}

impl Cache {
    pub(super) fn new(limits: Limits) -> Cache {
        Cache {
            known: BTreeMap::new(),
            limits,
        }
    }

    /// What is known of a name at this time.
    pub(super) fn get(&self, host: &str, now: Instant) -> Option<Outcome> {
        let known = self.known.get(host)?;
        (now < known.until).then(|| known.outcome.clone())
    }

    /// Remembers an outcome. Where there is no room, what is good for the shortest time makes it.
    pub(super) fn put(&mut self, host: &str, outcome: Outcome, now: Instant) {
        let time = match outcome {
            Ok(_) => self.limits.answer,
            Err(_) => self.limits.failure,
        };
        self.known.remove(host);
        // A time beyond what an `Instant` can express is as good as none: it is looked up again.
        let Some(until) = now.checked_add(time) else {
            return;
        };
        if time.is_zero() || self.limits.names == 0 {
            return;
        }
        if self.known.len() >= self.limits.names {
            self.known.retain(|_, known| now < known.until);
        }
        while self.known.len() >= self.limits.names {
            let soonest = self.known.iter().min_by_key(|(_, known)| known.until);
            let Some(host) = soonest.map(|(host, _)| host.clone()) else {
                break;
            };
            self.known.remove(&host);
        }
        self.known.insert(host.into(), Known { outcome, until });
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }

    /// How many names it holds, old ones included.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::Arc;

    const SECOND: Duration = Duration::from_secs(1);

    fn cache(names: usize) -> Cache {
        Cache::new(Limits {
            names,
            answer: 10 * SECOND,
            failure: SECOND,
        })
    }

    fn answer() -> Outcome {
        Ok(Rc::new(["192.0.2.1:0".parse().unwrap()]))
    }

    fn failure() -> Outcome {
        Err(Arc::new(io::ErrorKind::NotFound.into()))
    }

    #[test]
    fn answers_and_failures_are_good_for_their_times_and_no_longer() {
        let (mut cache, begin) = (cache(8), Instant::now());
        cache.put("here", answer(), begin);
        cache.put("nowhere", failure(), begin);
        let just_before = begin + SECOND - Duration::from_nanos(1);
        assert!(cache.get("nowhere", just_before).unwrap().is_err());
        assert!(cache.get("nowhere", begin + SECOND).is_none());
        assert!(cache.get("here", begin + 9 * SECOND).unwrap().is_ok());
        assert!(cache.get("here", begin + 10 * SECOND).is_none());
        assert!(cache.get("elsewhere", begin).is_none());
        cache.clear();
        assert!(cache.get("here", begin).is_none());
    }

    #[test]
    fn a_full_cache_forgets_what_is_old_and_then_what_will_be_old_first() {
        let (mut cache, begin) = (cache(3), Instant::now());
        cache.put("old", failure(), begin);
        cache.put("first", answer(), begin + SECOND);
        cache.put("second", answer(), begin + 2 * SECOND);
        let now = begin + 3 * SECOND;
        cache.put("third", answer(), now);
        assert!(cache.get("first", now).is_some(), "the old one made room");
        cache.put("fourth", answer(), now);
        let left =
            ["first", "second", "third", "fourth"].map(|host| cache.get(host, now).is_some());
        assert_eq!(left, [false, true, true, true]);
        cache.put("second", answer(), now);
        assert_eq!(cache.len(), 3, "a name has one place");
    }

    #[test]
    fn no_time_or_no_room_is_no_memory() {
        let now = Instant::now();
        let mut none = cache(0);
        none.put("here", answer(), now);
        assert_eq!(none.len(), 0);
        let mut brief = cache(1);
        brief.limits.answer = Duration::ZERO;
        brief.put("here", answer(), now);
        assert_eq!(brief.len(), 0);
    }
}
