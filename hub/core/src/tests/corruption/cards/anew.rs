//! Cards that are new, or were written anew.

use super::*;

/// The card has another installation, canary and manifest at its next boot.
fn write_anew(pi: &mut Pi) {
    pi.board.machine = 2;
    pi.reboot();
    pi.scrub.lineage = LINEAGE - 2;
    (pi.scrub.era, pi.scrub.passes, pi.scrub.counts) = (5, 0, None);
    pi.says(&[]);
}

#[test]
fn an_empty_new_card_is_no_alarm_and_the_incidents_of_the_old_one_are_retired() {
    let mut pi = Pi::new();
    pi.world.report(
        &mut pi.board,
        &[reading(Quantity::DISK_WRITTEN, DISK, Ok(10))],
    );
    pi.counts([1, 0, 0], &[rotten(1, "/srv/a")]);
    pi.scrub.dropped = 1;
    pi.says(&[]);
    assert_eq!(open(&pi).len(), 2);
    pi.world.status(&pi.board, "stopping");
    pi.board.reboot(pi.world.moment);
    pi.board.parts = vec![(DISK, PartKind::Disk, "cid/1b53")];
    pi.world.meet(&mut pi.board);
    pi.scrub = Scrub {
        counts: None,
        era: 1,
        passes: 0,
        root: 0,
        canary: None,
        dropped: 0,
        ..pi.scrub
    };
    pi.says(&[]);
    pi.world.report(
        &mut pi.board,
        &[reading(Quantity::DISK_WRITTEN, DISK, Ok(3))],
    );
    assert!(open(&pi).is_empty(), "{:?}", open(&pi));
    for incident in pi.world.hub.incidents() {
        assert_eq!(
            incident.closed.unwrap().1,
            ClosedBy::Retired,
            "{incident:?}"
        );
    }
    pi.scrub.canary = Some((1, 1));
    pi.reboot();
    pi.says(&[]);
    assert!(open(&pi).is_empty(), "{:?}", open(&pi));
}

#[test]
fn a_card_that_was_written_anew_begins_anew_and_what_was_on_it_is_retired() {
    let mut pi = Pi::new();
    pi.board.machine = 1;
    pi.world.facts(&mut pi.board);
    pi.counts([1, 0, 0], &[rotten(1, "/srv/a")]);
    pi.reboot();
    pi.scrub.canary = Some((7, 7));
    pi.says(&[rotten(1, "/srv/a")]);
    assert_eq!(open(&pi).len(), 2);
    let rotten = pi.world.hub.incidents().next().unwrap().id.clone();
    // The canary is new, and the manifest still knows of the file: nothing was written anew.
    let rolled_back = pi.world.hub.incidents().find(|i| i.id != rotten);
    let rolled_back = rolled_back.unwrap().id.clone();
    pi.scrub.canary = Some((1, 1));
    pi.scrub.lineage = LINEAGE - 1;
    pi.says(&[]);
    assert_eq!(open(&pi).len(), 2, "{:?}", open(&pi));
    pi.restart_hub();
    write_anew(&mut pi);
    assert!(open(&pi).is_empty(), "{:?}", open(&pi));
    for id in [rotten, rolled_back] {
        let closed = pi.world.hub.incident(&id).unwrap().closed;
        assert_eq!(closed.unwrap().1, ClosedBy::Retired);
    }
}

#[test]
fn a_scrub_that_lost_its_state_leaves_the_files_that_it_found() {
    // The installation before and after; 0 says nothing.
    for (before, after) in [(0, 0), (1, 1), (1, 0), (0, 1)] {
        let mut pi = Pi::new();
        pi.board.machine = before;
        pi.world.facts(&mut pi.board);
        pi.counts([1, 0, 0], &[rotten(1, "/srv/a")]);
        pi.board.machine = after;
        pi.restart_agent();
        (pi.scrub.era, pi.scrub.passes, pi.scrub.lineage) = (9, 0, 5);
        (pi.scrub.counts, pi.scrub.canary) = (None, Some((0, 1)));
        pi.says(&[]);
        assert_eq!(open(&pi).len(), 1, "{before} {after}");
        pi.reboot();
        pi.scrub.passes = 3;
        pi.counts([0; 3], &[]);
        assert_eq!(open(&pi).len(), 1, "{before} {after}");
        assert_eq!(pi.corruption()[0].state, Watched::Faulty);
    }
}

#[test]
fn who_says_for_a_while_not_which_installation_it_is_stays_the_one_that_it_was() {
    let mut pi = Pi::new();
    pi.board.machine = 1;
    pi.world.facts(&mut pi.board);
    pi.reboot();
    pi.scrub.canary = Some((7, 7));
    pi.says(&[]);
    assert_eq!(open(&pi).len(), 1);
    pi.board.machine = 0;
    pi.restart_agent();
    pi.says(&[]);
    pi.restart_hub();
    write_anew(&mut pi);
    assert!(open(&pi).is_empty(), "the card was written anew");
}
