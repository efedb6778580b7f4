//! Cards that are replaced, moved or gone.

use super::*;

/// Opens a ticket and a note on the card.
fn ill(pi: &mut Pi) {
    pi.says(&[written(10), life(95)]);
    for _ in 0..3 {
        pi.says(&[
            written(10),
            missing(Quantity::DISK_LIFE_USED, 1, Missing::Denied),
        ]);
    }
    assert_eq!(pi.world.open_detectors().len(), 2);
}

#[test]
fn a_new_card_is_a_new_subject_and_retires_the_old() {
    let mut pi = Pi::new(stated(TEN_TB_KIB));
    ill(&mut pi);
    pi.world.status(&pi.board, "stopping");
    pi.board.reboot(pi.world.moment);
    pi.board.parts = vec![(1, PartKind::Disk, NEW)];
    pi.world.meet(&mut pi.board);
    assert_eq!(pi.world.open().len(), 2, "a name alone is no proof");
    pi.says(&[written(3)]);
    assert!(pi.world.open().is_empty(), "{:?}", pi.world.open());
    for incident in pi.world.hub.incidents() {
        assert_eq!(incident.closed.unwrap().1, ClosedBy::Retired);
        assert!(incident.subject.starts_with("disk/cid/0353"));
    }
    assert_eq!((pi.wear().id.as_str(), pi.wear().written_kib), (NEW, 0));
    // The old one comes back, as ill as it was.
    pi.reboot();
    pi.board.parts = vec![(1, PartKind::Disk, OLD)];
    pi.board.restart();
    pi.world.meet(&mut pi.board);
    pi.says(&[written(3)]);
    assert!(pi.world.open_detectors().contains(&"wear"));
}

#[test]
fn a_card_that_is_changed_while_the_agent_runs_is_retired_too() {
    let mut pi = Pi::new(stated(TEN_TB_KIB));
    ill(&mut pi);
    pi.board.parts.push((2, PartKind::Disk, NEW));
    pi.world.facts(&mut pi.board);
    pi.says(&[reading(Quantity::DISK_WRITTEN, 2, Ok(3))]);
    assert!(pi.world.open().is_empty(), "{:?}", pi.world.open());
}

#[test]
fn a_card_that_vanished_or_moved_is_not_retired() {
    // Part number of the new card says its name; the old one is at another name, or nowhere.
    let moved: [&[(u8, PartKind, &'static str)]; 3] = [
        &[(1, PartKind::Filesystem, "/")],
        &[(2, PartKind::Disk, NEW), (3, PartKind::Disk, OLD)],
        &[(2, PartKind::Disk, "serial/77")],
    ];
    for parts in moved {
        let mut pi = Pi::new(stated(TEN_TB_KIB));
        ill(&mut pi);
        pi.reboot();
        pi.board.restart();
        pi.board.parts = parts.to_vec();
        pi.world.meet(&mut pi.board);
        for _ in 0..3 {
            pi.says(&[reading(Quantity::DISK_WRITTEN, 2, Ok(3))]);
        }
        assert!(pi.world.open_detectors().contains(&"wear"), "{parts:?}");
    }
}
