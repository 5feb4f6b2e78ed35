//! What a row says: whether we are ahead of its base and of the best of the others, and whether it reaches its goal.

use oneloop_benches::baseline::TOLERANCE;
use oneloop_benches::goals::Goal;
use oneloop_benches::peer::Peer;
use oneloop_benches::verdicts::{Beside, Counted};

use crate::rows::{Row, Samples, Spread, spread_of};

/// This project's name among the peers.
pub(crate) const OURS: &str = "oneloop";

/// By hand and for context: not who can be beaten.
const NOT_RANKED: [&str; 2] = ["floor", "tokio-multi"];

/// How we stand to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Better in nine of ten rounds and more.
    Ahead,
    /// Sometimes better, sometimes not.
    Level,
    /// Worse in nine of ten rounds and more.
    Behind,
}

impl Standing {
    fn of(row: &Row, ratio: Spread) -> Standing {
        // Counts of a few rounds agree to the last digit, and that says nothing.
        let ratio = match row.samples {
            Samples::Counts => ratio.widened(),
            Samples::Rounds | Samples::Draws => ratio,
        };
        match ratio {
            Spread { low, .. } if low > 1.0 => Standing::Ahead,
            Spread { high, .. } if high < 1.0 => Standing::Behind,
            _ => Standing::Level,
        }
    }

    /// How tables print it.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Standing::Ahead => "ahead",
            Standing::Level => "level",
            Standing::Behind => "BEHIND",
        }
    }
}

/// How we stand to the base of a row: of a ranked one, which is where both have a number.
pub(crate) fn to_base(row: &Row) -> Option<(Standing, Spread)> {
    row.numbers(row.base)?;
    let ratio = row.numbers(OURS)?.ratio?;
    (row.base != OURS).then_some((Standing::of(row, ratio), ratio))
}

/// The best of the others in a row that is ranked, and how we stand to it.
pub(crate) fn to_best(row: &Row) -> Option<(&'static str, Standing, Spread)> {
    to_base(row)?;
    let ours = row.numbers(OURS)?;
    let others = row.cells.iter().filter_map(|(peer, outcome)| {
        let ranked = *peer != OURS && !NOT_RANKED.contains(peer);
        Some((*peer, outcome.as_ref().ok()?)).filter(|_| ranked)
    });
    let (peer, best) = others.reduce(|best, other| {
        let better = row.better.ratio((&best.1.median, &other.1.median)) > 1.0;
        if better { other } else { best }
    })?;
    let ratio = spread_of(row.better, &best.samples, &ours.samples)?;
    Some((peer, Standing::of(row, ratio), ratio))
}

/// Who of us and the base has no number in a row that is meant to be ranked, and why.
pub(crate) fn missing(row: &Row) -> Option<(&'static str, &str)> {
    if row.base.is_empty() || row.base == OURS {
        return None;
    }
    let needed = row
        .cells
        .iter()
        .filter(|(peer, _)| [OURS, row.base].contains(peer));
    let mut without = needed.filter_map(|(peer, outcome)| Some((*peer, outcome.as_ref().err()?)));
    without.next().map(|(peer, reason)| (peer, reason.as_str()))
}

/// The instructions of a row's operation, where any were counted.
pub(crate) fn operation(row: &Row) -> Option<Counted> {
    let count = |peer: &Peer| row.numbers(peer.name())?.instructions;
    let counts: Vec<_> = Peer::COUNTED.iter().map(count).collect();
    let scenario = row.scenario?;
    let counted = counts.iter().any(Option::is_some);
    counted.then_some(Counted { scenario, counts })
}

/// Who takes fewer instructions than we do, and should not.
pub(crate) fn fewer_instructions(row: &Row) -> Option<Beside> {
    let operation = operation(row)?;
    let goal = Goal::of(operation.scenario);
    let best = operation.beside_best().filter(|_| goal.best_of_all);
    let mut others = operation.beside_tokio().into_iter().chain(best);
    others.find(|beside| !beside.as_few())
}

/// Something that a row must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Must {
    /// The ratio to the base is at least this.
    Ratio(f64),
    /// So many times fewer instructions than the base.
    Fewer(f64),
    /// At most so many instructions.
    Instructions(f64),
    /// No more instructions than tokio, but for noise.
    AsFew,
    /// No more instructions than the best of those that are not tokio, but for noise.
    AsFewAsBest,
    /// Our number is at most this.
    AtMost(f64),
    /// At most so many times what is done by hand.
    TimesFloor(f64),
    /// At most so much more than what is done by hand.
    AboveFloor(f64),
}

/// A goal as it was judged.
#[derive(Debug, PartialEq)]
pub(crate) struct Judged {
    /// What is wanted, in words.
    pub(crate) wanted: String,
    /// What was measured.
    pub(crate) measured: String,
    /// Whether it is reached.
    pub(crate) reached: bool,
}

/// The goals of rows that no count of instructions judges stand here; those of the others in `goals.rs`, and what has no
/// numbers there is held to the rule, so that no verdict of the table of instructions is missing from the goals.
fn musts(row: &Row) -> Vec<Must> {
    if let Some(scenario) = row.scenario {
        let goal = Goal::of(scenario);
        let wall = goal.wall.map(Must::Ratio);
        let fewer = goal.must.ratio.map(Must::Fewer);
        let most = goal.must.instructions.map(Must::Instructions);
        let rule = scenario.in_user_space() && fewer.is_none();
        let rule = rule.then_some(Must::AsFew);
        let best = goal.best_of_all.then_some(Must::AsFewAsBest);
        let musts = [fewer, most, rule, best, wall];
        let musts: Vec<Must> = musts.into_iter().flatten().collect();
        if !musts.is_empty() {
            return musts;
        }
    }
    match row.name.as_str() {
        "sleepers_100k" => vec![Must::Ratio(1.3)],
        "sleep_random_p50" | "sleep_1ms_p50" => vec![Must::AboveFloor(25.0)],
        "echo_1" => vec![Must::Ratio(1.05)],
        // At most 0.95 and 0.75 of hyper's.
        "http_64" | "http_512" => vec![Must::Ratio(1.0 / 0.95)],
        "http_pipelined_16" => vec![Must::Ratio(1.0 / 0.75)],
        // Also where a head has to be read: only what is known from before would be too easy a goal.
        "client_50" | "client_50_unlike" | "client_50_anew" => vec![Must::TimesFloor(1.2)],
        "tls_handshake" => vec![Must::TimesFloor(1.07)],
        "task_bytes" => vec![Must::AtMost(210.0)],
        "conn_bytes" => vec![Must::AtMost(600.0)],
        "syscalls_64" => vec![Must::AtMost(2.3)],
        "syscalls_1" => vec![Must::AtMost(3.1)],
        "syscalls_64_timer" | "syscalls_1_timer" => vec![Must::AtMost(0.01)],
        "syscalls_pipelined_16_read" | "syscalls_pipelined_16_write" => vec![Must::AtMost(1.05)],
        "binary_bytes" => vec![Must::AtMost(389_120.0)],
        _ => Vec::new(),
    }
}

/// Every goal of a row that could be measured.
pub(crate) fn goals(row: &Row) -> Vec<Judged> {
    let judged = |must: Must| judge(row, must);
    musts(row).into_iter().filter_map(judged).collect()
}

/// How many goals of a row could not be judged, since a count or a peer is missing.
pub(crate) fn not_judged(row: &Row) -> usize {
    musts(row).len() - goals(row).len()
}

fn judge(row: &Row, must: Must) -> Option<Judged> {
    let ours = row.numbers(OURS)?;
    let base = row.numbers(row.base);
    let floor = row.numbers("floor");
    let (wanted, measured, reached) = match must {
        Must::Ratio(least) => {
            let ratio = ours.ratio?.median;
            let wanted = format!("{least:.3} times better than {}", row.base);
            (wanted, format!("{ratio:.3}"), ratio >= least)
        }
        Must::Fewer(least) => {
            let ratio = base?.instructions? / ours.instructions?;
            let wanted = format!("{least} times fewer instructions than {}", row.base);
            (wanted, format!("{ratio:.2}"), ratio >= least)
        }
        Must::Instructions(most) => {
            let count = ours.instructions?;
            (
                format!("at most {most} instructions"),
                format!("{count:.0}"),
                count <= most,
            )
        }
        Must::AsFew => {
            let beside = operation(row)?.beside_tokio()?;
            let measured = format!("{:.0}, and {:.0}", beside.ours, beside.theirs);
            (as_few(beside.peer), measured, beside.as_few())
        }
        Must::AsFewAsBest => {
            let beside = operation(row)?.beside_best()?;
            let Beside { ours, peer, theirs } = beside;
            let measured = format!("{ours:.0}, and {theirs:.0} of {peer}");
            (as_few("the best of the others"), measured, beside.as_few())
        }
        Must::AtMost(most) => {
            let (wanted, measured) = match row.unit {
                "bytes" => (
                    format!("at most {most} {}", row.unit),
                    // A tenth too much is no goal reached, and has to be seen.
                    format!("{}", (ours.median * 10.0).round() / 10.0),
                ),
                unit => (
                    format!("at most {most} {unit}"),
                    format!("{:.2}", ours.median),
                ),
            };
            (wanted, measured, ours.median <= most)
        }
        Must::TimesFloor(most) => {
            // The ratio says how many times better we are: the other way round, how many times the floor we take.
            let ratio = spread_of(row.better, &floor?.samples, &ours.samples)?;
            let times = 1.0 / ratio.median;
            (
                format!("at most {most} of the floor's"),
                format!("{times:.3}"),
                times <= most,
            )
        }
        Must::AboveFloor(most) => {
            let above = ours.median - floor?.median;
            let wanted = format!("at most {most} {} more than the floor", row.unit);
            (wanted, format!("{above:.1}"), above <= most)
        }
    };
    // What is not a number is not reached.
    Some(Judged {
        wanted,
        measured,
        reached,
    })
}

fn as_few(as_whom: &str) -> String {
    let noise = (TOLERANCE - 1.0) * 100.0;
    format!("as few instructions as {as_whom} (but for {noise:.0} %)")
}

#[cfg(test)]
mod tests {
    use oneloop_benches::scenario::{Group, Scenario};

    use super::{Standing, fewer_instructions, goals, missing, not_judged, to_base, to_best};
    use crate::rows::{self, BASE, Better, Row};

    fn row(name: &str, cells: &[(&'static str, [f64; 3])]) -> Row {
        let rounds = |samples: &[f64; 3]| Ok(samples.iter().map(|&sample| vec![sample]).collect());
        let outcome = |(peer, samples): &(&'static str, [f64; 3])| (*peer, rounds(samples));
        let outcomes = cells.iter().map(outcome).collect();
        Row::of_one(name, Group::Http, "us", "hyper", Better::Less, outcomes)
    }

    #[test]
    fn ahead_and_behind_are_said_where_the_rounds_agree() {
        let standing = |ours| {
            let row = row("row", &[("hyper", [10.0; 3]), ("oneloop", ours)]);
            to_base(&row).expect("both are there").0
        };
        assert_eq!(standing([9.0, 8.0, 9.5]), Standing::Ahead);
        assert_eq!(standing([9.0, 10.5, 9.5]), Standing::Level);
        assert_eq!(standing([12.0, 11.0, 10.5]), Standing::Behind);
    }

    #[test]
    fn the_best_of_the_others_is_no_floor_and_not_ourselves() {
        let cells = [
            ("oneloop", [10.0; 3]),
            ("hyper", [20.0; 3]),
            ("nginx", [5.0; 3]),
            ("floor", [1.0; 3]),
        ];
        let row = row("row", &cells);
        let (peer, standing, ratio) = to_best(&row).expect("it is ranked");
        assert_eq!(
            (peer, standing, ratio.median),
            ("nginx", Standing::Behind, 0.5)
        );
    }

    #[test]
    fn a_row_without_us_or_its_base_says_who_is_missing() {
        let fine = row("row", &[("hyper", [10.0; 3]), ("oneloop", [1.0; 3])]);
        assert_eq!(missing(&fine), None);
        for peer in ["hyper", "oneloop"] {
            let mut without = row("row", &[("hyper", [10.0; 3]), ("oneloop", [1.0; 3])]);
            let mut cells = without.cells.iter_mut();
            let cell = cells.find(|(name, _)| *name == peer).expect("it is there");
            cell.1 = Err("it crashed".to_string());
            assert_eq!(missing(&without), Some((peer, "it crashed")));
        }
    }

    #[test]
    fn a_goal_without_the_floor_is_counted_as_not_judged() {
        let without = row("client_50", &[("hyper", [10.0; 3]), ("oneloop", [1.0; 3])]);
        assert_eq!((goals(&without).len(), not_judged(&without)), (0, 1));
        let with = row("client_50", &[("floor", [10.0; 3]), ("oneloop", [1.0; 3])]);
        assert_eq!((goals(&with).len(), not_judged(&with)), (1, 0));
    }

    /// A row of a scenario, with counts of peers.
    fn counted(scenario: Scenario, counts: &[(&'static str, f64)]) -> Row {
        let outcome = |(peer, _): &(&'static str, f64)| (*peer, Ok(vec![vec![1.0]; 3]));
        let outcomes: Vec<_> = counts.iter().map(outcome).collect();
        let mut row = rows::of(scenario, &outcomes).remove(0);
        for (peer, count) in counts {
            row.numbers_mut(peer).expect("it is there").instructions = Some(*count);
        }
        row
    }

    #[test]
    fn an_operation_without_numbers_has_the_rule_for_its_goal() {
        let row = |ours| {
            let counts = [("oneloop", ours), (BASE, 133.0), ("smol", 21.0)];
            counted(Scenario::TimeoutReady, &counts)
        };
        let judged = goals(&row(151.0)).remove(0);
        let wanted = "as few instructions as tokio-localset (but for 8 %)";
        assert_eq!((judged.wanted.as_str(), judged.reached), (wanted, false));
        assert_eq!(judged.measured, "151, and 133");
        assert!(goals(&row(143.0))[0].reached);
        assert_eq!(fewer_instructions(&row(143.0)), None);
        let fewer = fewer_instructions(&row(151.0)).expect("tokio takes fewer");
        assert_eq!((fewer.peer, fewer.theirs), (BASE, 133.0));
        // A scenario that is never counted has no goal that could be missing.
        assert_eq!(not_judged(&counted(Scenario::Bulk, &[])), 0);
        let uncounted = counted(Scenario::TimeoutReady, &[]);
        assert_eq!(not_judged(&uncounted), 1);
    }

    #[test]
    fn where_the_best_of_all_is_named_it_is_a_goal_of_its_own() {
        let row = |best| {
            let counts = [("oneloop", 50.0), (BASE, 240.0), ("monoio", best)];
            counted(Scenario::YieldSelf, &counts)
        };
        let reached = |best| -> Vec<bool> {
            let goals = goals(&row(best)).into_iter();
            goals.map(|goal| goal.reached).collect()
        };
        assert_eq!(reached(47.0), [true, true, true]);
        assert_eq!(reached(46.0), [true, true, false]);
        assert_eq!(goals(&row(46.0))[2].measured, "50, and 46 of monoio");
        let fewer = fewer_instructions(&row(46.0)).expect("monoio takes fewer");
        assert_eq!(fewer.peer, "monoio");
    }

    #[test]
    fn goals_are_judged_by_base_by_floor_and_by_number() {
        let reached = |name, ours| -> Vec<bool> {
            let cells = [
                ("hyper", [10.0; 3]),
                ("oneloop", [ours; 3]),
                ("floor", [4.0; 3]),
            ];
            goals(&row(name, &cells))
                .iter()
                .map(|goal| goal.reached)
                .collect()
        };
        assert_eq!(reached("http_64", 9.5), [true]);
        assert_eq!(reached("http_64", 9.6), [false]);
        for client in ["client_50", "client_50_unlike", "client_50_anew"] {
            assert_eq!(reached(client, 4.8), [true]);
            assert_eq!(reached(client, 4.9), [false]);
        }
        assert_eq!(reached("sleep_1ms_p50", 28.0), [true]);
        assert_eq!(reached("sleep_1ms_p50", 30.0), [false]);
        assert_eq!(reached("syscalls_64", 2.3), [true]);
        assert_eq!(reached("syscalls_64", 2.4), [false]);
        assert!(reached("row", 1.0).is_empty());
    }
}
