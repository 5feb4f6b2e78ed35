//! Several addresses, one connection: "happy eyeballs" (RFC 8305). Next: `listener.rs`.
//!
//! A host often has addresses that do not answer, mostly those of one family where a network carries
//! the other one only. So the next address is begun when the one before has failed, or has not answered
//! for a while; the first that answers wins, and the others are closed.
//!
//! ```text
//!   0 ms      250 ms    500 ms
//!   a ────────────────────────────▶ (closed)
//!             b ──── refused
//!                    c ─── connected
//! ```
//!
//! What the RFC says about asking for both families at once is the system's part: `getaddrinfo` gives
//! all addresses together, sorted (RFC 6724).

use crate::failure::{Failures, too_late};
use oneloop::time::Sleep;
use oneloop::{now, sleep, sleep_until};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// How long an address may keep the others waiting.
///
/// > One recommended value for a default delay is 250 milliseconds.
///
/// (RFC 8305, section 5.)
pub(super) const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// How fast addresses follow each other.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// How long an address may keep the next one waiting.
    pub(super) delay: Duration,
    /// When all are given up.
    pub(super) end: Option<Instant>,
}

impl Pace {
    /// How long the newest attempt keeps the next one waiting, if `left` addresses share what is left
    /// of the time: less than usual, where the last would else be begun when the time is over.
    fn delay(&self, left: usize) -> Duration {
        match self.end {
            None => self.delay,
            Some(end) => {
                let share = end.saturating_duration_since(now()) / left as u32;
                self.delay.min(share)
            }
        }
    }
}

/// One address that is being tried.
struct Attempt<F> {
    address: SocketAddr,
    began: Instant,
    future: Pin<Box<F>>,
}

/// What happened to those that are being tried.
enum News<T> {
    /// One of them has answered.
    Connected(T),
    /// The one at this place has failed.
    Failed(usize, io::Error),
    /// The newest has kept the next one waiting for long enough.
    Next,
    /// The time for all of them is over.
    TimeOver,
}

/// Tries the addresses in their order, and gives what the first that answers has brought.
///
/// Dropping it drops all attempts.
pub(super) async fn first<T, F>(
    addresses: Vec<SocketAddr>,
    pace: Pace,
    begin: impl Fn(SocketAddr) -> F,
) -> io::Result<T>
where
    F: Future<Output = io::Result<T>>,
{
    let mut waiting = VecDeque::from(addresses);
    let mut attempts: Vec<Attempt<F>> = Vec::new();
    let mut failures = Failures::new("connect to");
    let mut end = pace.end.map(sleep_until);
    loop {
        if let Some(address) = waiting.pop_front() {
            attempts.push(Attempt {
                address,
                began: now(),
                future: Box::pin(begin(address)),
            });
        } else if attempts.is_empty() {
            return Err(failures.into_error());
        }
        let mut next = match waiting.len() {
            0 => None,
            left => Some(sleep(pace.delay(left + 1))),
        };
        let news = poll_fn(|context| poll_news(&mut attempts, &mut next, &mut end, context));
        match news.await {
            News::Connected(connection) => return Ok(connection),
            News::Failed(place, error) => failures.add(attempts.remove(place).address, error),
            News::Next => {}
            News::TimeOver => {
                let end = now();
                for attempt in attempts.drain(..) {
                    let had = pace
                        .end
                        .unwrap_or(end)
                        .saturating_duration_since(attempt.began);
                    failures.add(attempt.address, too_late(had));
                }
                waiting.clear();
            }
        }
    }
}

/// Polls all attempts, the oldest first, and then the timers: what comes in time counts.
fn poll_news<T, F>(
    attempts: &mut [Attempt<F>],
    next: &mut Option<Sleep>,
    end: &mut Option<Sleep>,
    context: &mut Context<'_>,
) -> Poll<News<T>>
where
    F: Future<Output = io::Result<T>>,
{
    for (place, attempt) in attempts.iter_mut().enumerate() {
        match attempt.future.as_mut().poll(context) {
            Poll::Ready(Ok(connection)) => return Poll::Ready(News::Connected(connection)),
            Poll::Ready(Err(error)) => return Poll::Ready(News::Failed(place, error)),
            Poll::Pending => {}
        }
    }
    let mut over = |sleep: &mut Option<Sleep>| match sleep {
        Some(sleep) => Pin::new(sleep).poll(context).is_ready(),
        None => false,
    };
    if over(end) {
        return Poll::Ready(News::TimeOver);
    }
    match over(next) {
        true => Poll::Ready(News::Next),
        false => Poll::Pending,
    }
}

/// Lets the families take turns, beginning with that of the first address; the order within each stays.
///
/// > If the first address in the list is an IPv6 address, then the next addresses to try should be
/// > IPv4, and so on.
///
/// (RFC 8305, section 4, in short, with a First Address Family Count of 1.)
pub(super) fn interleaved(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let Some(first) = addresses.first().map(SocketAddr::is_ipv6) else {
        return addresses;
    };
    let total = addresses.len();
    let (ours, others): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv6() == first);
    let (mut ours, mut others) = (ours.into_iter(), others.into_iter());
    let mut mixed = Vec::with_capacity(total);
    while mixed.len() < total {
        mixed.extend(ours.next());
        mixed.extend(others.next());
    }
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    const MS: Duration = Duration::from_millis(1);

    /// What the address with this port does, and when.
    type Plan = [(u32, Result<(), io::ErrorKind>)];

    /// Runs a plan; gives its outcome (the port that answered, or the error), how long it took, and
    /// when which port was begun.
    fn run(plan: &Plan, limit: Option<u32>) -> (Result<u16, String>, u32, Vec<(u16, u32)>) {
        let event_loop = oneloop::Loop::builder().paused_clock().build().unwrap();
        event_loop.block_on(async {
            let start = now();
            let since = || (now() - start).as_millis() as u32;
            let begun = RefCell::new(Vec::new());
            let addresses = (0..plan.len() as u16).map(|port| ([192, 0, 2, 1], port).into());
            let pace = Pace {
                delay: ATTEMPT_DELAY,
                end: limit.map(|limit| start + limit * MS),
            };
            let outcome = first(addresses.collect(), pace, |address| {
                let port = address.port();
                begun.borrow_mut().push((port, since()));
                let (after, outcome) = plan[usize::from(port)];
                async move {
                    sleep(after * MS).await;
                    outcome.map(|()| port).map_err(io::Error::from)
                }
            })
            .await;
            let outcome = outcome.map_err(|error| error.to_string());
            (outcome, since(), begun.take())
        })
    }

    const NEVER: u32 = 1_000_000;
    const REFUSED: Result<(), io::ErrorKind> = Err(io::ErrorKind::ConnectionRefused);

    #[test]
    fn an_address_that_answers_in_time_is_the_only_one_that_is_tried() {
        let (outcome, took, begun) = run(&[(249, Ok(())), (1, Ok(()))], None);
        assert_eq!((outcome, took, begun), (Ok(0), 249, vec![(0, 0)]));
    }

    #[test]
    fn dead_addresses_cost_a_quarter_of_a_second_each() {
        let (outcome, took, begun) = run(&[(NEVER, Ok(())), (NEVER, Ok(())), (30, Ok(()))], None);
        assert_eq!((outcome, took), (Ok(2), 530));
        assert_eq!(begun, [(0, 0), (1, 250), (2, 500)]);
    }

    #[test]
    fn one_that_fails_lets_the_next_begin_at_once() {
        let (outcome, took, begun) = run(&[(10, REFUSED), (20, REFUSED), (30, Ok(()))], None);
        assert_eq!((outcome, took), (Ok(2), 60));
        assert_eq!(begun, [(0, 0), (1, 10), (2, 30)]);
    }

    #[test]
    fn a_slow_one_wins_against_later_ones_that_are_slower() {
        let (outcome, took, begun) = run(&[(400, Ok(())), (200, Ok(())), (1, Ok(()))], None);
        assert_eq!((outcome, took), (Ok(0), 400));
        assert_eq!(begun, [(0, 0), (1, 250)]);
        // And a later one wins if it is faster, while an earlier one is still tried.
        let (outcome, took, _) = run(&[(400, Ok(())), (100, Ok(()))], None);
        assert_eq!((outcome, took), (Ok(1), 350));
    }

    #[test]
    fn a_failure_among_several_begins_the_next_and_its_delay_anew() {
        let plan = [(NEVER, Ok(())), (50, REFUSED), (NEVER, Ok(())), (5, Ok(()))];
        let (outcome, took, begun) = run(&plan, None);
        assert_eq!((outcome, took), (Ok(3), 555));
        assert_eq!(begun, [(0, 0), (1, 250), (2, 300), (3, 550)]);
    }

    #[test]
    fn when_all_fail_each_is_told() {
        let (outcome, took, _) = run(&[(10, REFUSED), (20, REFUSED)], None);
        let text = "connect to 192.0.2.1:0: connection refused; \
                    connect to 192.0.2.1:1: connection refused";
        assert_eq!((outcome, took), (Err(text.to_owned()), 30));
    }

    #[test]
    fn a_limit_of_time_is_shared_and_each_that_was_tried_is_told_how_long() {
        let dead = (NEVER, Ok(()));
        let (outcome, took, begun) = run(&[dead, (10, REFUSED), dead], Some(300));
        let text = "connect to 192.0.2.1:1: connection refused; \
                    connect to 192.0.2.1:0: no answer within 300ms; \
                    connect to 192.0.2.1:2: no answer within 190ms";
        assert_eq!((outcome, took), (Err(text.to_owned()), 300));
        assert_eq!(begun, [(0, 0), (1, 100), (2, 110)]);
    }

    #[test]
    fn families_take_turns_and_keep_their_order() {
        let list = |text: &str| -> Vec<SocketAddr> {
            let hosts = text.split(' ').filter(|host| !host.is_empty());
            hosts
                .map(|host| SocketAddr::new(host.parse().unwrap(), 1))
                .collect()
        };
        for (given, wanted) in [
            ("", ""),
            ("::1 ::2 1.1.1.1 1.1.1.2", "::1 1.1.1.1 ::2 1.1.1.2"),
            ("1.1.1.1 ::1 ::2 ::3", "1.1.1.1 ::1 ::2 ::3"),
            ("1.1.1.1 1.1.1.2 1.1.1.3 ::1", "1.1.1.1 ::1 1.1.1.2 1.1.1.3"),
            ("::1 ::2", "::1 ::2"),
        ] {
            assert_eq!(interleaved(list(given)), list(wanted), "{given}");
        }
    }
}
