//! What each operation must reach, the limits that fail a run, and the verdicts of the tables.
//!
//! A goal is a ratio to tokio in the same run, and for some operations a count of our own beside it, since lone counts
//! move by some percent with every compiler and every unrelated function in the program. The limits leave that much
//! room below the goals. Where an operation has no numbers there is a rule all the same: nothing may take more
//! instructions than tokio takes, but for that noise.

use crate::baseline::TOLERANCE;
use crate::scenario::Scenario;

/// The rule for all: whether ours are no more than theirs, but for noise. Nothing counted is not few.
pub fn as_few(ours: f64, theirs: f64) -> bool {
    ours > 0.0 && ours <= theirs * TOLERANCE
}

/// What an operation must reach.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Goal {
    /// Tokio's instructions over ours must be at least this, or the run fails; `None` only informs.
    pub limit: Option<f64>,
    /// What it must reach.
    pub must: Target,
    /// What is aimed at beyond.
    pub stretch: Target,
    /// Whether no other peer may take fewer instructions either.
    pub best_of_all: bool,
    /// The ratio of wall times aimed at, which never fails a run.
    pub wall: Option<f64>,
}

/// Numbers to reach; one that is missing is reached by all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Target {
    /// Tokio's instructions over ours, at least.
    pub ratio: Option<f64>,
    /// Our own instructions, at most.
    pub instructions: Option<f64>,
}

impl Target {
    const fn new(ratio: f64, instructions: Option<f64>) -> Target {
        Target {
            ratio: Some(ratio),
            instructions,
        }
    }

    /// Whether these counts reach it. A ratio that is not a number (nothing was counted) does not.
    fn is_reached(self, tokio: f64, ours: f64) -> bool {
        let ratio = self.ratio.is_none_or(|least| tokio / ours >= least);
        ratio && self.instructions.is_none_or(|most| ours <= most)
    }

    /// How tables print it: the ratio, and the count beside it.
    pub fn text(self) -> String {
        match (self.ratio, self.instructions) {
            (Some(ratio), Some(most)) => format!(">= {ratio}, <= {most}"),
            (Some(ratio), None) => format!(">= {ratio}"),
            _ => String::new(),
        }
    }
}

impl Goal {
    /// The goal of an operation.
    pub fn of(scenario: Scenario) -> Goal {
        let with = |limit: f64, must: Target, stretch: Target| Goal {
            limit: Some(limit),
            must,
            stretch,
            ..Goal::default()
        };
        let target = Target::new;
        let goal = match scenario {
            Scenario::SpawnJoin => with(6.0, target(6.5, Some(230.0)), target(8.0, Some(190.0))),
            Scenario::SpawnDetached => {
                with(7.0, target(7.5, Some(180.0)), target(9.0, Some(150.0)))
            }
            Scenario::YieldSelf => with(3.2, target(3.5, Some(70.0)), target(4.2, Some(60.0))),
            Scenario::Yield1000 => with(3.0, target(3.2, Some(80.0)), target(4.0, None)),
            Scenario::PingPong => with(1.9, target(2.1, Some(360.0)), target(2.6, Some(305.0))),
            Scenario::Oneshot => with(1.8, target(2.0, None), target(2.6, None)),
            Scenario::Channel => with(2.6, target(2.8, None), target(3.4, None)),
            Scenario::WakeStorm => with(1.6, target(1.7, Some(235.0)), target(2.0, None)),
            Scenario::TimerCancel => with(1.7, target(1.8, Some(310.0)), target(2.2, None)),
            _ => Goal::default(),
        };
        Goal {
            best_of_all: matches!(
                scenario,
                Scenario::SpawnJoin
                    | Scenario::YieldSelf
                    | Scenario::PingPong
                    | Scenario::WakeStorm
                    | Scenario::TimerCancel
            ),
            wall: match scenario {
                Scenario::YieldNow => Some(30.0),
                Scenario::WakeStorm => Some(2.0),
                Scenario::TimerEarliest => Some(3.0),
                _ => None,
            },
            ..goal
        }
    }

    /// What it must reach, in a table: numbers, or the rule.
    pub fn text(self) -> String {
        match self.must.ratio {
            Some(_) => self.must.text(),
            None => "as few as tokio".to_string(),
        }
    }

    /// Judges a measured pair of counts, beside the best of the other peers where they were counted.
    pub fn judge(self, tokio: f64, ours: f64, best: Option<(&'static str, f64)>) -> Verdict {
        // What is not a number (nothing was counted) must fail too, so the questions are asked this way round.
        let limit_kept = self.limit.is_none_or(|limit| tokio / ours >= limit);
        let best = best.filter(|_| self.best_of_all);
        if !limit_kept {
            Verdict::BelowLimit
        } else if !as_few(ours, tokio) {
            Verdict::Behind("tokio")
        } else if let Some((name, _)) = best.filter(|(_, count)| !as_few(ours, *count)) {
            Verdict::Behind(name)
        } else if !self.must.is_reached(tokio, ours) {
            Verdict::Missed
        } else if self.stretch.ratio.is_some() && self.stretch.is_reached(tokio, ours) {
            Verdict::StretchMet
        } else {
            Verdict::Met
        }
    }
}

/// What came of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What is aimed at beyond the goal is reached.
    StretchMet,
    /// The goal is reached.
    Met,
    /// The limit is kept, the goal is not reached.
    Missed,
    /// This peer takes fewer instructions, which it should not.
    Behind(&'static str),
    /// The limit is not kept: the run fails.
    BelowLimit,
}

impl Verdict {
    /// How tables print it.
    pub fn text(self) -> String {
        match self {
            Verdict::StretchMet => "stretch met".to_string(),
            Verdict::Met => "met".to_string(),
            Verdict::Missed => "missed".to_string(),
            Verdict::Behind(peer) => format!("missed: behind {peer}"),
            Verdict::BelowLimit => "BELOW ITS LIMIT".to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Goal, Verdict};
    use crate::scenario::Scenario;

    #[test]
    fn the_limit_fails_and_the_goals_only_speak() {
        let judge = |ours| Goal::of(Scenario::SpawnJoin).judge(1_555.0, ours, None);
        assert_eq!(judge(180.0), Verdict::StretchMet);
        assert_eq!(judge(212.0), Verdict::Met);
        assert_eq!(judge(250.0), Verdict::Missed);
        assert_eq!(judge(260.0), Verdict::BelowLimit);
    }

    #[test]
    fn a_count_above_the_goal_is_told_although_the_ratio_is_good() {
        let judge = |ours| Goal::of(Scenario::SpawnJoin).judge(3_000.0, ours, None);
        assert_eq!(judge(231.0), Verdict::Missed);
        assert_eq!(judge(191.0), Verdict::Met);
    }

    #[test]
    fn a_run_that_counted_nothing_reaches_nothing() {
        let yields = Goal::of(Scenario::YieldSelf);
        assert_eq!(yields.judge(0.0, 0.0, None), Verdict::BelowLimit);
        let select = Goal::of(Scenario::Select);
        assert_eq!(select.judge(0.0, 0.0, None), Verdict::Behind("tokio"));
    }

    #[test]
    fn where_there_are_no_numbers_nobody_may_be_behind_tokio_but_for_noise() {
        let judge = |ours| Goal::of(Scenario::Select).judge(1_000.0, ours, Some(("smol", 1.0)));
        assert_eq!(judge(1.0), Verdict::Met);
        assert_eq!(judge(1_079.0), Verdict::Met);
        assert_eq!(judge(1_081.0), Verdict::Behind("tokio"));
    }

    #[test]
    fn where_the_goals_name_the_others_nobody_may_be_behind_the_best_of_them() {
        let judge = |best| Goal::of(Scenario::SpawnJoin).judge(1_555.0, 200.0, Some(best));
        assert_eq!(judge(("monoio", 186.0)), Verdict::Met);
        assert_eq!(judge(("monoio", 184.0)), Verdict::Behind("monoio"));
    }

    #[test]
    fn every_limit_lies_below_its_goal_and_every_goal_below_its_stretch() {
        for &scenario in Scenario::ALL {
            let goal = Goal::of(scenario);
            if let (Some(limit), Some(must), Some(stretch)) =
                (goal.limit, goal.must.ratio, goal.stretch.ratio)
            {
                assert!(limit < must && must < stretch, "{}", scenario.name());
            } else {
                assert_eq!((goal.limit, goal.must.ratio), (None, None));
            }
        }
    }
}
