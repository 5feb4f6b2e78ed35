//! From samples to the rows of the report: medians, ratios within each round, and how far these scatter.

use oneloop_benches::scenario::{Group, Scenario, Unit};
use oneloop_benches::statistics::{median, quantile};

use crate::rounds::Outcome;

/// The peer that every ratio is taken to, unless the row says otherwise.
pub(crate) const BASE: &str = "tokio-localset";

/// One line of a table.
pub(crate) struct Row {
    /// Its name in tables and JSON.
    pub(crate) name: String,
    /// The scenario whose instructions tell its cost as well, if any.
    pub(crate) scenario: Option<Scenario>,
    /// The table that it stands in.
    pub(crate) group: Group,
    /// In what it is measured.
    pub(crate) unit: &'static str,
    /// Which of two numbers is the better one.
    pub(crate) better: Better,
    /// The peer that the ratios are taken to; empty in a row that is shown and not ranked.
    pub(crate) base: &'static str,
    /// What each sample is taken of.
    pub(crate) samples: Samples,
    /// Each peer with its numbers, or with the reason why it has none.
    pub(crate) cells: Vec<(&'static str, Result<Numbers, String>)>,
}

/// Which of two numbers is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Better {
    /// Times and bytes.
    Less,
    /// What is done in a time.
    More,
}

impl Better {
    /// How many times the second is better than the first.
    pub(crate) fn ratio(self, (base, sample): (&f64, &f64)) -> f64 {
        match self {
            Better::Less => base / sample,
            Better::More => sample / base,
        }
    }
}

/// What the samples of a row are taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Samples {
    /// A round each.
    Rounds,
    /// As many rounds as there were each, drawn by lot (`rare`): these are more alike than rounds are.
    Draws,
    /// A round each, of what is counted and hardly differs from one round to the next.
    Counts,
}

/// What was measured of one peer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Numbers {
    /// One number a round, or a draw.
    pub(crate) samples: Vec<f64>,
    /// Their median.
    pub(crate) median: f64,
    /// The smallest.
    pub(crate) min: f64,
    /// The base's number over this one, or the other way round where more is better: the median of all rounds, with the
    /// bounds of the middle eight tenths. There is none without a base, nor where something was divided by nothing.
    pub(crate) ratio: Option<Spread>,
    /// Instructions of one operation.
    pub(crate) instructions: Option<f64>,
}

/// A median, and between what the middle eight tenths of the rounds lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// Spreads of what hardly differs within a run are taken this wide: what a whole run moves, rounds cannot show.
const NARROWEST: f64 = 0.03;

impl Spread {
    /// The same, and at least so wide.
    pub(crate) fn widened(self) -> Spread {
        Spread {
            low: self.low.min(self.median * (1.0 - NARROWEST)),
            high: self.high.max(self.median * (1.0 + NARROWEST)),
            ..self
        }
    }
}

impl Row {
    /// A row of what has one sample a round.
    pub(crate) fn of_one(
        name: &str,
        group: Group,
        unit: &'static str,
        base: &'static str,
        better: Better,
        outcomes: Vec<(&'static str, Outcome)>,
    ) -> Row {
        let first = |(peer, outcome): (&'static str, Outcome)| {
            let of_round = |round: Vec<f64>| round[0];
            let samples = outcome.map(|rounds| rounds.into_iter().map(of_round).collect());
            (peer, samples)
        };
        Row {
            name: name.to_string(),
            scenario: None,
            group,
            unit,
            better,
            base,
            samples: Samples::Rounds,
            cells: cells(base, better, outcomes.into_iter().map(first).collect()),
        }
    }

    /// The numbers of a peer.
    pub(crate) fn numbers(&self, peer: &str) -> Option<&Numbers> {
        let mut cells = self.cells.iter();
        let (_, outcome) = cells.find(|(name, _)| *name == peer)?;
        outcome.as_ref().ok()
    }

    /// The numbers of a peer.
    pub(crate) fn numbers_mut(&mut self, peer: &str) -> Option<&mut Numbers> {
        let mut cells = self.cells.iter_mut();
        let (_, outcome) = cells.find(|(name, _)| *name == peer)?;
        outcome.as_mut().ok()
    }
}

/// The rows of a scenario: one, or one for each quantile that there are samples enough for.
pub(crate) fn of(scenario: Scenario, measured: &[(&'static str, Outcome)]) -> Vec<Row> {
    let row = |name: String, base, samples_of, per_round: &dyn Fn(&[Vec<f64>]) -> Vec<f64>| {
        let of_peer = |(peer, outcome): &(&'static str, Outcome)| {
            let samples = outcome.as_ref().map(|rounds| per_round(rounds));
            (*peer, samples.map_err(String::clone))
        };
        Row {
            name,
            scenario: Some(scenario),
            group: scenario.group(),
            unit: scenario.unit().name(),
            better: Better::Less,
            base,
            samples: samples_of,
            cells: cells(base, Better::Less, measured.iter().map(of_peer).collect()),
        }
    };
    if scenario.unit() != Unit::MicrosecondsLate {
        let only_sample = |rounds: &[Vec<f64>]| rounds.iter().map(|round| round[0]).collect();
        let name = scenario.name().to_string();
        return vec![row(name, BASE, Samples::Rounds, &only_sample)];
    }
    let p50 = format!("{}_p50", scenario.name());
    let mut rows = vec![row(p50, BASE, Samples::Rounds, &|rounds| {
        rounds.iter().map(|round| median(round)).collect()
    })];
    // The rare ones are asked of many rounds together, since one has too few sleeps to have any. What one of a thousand
    // exceeds hangs on the worst one or two that there were, so it is shown and not ranked.
    for (suffix, part, needed, base) in [("p99", 0.99, 100, BASE), ("p999", 0.999, 1_000, "")] {
        let enough = |(_, outcome): &(&str, Outcome)| {
            let sleeps = |rounds: &Vec<Vec<f64>>| rounds.iter().map(Vec::len).sum::<usize>();
            outcome
                .as_ref()
                .map_or(true, |rounds| sleeps(rounds) >= needed)
        };
        if measured.iter().all(enough) {
            let name = format!("{}_{suffix}", scenario.name());
            rows.push(row(name, base, Samples::Draws, &|rounds| {
                rare(rounds, part)
            }));
        }
    }
    rows
}

/// A quantile of as many rounds as there were, drawn by lot out of these, some twice and some not at all: how far the
/// draws differ tells how much of it hangs on single rounds (a bootstrap).
///
/// Discussion: p99.9 hangs on one hiccup of the machine in a thousand sleeps. Were a part of the rounds left out each
/// time, that hiccup would be in nearly all that is left, whose agreement would say nothing: whoever met the larger one
/// would be told to be behind.
fn rare(rounds: &[Vec<f64>], part: f64) -> Vec<f64> {
    // The same lots for all peers: their rounds stood beside each other.
    let mut lots = fastrand::Rng::with_seed(0);
    let mut draw = || {
        let drawn = (0..rounds.len()).flat_map(|_| &rounds[lots.usize(..rounds.len())]);
        let mut sleeps: Vec<f64> = drawn.copied().collect();
        sleeps.sort_by(f64::total_cmp);
        quantile(&sleeps, part)
    };
    (0..DRAWS).map(|_| draw()).collect()
}

/// How many samples a rare quantile has.
const DRAWS: usize = 50;

/// Numbers of samples, with ratios to the base's samples of the same rounds.
pub(crate) fn cells(
    base: &str,
    better: Better,
    samples: Vec<(&'static str, Result<Vec<f64>, String>)>,
) -> Vec<(&'static str, Result<Numbers, String>)> {
    let of_base = samples.iter().find(|(peer, _)| *peer == base);
    let of_base = of_base.and_then(|(_, outcome)| outcome.clone().ok());
    let numbers = |samples: Vec<f64>| {
        let base = of_base.as_ref();
        Numbers {
            median: median(&samples),
            min: samples.iter().copied().fold(f64::INFINITY, f64::min),
            ratio: base.and_then(|base| spread_of(better, base, &samples)),
            instructions: None,
            samples,
        }
    };
    let cell =
        |(peer, outcome): (&'static str, Result<Vec<f64>, String>)| (peer, outcome.map(numbers));
    samples.into_iter().map(cell).collect()
}

/// How many times better the second samples are, round by round: the median, and the middle eight tenths. There is none
/// where no round has both, or where a number was divided by nothing.
pub(crate) fn spread_of(better: Better, first: &[f64], second: &[f64]) -> Option<Spread> {
    let pairs = first.iter().zip(second);
    let mut ratios: Vec<f64> = pairs.map(|pair| better.ratio(pair)).collect();
    if ratios.is_empty() || !ratios.iter().all(|ratio| ratio.is_finite()) {
        return None;
    }
    ratios.sort_by(f64::total_cmp);
    Some(Spread {
        median: median(&ratios),
        low: quantile(&ratios, 0.1),
        high: quantile(&ratios, 0.9),
    })
}

#[cfg(test)]
mod tests {
    use oneloop_benches::scenario::Scenario;

    use super::{BASE, Better, DRAWS, Samples, cells, of, rare, spread_of};
    use crate::verdict::{missing, to_base, to_best};

    #[test]
    fn a_ratio_is_the_median_of_the_ratios_of_each_round() {
        let base = vec![100.0, 400.0, 100.0];
        let ours = vec![50.0, 100.0, 100.0];
        let cells = cells(
            "base",
            Better::Less,
            vec![("base", Ok(base)), ("ours", Ok(ours))],
        );
        let ours = cells[1].1.as_ref().expect("it was measured");
        let ratio = ours.ratio.expect("there is a base");
        assert_eq!((ratio.low, ratio.median, ratio.high), (1.0, 2.0, 4.0));
        assert_eq!((ours.median, ours.min), (100.0, 50.0));
        let base = cells[0].1.as_ref().expect("it was measured");
        assert_eq!(base.ratio.expect("it is its own base").median, 1.0);
    }

    #[test]
    fn where_more_is_better_the_ratio_is_turned_over() {
        let samples = vec![("base", Ok(vec![100.0])), ("ours", Ok(vec![300.0]))];
        let cells = cells("base", Better::More, samples);
        let ours = cells[1].1.as_ref().expect("it was measured");
        assert_eq!(ours.ratio.expect("there is a base").median, 3.0);
    }

    #[test]
    fn where_nothing_was_measured_on_both_sides_there_is_no_ratio() {
        let samples = vec![("base", Ok(vec![0.0, 0.0])), ("ours", Ok(vec![0.0, 1.0]))];
        let cells = cells("base", Better::Less, samples);
        for (_, outcome) in cells {
            assert_eq!(outcome.expect("it was measured").ratio, None);
        }
    }

    #[test]
    fn who_cannot_do_it_keeps_the_reason_and_without_a_base_there_is_no_ratio() {
        let cells = cells(
            "base",
            Better::Less,
            vec![("base", Err("cannot".into())), ("ours", Ok(vec![1.0]))],
        );
        assert_eq!(cells[0].1, Err("cannot".to_string()));
        assert_eq!(cells[1].1.as_ref().expect("it was measured").ratio, None);
    }

    #[test]
    fn a_quantile_without_samples_enough_is_no_row() {
        let rounds = |count| vec![(BASE, Ok(vec![vec![1.0; 50]; count]))];
        let names = |count| -> Vec<String> {
            let rows = of(Scenario::Sleep1Ms, &rounds(count)).into_iter();
            rows.map(|row| row.name).collect()
        };
        assert_eq!(names(1), ["sleep_1ms_p50"]);
        assert_eq!(names(2), ["sleep_1ms_p50", "sleep_1ms_p99"]);
        assert_eq!(names(20).len(), 3);
    }

    #[test]
    fn what_hangs_on_one_sleep_of_a_thousand_is_shown_and_not_ranked() {
        let peers = [("oneloop", 1.0), (BASE, 2.0), ("smol", 0.5)];
        let of_peer = |(peer, late)| (peer, Ok(vec![vec![late; 50]; 20]));
        let rows = of(Scenario::SleepRandom, &peers.map(of_peer));
        let ranked: Vec<bool> = rows.iter().map(|row| to_base(row).is_some()).collect();
        assert_eq!(ranked, [true, true, false]);
        let [_, p99, p999] = &rows[..] else {
            panic!("there are sleeps enough for three");
        };
        assert_eq!(p99.samples, Samples::Draws);
        let shown = p999.numbers("oneloop").expect("it was measured");
        assert_eq!((shown.median, shown.ratio), (1.0, None));
        assert_eq!((to_best(p999), missing(p999)), (None, None));
    }

    #[test]
    fn one_bad_round_shows_in_the_spread_of_a_rare_quantile() {
        let mut rounds = vec![vec![1.0; 50]; 20];
        let calm = rare(&rounds, 0.99);
        assert_eq!(calm, [1.0; DRAWS]);
        rounds[7] = vec![9.0; 50];
        let spread = spread_of(Better::Less, &rare(&rounds, 0.99), &calm);
        let spread = spread.expect("both have samples");
        assert_eq!((spread.low, spread.median, spread.high), (1.0, 9.0, 9.0));
    }
}
