//! Manifests that were begun anew, or are others: what they say of files that were found before.

use super::*;

#[test]
fn a_manifest_that_was_begun_anew_knows_nothing_and_closes_nothing() {
    for restart in [false, true] {
        let mut pi = Pi::new();
        pi.counts([1, 0, 0], &[rotten(1, "/srv/a")]);
        if restart {
            pi.restart_hub();
        }
        (pi.scrub.era, pi.scrub.passes) = (ERA + 1, 1);
        for _ in 0..5 {
            pi.counts([0; 3], &[]);
        }
        assert_eq!(pi.world.open()[0].1, SUBJECT.1);
        assert_eq!(pi.corruption()[0].state, Watched::Faulty);
        pi.scrub.era = ERA;
        pi.says(&[]);
        assert!(pi.world.open().is_empty(), "the old one is back");
    }
}

#[test]
fn another_manifest_that_names_the_files_itself_answers_for_them() {
    use FindingState::{Deleted, GoodAgain, Open, Rewritten};
    let table = [
        (Open, ClosedBy::Healthy),
        (GoodAgain, ClosedBy::Healthy),
        (Rewritten, ClosedBy::Retired),
        (Deleted, ClosedBy::Retired),
    ];
    for restart in [false, true] {
        for (state, by) in table {
            let mut pi = Pi::new();
            let rot = rotten(1, "/srv/a");
            pi.counts([1, 0, 0], &[rot]);
            pi.restart_agent();
            if restart {
                pi.restart_hub();
            }
            // A folder of the same disk is scrubbed as well: what the manifests have together is
            // another era.
            pi.scrub.era = ERA + 1;
            let counts = [i64::from(state == Open), 0, 0];
            pi.counts(counts, &[ended(rot, state)]);
            // What has ended is told for a while only.
            pi.restart_agent();
            pi.counts([0; 3], &[]);
            assert!(pi.world.open().is_empty(), "{state:?}");
            assert_eq!(pi.last_closed().closed.unwrap().1, by, "{state:?}");
        }
    }
}

#[test]
fn another_manifest_that_names_other_files_answers_for_none() {
    for (agent, hub) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut pi = Pi::new();
        pi.counts([1, 0, 0], &[rotten(1, "/srv/a")]);
        if agent {
            pi.restart_agent();
        }
        if hub {
            pi.restart_hub();
        }
        pi.scrub.era = ERA + 1;
        let cured = ended(
            with(rotten(3, "/srv/c"), FindingKind::Transient),
            FindingState::GoodAgain,
        );
        let other = rotten(2, "/srv/b");
        pi.counts([0; 3], &[cured]);
        pi.counts([1, 0, 0], &[other]);
        pi.counts([0; 3], &[ended(other, FindingState::Rewritten)]);
        for _ in 0..3 {
            pi.scrub.passes += 1;
            pi.says(&[]);
        }
        assert_eq!(pi.world.open()[0].1, SUBJECT.1, "/srv/a is still wrong");
    }
}

#[test]
fn nobody_has_to_answer_for_files_of_an_incident_that_is_over() {
    for (state, by) in [
        (FindingState::GoodAgain, ClosedBy::Healthy),
        (FindingState::Rewritten, ClosedBy::Retired),
    ] {
        let mut pi = Pi::new();
        let first = rotten(1, "/srv/a");
        pi.counts([1, 0, 0], &[first]);
        pi.counts([0; 3], &[ended(first, state)]);
        assert_eq!(pi.last_closed().closed.unwrap().1, by);
        // Two more, of which one is not told yet: what was told stays named until all are.
        let others = [rotten(2, "/srv/b"), rotten(3, "/srv/c")];
        pi.restart_agent();
        pi.counts([2, 0, 0], &others[..1]);
        pi.restart_agent();
        pi.scrub.era = ERA + 1;
        pi.counts([2, 0, 0], &others);
        let past = others.map(|other| ended(other, FindingState::Rewritten));
        pi.counts([0; 3], &past);
        assert!(pi.world.open().is_empty(), "{:?}", pi.world.open());
    }
}
