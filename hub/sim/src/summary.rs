//! What is printed of many worlds: a line each, what is wrong in it, and the seeds at the end.

use picket_sim::Outcome;
use std::fmt;

/// Most seeds that are named at the end.
const MAX_NAMED: usize = 20;

/// The worlds so far.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    worlds: u64,
    reports: u64,
    wrong: u64,
    wrong_seeds: Vec<u64>,
}

impl Summary {
    /// Takes a world in; gives its lines.
    pub(crate) fn take(&mut self, outcome: &Outcome) -> String {
        self.worlds = self.worlds.saturating_add(1);
        self.reports = self.reports.saturating_add(outcome.taken);
        let mut lines = format!("{outcome}\n");
        let failures = outcome.failures();
        for failure in &failures {
            lines.push_str(&format!("seed {}: WRONG {failure}\n", outcome.seed));
        }
        if !failures.is_empty() {
            self.wrong = self.wrong.saturating_add(1);
            if self.wrong_seeds.len() < MAX_NAMED {
                self.wrong_seeds.push(outcome.seed);
            }
        }
        lines
    }

    /// Whether nothing was wrong in any world.
    pub(crate) fn all_well(&self) -> bool {
        self.wrong == 0
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary {
            worlds,
            reports,
            wrong,
            wrong_seeds,
        } = self;
        if self.all_well() {
            return write!(f, "worlds: {worlds}, reports taken: {reports}, all well");
        }
        write!(
            f,
            "worlds: {worlds}, reports taken: {reports}, went wrong: {wrong}; seeds:"
        )?;
        for seed in wrong_seeds {
            write!(f, " {seed}")?;
        }
        let unnamed = self.wrong.saturating_sub(wrong_seeds.len() as u64);
        if unnamed > 0 {
            write!(f, " and {unnamed} more")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(seed: u64) -> Outcome {
        Outcome {
            seed,
            nodes: 2,
            alive: 2,
            live_in_run: 2,
            incidents: 0,
            loss_notes: 0,
            alarms: Vec::new(),
            made: 10,
            taken: 10,
            dated: 8,
            undated: 2,
            misdated: 0,
            repeated: 0,
            not_taken: 0,
            lost: 0,
            dropped: 0,
            cut: 0,
            waiting: 0,
            most_waiting: 1,
            most_events: 9,
            hub_starts: 1,
            digest: 0xAB,
        }
    }

    #[test]
    fn worlds_that_are_well_have_a_line_each() {
        let mut summary = Summary::default();
        let line = "seed 5: 2 of 2 alive, 10 of 10 reports taken, 0 incidents, 0 lost, \
                    digest 00000000000000ab\n";
        assert_eq!(summary.take(&outcome(5)), line);
        assert!(summary.all_well());
        assert_eq!(
            summary.to_string(),
            "worlds: 1, reports taken: 10, all well"
        );
    }

    #[test]
    fn a_world_that_went_wrong_says_how_and_its_seed_is_named() {
        let mut summary = Summary::default();
        summary.take(&outcome(1));
        let lines = summary.take(&Outcome {
            alive: 1,
            ..outcome(2)
        });
        assert!(
            lines.ends_with("\nseed 2: WRONG nodes alive: 1, expected 2 to 2\n"),
            "{lines}"
        );
        assert!(!summary.all_well());
        assert_eq!(
            summary.to_string(),
            "worlds: 2, reports taken: 20, went wrong: 1; seeds: 2"
        );
    }

    #[test]
    fn not_more_seeds_are_named_than_fit_a_screen() {
        let mut summary = Summary::default();
        for seed in 0..25 {
            summary.take(&Outcome {
                lost: 1,
                ..outcome(seed)
            });
        }
        let text = summary.to_string();
        assert!(
            text.contains("went wrong: 25;") && text.ends_with(" 19 and 5 more"),
            "{text}"
        );
    }
}
