//! Heat that rises, and heat that the peers do not have.

use crate::Severity::{Page, Ticket};
use crate::test_util::*;
use picket_wire::{Quantity, Reading};

fn met() -> (World, Board) {
    let (mut world, mut board) = (World::new(), Board::new("pi-01"));
    world.meet(&mut board);
    (world, board)
}

/// What is open of a processor that rises to the limit.
const RISE: (&str, &str, crate::Severity) = ("overheating", "node/cpu_temperature/rise", Ticket);

fn summary(world: &World) -> String {
    let id = world.open_id();
    world.hub.incident(&id).unwrap().summary.clone()
}

#[test]
fn a_rise_to_the_limit_is_told_before_it_gets_there_and_once() {
    let (mut world, mut board) = met();
    let mut degrees = 60.0;
    while world.open().is_empty() {
        degrees += 0.3;
        world.reports(&mut board, 1, &[celsius(degrees)]);
        assert!(degrees < 79.9, "not told in time");
    }
    assert!((70.0..75.0).contains(&degrees), "{degrees}");
    assert_eq!(world.open(), [RISE]);
    assert!(
        summary(&world).contains("within ten minutes"),
        "{}",
        summary(&world)
    );
    while degrees < 86.0 {
        degrees += 0.3;
        world.reports(&mut board, 1, &[celsius(degrees)]);
    }
    world.reports(&mut board, 7, &[celsius(degrees)]);
    assert_eq!(world.open(), [RISE, ("overheating", "node", Page)]);
    world.reports(&mut board, 6, &[celsius(60.0)]);
    assert!(world.open().contains(&("overheating", "node", Page)));
    world.reports(&mut board, 1, &[celsius(60.0)]);
    assert!(!world.open().contains(&("overheating", "node", Page)));
    world.reports(&mut board, 30, &[celsius(60.0)]);
    assert!(world.open().is_empty());
    assert_eq!(world.hub.incidents().count(), 2);
}

#[test]
fn a_load_that_warms_a_processor_up_to_a_bearable_level_is_nothing() {
    let (mut world, mut board) = met();
    let mut degrees = 45.0;
    world.reports(&mut board, 60, &[celsius(degrees)]);
    for _ in 0..360 {
        degrees += (78.0 - degrees) / 18.0;
        world.reports(&mut board, 1, &[celsius(degrees)]);
        assert!(world.open().is_empty(), "at {degrees}");
    }
}

#[test]
fn a_rise_that_ends_is_over_after_a_while_at_whatever_level() {
    for level in [72.0, 78.0] {
        let (mut world, mut board) = met();
        let mut degrees = 60.0;
        while world.open().is_empty() || degrees < level {
            degrees += 0.3;
            world.reports(&mut board, 1, &[celsius(degrees)]);
        }
        world.reports(&mut board, 30, &[celsius(level)]);
        assert_eq!(world.open(), [RISE], "{level}");
        world.reports(&mut board, 30, &[celsius(level)]);
        assert!(world.open().is_empty(), "{level}");
        assert_eq!(world.hub.incidents().count(), 1, "{level}");
    }
}

/// Boards of one model with their degrees and loads.
struct Fleet {
    world: World,
    boards: Vec<Board>,
}

impl Fleet {
    fn new(count: usize) -> Fleet {
        Fleet::of_whom_joined(0..0, count)
    }

    fn of_whom_joined(joined: core::ops::Range<usize>, count: usize) -> Fleet {
        let mut world = World::new();
        let boards = (0..count).map(|nth| {
            let id = format!("pi-{nth:02}");
            let mut board = match joined.contains(&nth) {
                true => world.enrolled(&id),
                false => Board::new(&id),
            };
            world.meet(&mut board);
            board
        });
        let boards = boards.collect();
        Fleet { world, boards }
    }

    /// So many ten minutes; `of` gives degrees and load of each.
    fn run(&mut self, ten_minutes: usize, of: impl Fn(usize) -> (f64, i64)) {
        for _ in 0..ten_minutes * 60 {
            self.world.wait(EVERY_MS);
            for (nth, board) in self.boards.iter_mut().enumerate() {
                let (degrees, centi_load) = of(nth);
                let readings: [Reading; 2] = [
                    celsius(degrees),
                    reading(Quantity::LOAD_1MIN, 0, Ok(centi_load)),
                ];
                self.world.report(board, &readings);
            }
        }
    }
}

/// The first is so hot under such a load; the others are at 50 °C under 0.20.
fn first(degrees: f64, centi_load: i64) -> impl Fn(usize) -> (f64, i64) {
    move |nth| {
        if nth == 0 {
            (degrees, centi_load)
        } else {
            (48.0 + nth as f64, 20)
        }
    }
}

const HOTTER: [(&str, &str, crate::Severity); 1] =
    [("overheating", "node/cpu_temperature", Ticket)];

#[test]
fn a_node_that_is_hotter_than_its_peers_under_the_same_load_is_told_after_half_an_hour() {
    let mut fleet = Fleet::new(4);
    fleet.run(3, first(65.0, 20));
    assert!(fleet.world.open().is_empty(), "not for half an hour yet");
    fleet.run(2, first(65.0, 20));
    assert_eq!(fleet.world.open(), HOTTER);
    let id = fleet.world.open_id();
    let incident = fleet.world.hub.incident(&id).unwrap();
    assert_eq!(incident.node, fleet.boards[0].id);
    assert!(incident.advice.contains("fan"));
    assert!(
        incident.evidence.join(" ").contains("3 nodes"),
        "{incident:?}"
    );

    // It ends when it is as they are, not because it is cool enough or the hub was away.
    fleet.run(4, first(62.0, 20));
    assert_eq!(fleet.world.open(), HOTTER);
    fleet.world = fleet.world.restart_hub(1_000);
    for board in &mut fleet.boards {
        fleet.world.meet(board);
    }
    fleet.run(2, first(55.0, 20));
    assert_eq!(fleet.world.open(), HOTTER);
    fleet.run(3, first(55.0, 20));
    assert!(fleet.world.open().is_empty());
}

#[test]
fn who_is_not_compared_is_not_hotter() {
    let table: [(&str, usize, f64, i64); 4] = [
        ("too few peers", 3, 70.0, 20),
        ("another load", 4, 70.0, 120),
        ("not so much hotter", 4, 64.9, 20),
        ("nonsense", 4, 300.0, 20),
    ];
    for (what, nodes, degrees, centi_load) in table {
        let mut fleet = Fleet::new(nodes);
        fleet.run(6, first(degrees, centi_load));
        let open = fleet.world.open();
        let hotter = open.iter().filter(|o| o.1 == "node/cpu_temperature");
        assert_eq!(hotter.count(), 0, "{what}");
    }
}

#[test]
fn nodes_that_have_not_joined_are_no_peers_of_one_that_has() {
    // Which have joined, of how many, and whether the first is told.
    for (joined, count, told) in [
        (0..1, 4, false),
        (0..3, 9, false),
        (0..4, 4, true),
        (1..4, 4, true),
    ] {
        let mut fleet = Fleet::of_whom_joined(joined.clone(), count);
        fleet.run(5, first(65.0, 20));
        assert_eq!(fleet.world.open() == HOTTER, told, "{joined:?} of {count}");
        assert_eq!(
            fleet.world.open().is_empty(),
            !told,
            "{joined:?} of {count}"
        );
    }
}

#[test]
fn a_node_that_is_too_hot_already_is_told_once() {
    let mut fleet = Fleet::new(5);
    fleet.run(6, first(82.0, 20));
    assert_eq!(fleet.world.open(), [("overheating", "node", Ticket)]);
}
