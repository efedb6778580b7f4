//! Disks that are replaced, moved or gone.

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

const USED: &str = "wwid/eui.0001";
const FRESH: &str = "wwid/eui.0002";
const NAMELESS: &str = "name/sda";
const SERIAL: &str = "serial/0002";

/// Parts of a machine: number, id and name.
type Slots = &'static [(u8, &'static str, &'static str)];

fn fit(pi: &mut Pi, slots: Slots) {
    let disk = |&(number, id, _): &(u8, _, _)| (number, PartKind::Disk, id);
    pi.board.parts = slots.iter().map(disk).collect();
    pi.board.names = slots
        .iter()
        .map(|&(number, _, name)| (number, name))
        .collect();
}

/// A machine with an ill disk of part 1, and the kernel's word of its errors.
fn with_ill(slots: Slots) -> Pi {
    let mut pi = Pi::new(Config::default());
    fit(&mut pi, slots);
    pi.world.facts(&mut pi.board);
    for errors in [0, 5] {
        pi.says(&[
            written(10),
            life(95),
            reading(Quantity::DISK_MEDIA_ERRORS, 1, Ok(errors)),
        ]);
    }
    if slots.len() > 1 {
        pi.says(&[reading(Quantity::DISK_WRITTEN, 2, Ok(10))]);
    }
    assert_eq!(pi.world.open_detectors(), ["wear", "storage_errors"]);
    pi
}

fn boot_with(pi: &mut Pi, slots: Slots) {
    pi.world.status(&pi.board, "stopping");
    pi.board.reboot(pi.world.moment);
    fit(pi, slots);
    pi.world.meet(&mut pi.board);
    let write = |pi: &mut Pi| {
        let parts = slots.iter();
        let readings: Vec<_> = parts
            .map(|slot| reading(Quantity::DISK_WRITTEN, slot.0, Ok(3)))
            .collect();
        pi.says(&readings);
    };
    write(pi);
    write(pi);
}

#[test]
fn another_disk_after_a_boot_retires_all_of_the_one_before() {
    for name in ["nvme0n1", "sda"] {
        let slots: [Slots; 2] = match name {
            "sda" => [&[(1, USED, "sda")], &[(1, FRESH, "sda")]],
            _ => [&[(1, USED, "nvme0n1")], &[(1, FRESH, "nvme0n1")]],
        };
        let mut pi = with_ill(slots[0]);
        boot_with(&mut pi, slots[1]);
        assert!(pi.world.open().is_empty(), "{name}: {:?}", pi.world.open());
        for incident in pi.world.hub.incidents() {
            assert_eq!(incident.closed.unwrap().1, ClosedBy::Retired, "{name}");
        }
        boot_with(&mut pi, slots[0]);
        pi.says(&[life(95)]);
        assert_eq!(
            pi.world.open_detectors(),
            ["wear"],
            "it is as ill as it was"
        );
    }
}

#[test]
fn a_usb_disk_that_vanished_or_was_changed_within_a_boot_is_not_retired() {
    let mut pi = with_ill(&[(1, USED, "sda")]);
    fit(&mut pi, &[(1, USED, "sda"), (2, FRESH, "sda")]);
    pi.world.facts(&mut pi.board);
    let other = [reading(Quantity::DISK_WRITTEN, 2, Ok(3))];
    pi.says(&other);
    assert_eq!(pi.world.open().len(), 2, "the facts still list it");
    // The agent starts anew and never saw the old one.
    pi.world.status(&pi.board, "stopping");
    pi.board.restart();
    fit(&mut pi, &[(2, FRESH, "sda")]);
    pi.world.meet(&mut pi.board);
    pi.says(&other);
    assert_eq!(pi.world.open().len(), 2, "it was there in this boot");
    boot_with(&mut pi, &[(1, "cid/0353", "mmcblk0")]);
    assert_eq!(pi.world.open().len(), 2, "nothing is in its place");
}

#[test]
fn a_hub_that_restarts_knows_which_disks_were_there_in_the_boot() {
    let mut pi = with_ill(&[(1, USED, "sda")]);
    pi.reboot();
    pi.says(&[written(3)]);
    pi.restart_hub(Config::default());
    pi.world.status(&pi.board, "stopping");
    pi.board.restart();
    fit(&mut pi, &[(1, FRESH, "sda")]);
    pi.world.meet(&mut pi.board);
    pi.says(&[written(3)]);
    assert_eq!(pi.world.open().len(), 2, "it was there in this boot");
}

#[test]
fn a_disk_whose_name_went_to_a_neighbour_or_that_cannot_say_who_it_is_is_not_retired() {
    let table: [(Slots, Slots); 5] = [
        // It is dead, or slow to start: its neighbour is found first.
        (&[(1, USED, "sda"), (2, FRESH, "sdb")], &[(1, FRESH, "sda")]),
        (
            &[(1, USED, "nvme0n1"), (2, FRESH, "nvme1n1")],
            &[(1, FRESH, "nvme0n1")],
        ),
        // Both are there, the other way round.
        (
            &[(1, USED, "sda"), (2, FRESH, "sdb")],
            &[(1, FRESH, "sda"), (2, USED, "sdb")],
        ),
        (&[(1, USED, "sda")], &[(1, NAMELESS, "sda")]),
        (&[(1, USED, "sda")], &[(1, SERIAL, "sda")]),
    ];
    for (before, after) in table {
        let mut pi = with_ill(before);
        boot_with(&mut pi, after);
        let open = pi.world.open_detectors();
        assert_eq!(open, ["wear", "storage_errors"], "{after:?}");
        // What the store kept says the same.
        pi.restart_hub(Config::default());
        boot_with(&mut pi, after);
        let open = pi.world.open_detectors();
        assert_eq!(open, ["wear", "storage_errors"], "{after:?}");
    }
}
