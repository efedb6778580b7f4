//! Main memory, the clock and what Picket writes: counts that are news when they grow.

use crate::Severity::{self, Note, Page, Ticket};
use crate::detect::Memory;
use crate::test_util::*;
use picket_wire::{PartKind, Quantity};

/// Reports of these boards come each minute.
const HOUR: usize = 60;
const DAY: usize = 24 * HOUR;

fn met() -> (World, Board) {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    board.every_ms = 60_000;
    world.meet(&mut board);
    (world, board)
}

/// The severity of the one open incident, if there is one.
fn severity(world: &World) -> Option<Severity> {
    let open = world.open();
    assert!(open.len() < 2, "{open:?}");
    open.first().map(|o| o.2)
}

#[test]
fn errors_of_main_memory_and_ended_programs_by_their_weight() {
    // The quantity, its counts in turn with a report each, what is open then.
    let ce = Quantity::MEMORY_ERRORS_CORRECTED;
    let ue = Quantity::MEMORY_ERRORS_UNCORRECTED;
    let oom = Quantity::OUT_OF_MEMORY_KILLS;
    let table: [(Quantity, &[i64], Option<Severity>); 10] = [
        (ue, &[0, 0], None),
        (ue, &[4, 4, 4], Some(Page)),
        (ue, &[0, 1], Some(Page)),
        (ce, &[80, 80], None),
        (ce, &[0, 1], Some(Note)),
        (ce, &[0, 10], Some(Note)),
        (ce, &[0, 11], Some(Ticket)),
        (ce, &[0, 4, 8, 12], Some(Ticket)),
        (oom, &[7, 7], None),
        (oom, &[7, 8], Some(Ticket)),
    ];
    for (quantity, counts, expected) in table {
        let (mut world, mut board) = met();
        for &count in counts {
            world.reports(&mut board, 1, &[reading(quantity, 0, Ok(count))]);
        }
        assert_eq!(severity(&world), expected, "{quantity} {counts:?}");
        let last = reading(quantity, 0, Ok(*counts.last().unwrap()));
        let repeated = counts
            .iter()
            .rev()
            .take_while(|c| Some(*c) == counts.last());
        world.reports(&mut board, DAY - repeated.count(), &[last]);
        assert_eq!(severity(&world), expected, "{quantity} {counts:?}");
        world.reports(&mut board, 1, &[last]);
        assert!(world.open().is_empty(), "{quantity} {counts:?}");
    }
}

#[test]
fn errors_that_could_not_be_corrected_are_told_once_in_a_boot() {
    let (mut world, mut board) = met();
    let uncorrected = [reading(Quantity::MEMORY_ERRORS_UNCORRECTED, 0, Ok(2))];
    // The hub came later than they did, and was away while one came.
    world.reports(&mut board, HOUR, &uncorrected);
    assert_eq!(severity(&world), Some(Page));
    let id = world.open_id();
    let mut world = world.restart_hub(5_000);
    world.meet(&mut board);
    world.reports(&mut board, DAY, &uncorrected);
    assert_eq!(world.open_id(), id);
    world.reports(&mut board, 1, &uncorrected);
    assert!(world.open().is_empty());
    let mut world = world.restart_hub(5_000);
    world.meet(&mut board);
    world.reports(&mut board, HOUR, &uncorrected);
    assert!(world.open().is_empty(), "it was told in this boot");
    assert_eq!(world.hub.incidents().count(), 1);
    // More of them came while the hub was away.
    let more = [reading(Quantity::MEMORY_ERRORS_UNCORRECTED, 0, Ok(9))];
    let mut world = world.restart_hub(5_000);
    world.meet(&mut board);
    world.reports(&mut board, 1, &more);
    assert_eq!(severity(&world), Some(Page));
    let evidence = &world.hub.incident(&world.open_id()).unwrap().evidence;
    assert_eq!(evidence, &["at least 7 since it began, 9 since boot"]);
}

#[test]
fn a_machine_that_was_halted_for_days_had_no_quiet_day() {
    let (mut world, mut board) = met();
    let uncorrected = |count| [reading(Quantity::MEMORY_ERRORS_UNCORRECTED, 0, Ok(count))];
    world.reports(&mut board, 1, &uncorrected(0));
    world.reports(&mut board, HOUR, &uncorrected(1));
    world.status(&board, "stopping");
    world.wait(48 * 3_600_000);
    board.reboot(world.moment);
    world.meet(&mut board);
    world.reports(&mut board, DAY - HOUR, &uncorrected(0));
    assert_eq!(severity(&world), Some(Page));
    world.reports(&mut board, 2, &uncorrected(0));
    assert!(world.open().is_empty(), "a day in which it was up");
}

#[test]
fn each_quantity_of_memory_is_a_subject_of_its_own() {
    let (mut world, mut board) = met();
    let counted = |count| {
        [
            reading(Quantity::MEMORY_ERRORS_UNCORRECTED, 0, Ok(count)),
            reading(Quantity::OUT_OF_MEMORY_KILLS, 0, Ok(count)),
        ]
    };
    world.reports(&mut board, 1, &counted(0));
    world.reports(&mut board, 1, &counted(1));
    let mut open = world.open();
    open.sort_by_key(|o| o.1);
    let expected = [
        ("memory", "node/memory_errors_uncorrected", Page),
        ("memory", "node/out_of_memory_kills", Ticket),
    ];
    assert_eq!(open, expected);
}

#[test]
fn pressure_of_memory_counts_when_it_lasts_and_ends_when_it_is_well_below() {
    // Hundredths of a percent, how many minutes, whether it is open then.
    let table = [
        (1_999, 100, false),
        (2_000, 10, false),
        (1_999, 1, false),
        (2_000, 10, false),
        (2_000, 1, true),
        (500, 100, true),
        (499, 10, true),
        (499, 1, false),
        (1_999, 100, false),
    ];
    let (mut world, mut board) = met();
    for (step, (centi_percent, count, open)) in table.into_iter().enumerate() {
        let pressure = reading(Quantity::MEMORY_PRESSURE, 0, Ok(centi_percent));
        world.reports(&mut board, count, &[pressure]);
        assert_eq!(severity(&world), open.then_some(Ticket), "step {step}");
    }
}

#[test]
fn the_clock_that_is_set_after_the_boot_is_no_jump_and_a_later_one_is() {
    let (mut world, mut board) = met();
    let jumps = |count| reading(Quantity::CLOCK_JUMPS, 0, Ok(count));
    board.reboot(world.moment);
    world.meet(&mut board);
    let crashed = world.hub.incidents().count();
    world.reports(&mut board, 5, &[jumps(0)]);
    world.reports(&mut board, 5, &[jumps(1)]);
    world.reports(&mut board, HOUR, &[jumps(1)]);
    assert_eq!(world.hub.incidents().count(), crashed, "set at its start");
    world.reports(
        &mut board,
        1,
        &[jumps(2), reading(Quantity::CLOCK_JUMP, 0, Ok(-2_500))],
    );
    assert_eq!(severity(&world), Some(Note));
    let id = world.open_id();
    let evidence = world.hub.incident(&id).unwrap().evidence.join("; ");
    assert!(
        evidence.contains("once") && evidence.contains("-2.500 s"),
        "{evidence}"
    );
    world.status(&board, "stopping");
    board.restart();
    world.meet(&mut board);
    world.reports(&mut board, DAY, &[jumps(0)]);
    assert_eq!(severity(&world), Some(Note));
    world.reports(&mut board, 1, &[jumps(0)]);
    assert!(world.open().is_empty());
}

#[test]
fn picket_itself_is_noted_when_it_writes_more_than_a_mebibyte_within_a_day() {
    let (mut world, mut board) = met();
    let written = |kib| reading(Quantity::OWN_WRITTEN, 0, Ok(kib));
    // What it wrote before the first look is past; 40 KiB an hour are within bounds for ever.
    let mut kib = 700_000;
    for _ in 0..60 {
        kib += 40;
        world.reports(&mut board, HOUR, &[written(kib)]);
    }
    assert!(world.open().is_empty());
    world.reports(&mut board, 1, &[written(kib + 200)]);
    assert_eq!(world.open(), [("own_writes", "node", Note)]);
    // It is below after some hours, and over after a day of that.
    world.reports(&mut board, DAY, &[written(kib + 200)]);
    assert_eq!(severity(&world), Some(Note));
    world.reports(&mut board, DAY, &[written(kib + 200)]);
    assert!(world.open().is_empty());
}

#[test]
fn the_manifest_of_a_scrub_is_not_too_much() {
    let (mut world, mut board) = met();
    let told = |kib, files, read_kib| {
        [
            reading(Quantity::OWN_WRITTEN, 0, Ok(kib)),
            reading(Quantity::SCRUB_FILES, 0, Ok(files)),
            reading(Quantity::SCRUB_READ, 0, Ok(read_kib)),
        ]
    };
    world.reports(&mut board, 1, &told(0, 0, 0));
    // 20,000 files of 57 MB took 1,434 KB, measured.
    world.reports(&mut board, 1, &told(1_400, 20_000, 56_000));
    // The next pass begins, and what the last one wrote is still of this day.
    world.reports(&mut board, HOUR, &told(1_400, 10, 100));
    assert!(world.open().is_empty());
    world.reports(&mut board, 1, &told(5_000, 10, 100));
    assert_eq!(world.open(), [("own_writes", "node", Note)]);
}

#[test]
fn while_a_machine_is_off_picket_does_not_write_little() {
    let (mut world, mut board) = met();
    let written = |kib| reading(Quantity::OWN_WRITTEN, 0, Ok(kib));
    world.reports(&mut board, 1, &[written(0)]);
    world.reports(&mut board, 1, &[written(1_025)]);
    let is_open = |world: &World| world.open_detectors().contains(&"own_writes");
    // A day after it wrote so much it begins to be well, and goes off.
    world.reports(&mut board, DAY + HOUR, &[written(1_025)]);
    world.status(&board, "stopping");
    world.wait(48 * 3_600_000);
    board.reboot(world.moment);
    world.meet(&mut board);
    world.reports(&mut board, DAY - HOUR, &[written(0)]);
    assert!(is_open(&world));
    world.reports(&mut board, 2, &[written(0)]);
    assert!(!is_open(&world));
}

#[test]
fn what_an_agent_that_starts_again_and_again_writes_is_summed_up() {
    let (mut world, mut board) = met();
    let written = |kib| reading(Quantity::OWN_WRITTEN, 0, Ok(kib));
    world.reports(&mut board, 1, &[written(600)]);
    for start in 1..=2 {
        world.status(&board, "stopping");
        board.restart();
        world.meet(&mut board);
        world.reports(&mut board, 1, &[written(600)]);
        assert_eq!(!world.open().is_empty(), start == 2);
    }
}

#[test]
fn what_is_remembered_of_disks_and_chips_is_bounded() {
    let mut world = World::new();
    let mut board = Board::new("pi-01");
    let names: Vec<&'static str> = (0..200).map(|n| &*format!("cid/{n}").leak()).collect();
    for from in [1_u8, 51, 101, 151] {
        board.parts = (from..from + 50)
            .map(|n| (n, PartKind::Disk, names[usize::from(n) - 1]))
            .collect();
        world.meet(&mut board);
    }
    let quantities = [
        Quantity::STORAGE_MESSAGES,
        Quantity::MEMORY_ERRORS_CORRECTED,
        Quantity::DISK_FAILING,
    ];
    for quantity in quantities {
        for from in [1_u8, 101] {
            let readings: Vec<_> = (from..from + 100)
                .map(|part| reading(quantity, part, Ok(1)))
                .collect();
            world.reports(&mut board, 1, &readings);
        }
    }
    let memory: &Memory = &world.hub.node(board.id).unwrap().memory;
    assert_eq!(memory.lengths(), (32, 16));
}
