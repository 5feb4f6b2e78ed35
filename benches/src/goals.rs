//! What each operation must reach: the limits that fail a run, and the finer goals printed beside them.
//!
//! A goal is a ratio to tokio in the same run, since lone counts move by some percent with every compiler and every
//! unrelated function in the program. The limits leave that much room below the goals.

use crate::scenario::Scenario;

/// What an operation must reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// Tokio's instructions over ours must be at least this, or the run fails; `None` only informs.
    pub must: Option<f64>,
    /// The ratio aimed at.
    pub ratio: Option<f64>,
    /// Our own instructions aimed at, at most.
    pub instructions: Option<f64>,
    /// The ratio of wall times aimed at, which never fails a run.
    pub wall: Option<f64>,
}

impl Goal {
    /// The goal of an operation.
    pub fn of(scenario: Scenario) -> Goal {
        let (must, ratio, instructions, wall) = match scenario {
            Scenario::SpawnJoin => (Some(6.0), Some(6.5), Some(230.0), None),
            Scenario::SpawnDetached => (Some(7.0), Some(7.5), Some(180.0), None),
            Scenario::YieldSelf => (Some(3.2), Some(3.5), Some(70.0), None),
            Scenario::Yield1000 => (Some(3.0), Some(3.2), Some(80.0), None),
            Scenario::YieldNow => (None, None, None, Some(30.0)),
            Scenario::PingPong => (Some(1.9), Some(2.1), Some(360.0), None),
            Scenario::Oneshot => (Some(1.8), Some(2.0), None, None),
            Scenario::Channel => (Some(2.6), Some(2.8), None, None),
            Scenario::WakeStorm => (Some(1.6), Some(1.7), Some(235.0), Some(2.0)),
            Scenario::TimerCancel => (Some(1.7), Some(1.8), Some(310.0), None),
            Scenario::TimerEarliest => (None, None, None, Some(3.0)),
            _ => (None, None, None, None),
        };
        Goal {
            must,
            ratio,
            instructions,
            wall,
        }
    }

    /// The goal in a table: the ratio, and the count beside it.
    pub fn text(self) -> String {
        match (self.ratio, self.instructions) {
            (Some(ratio), Some(most)) => format!(">= {ratio}, <= {most}"),
            (Some(ratio), None) => format!(">= {ratio}"),
            _ => String::new(),
        }
    }

    /// Judges a measured pair of counts.
    pub fn judge(self, tokio: f64, ours: f64) -> Verdict {
        let ratio = tokio / ours;
        // A ratio that is not a number (nothing was counted) must fail too, so the questions are asked this way round.
        let at_least = |wanted: Option<f64>| wanted.is_none_or(|wanted| ratio >= wanted);
        if !at_least(self.must) {
            Verdict::Missed
        } else if at_least(self.ratio) && self.instructions.is_none_or(|most| ours <= most) {
            Verdict::Reached
        } else {
            Verdict::BelowGoal
        }
    }
}

/// What came of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Limit and goal are reached.
    Reached,
    /// The limit is kept (or there is none), the goal is not reached.
    BelowGoal,
    /// The limit is not kept: the run fails.
    Missed,
}

impl Verdict {
    /// How tables print it.
    pub fn text(self) -> &'static str {
        match self {
            Verdict::Reached => "yes",
            Verdict::BelowGoal => "below goal",
            Verdict::Missed => "MISSED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Goal, Verdict};
    use crate::scenario::Scenario;

    #[test]
    fn the_limit_fails_and_the_goal_only_speaks() {
        let goal = Goal::of(Scenario::SpawnJoin);
        assert_eq!(goal.judge(1_555.0, 212.0), Verdict::Reached);
        assert_eq!(goal.judge(1_555.0, 250.0), Verdict::BelowGoal);
        assert_eq!(goal.judge(1_555.0, 260.0), Verdict::Missed);
    }

    #[test]
    fn a_count_above_the_goal_is_told_although_the_ratio_is_good() {
        let goal = Goal::of(Scenario::SpawnJoin);
        assert_eq!(goal.judge(3_000.0, 231.0), Verdict::BelowGoal);
    }

    #[test]
    fn a_run_that_counted_nothing_misses_its_limit() {
        let goal = Goal::of(Scenario::YieldSelf);
        assert_eq!(goal.judge(0.0, 0.0), Verdict::Missed);
    }

    #[test]
    fn every_limit_lies_below_its_goal() {
        for &scenario in Scenario::ALL {
            let goal = Goal::of(scenario);
            if let (Some(must), Some(ratio)) = (goal.must, goal.ratio) {
                assert!(must < ratio, "{}", scenario.name());
            }
        }
    }
}
