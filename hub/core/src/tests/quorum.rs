//! Nodes that have the same package, and one that reads it otherwise.

use crate::quorum::Packages;
use crate::test_util::*;
use crate::{ClosedBy, Detector, FrameTopic, Severity, Wish};
use picket_wire::{NodeId, Package};

const BUILD: u64 = 0xB111D;
const GOOD: u64 = 1;
const ROTTEN: u64 = 2;

fn package(key: u64, content: u64) -> Package<'static> {
    Package {
        name: "libc6:arm64",
        key,
        content,
    }
}

/// A fleet of joined nodes, of these installations; 0 does not say which.
struct Fleet {
    world: World,
    boards: Vec<Board>,
}

impl Fleet {
    fn new(machines: &[u64]) -> Fleet {
        let mut world = World::new();
        let boards = machines.iter().enumerate().map(|(nth, machine)| {
            let mut board = world.enrolled(&format!("pi-{nth}"));
            board.machine = *machine;
            world.meet(&mut board);
            board
        });
        let boards = boards.collect();
        Fleet { world, boards }
    }

    fn tells(&mut self, nth: usize, packages: &[Package<'_>]) {
        let now = self.world.moment;
        let board = &mut self.boards[nth];
        let bytes = board.scrub_report(now, false, &[], &[], packages);
        let topic = FrameTopic::Report(board.id);
        self.world.frame(topic, &bytes, false);
    }

    /// Every node tells the contents that it reads.
    fn all_tell(&mut self, key: u64, contents: &[u64]) {
        for (nth, content) in contents.iter().enumerate() {
            self.tells(nth, &[package(key, *content)]);
        }
    }

    /// The nodes that are named, by their number.
    fn named(&self) -> Vec<String> {
        let open = self.world.hub.incidents().filter(|i| i.is_open());
        let open = open.filter(|i| i.detector == Detector::SilentCorruption);
        let named = open.map(|incident| {
            assert_eq!(incident.subject, "package/libc6:arm64/00000000000b111d");
            assert_eq!(incident.severity, Severity::Note, "never more");
            incident.node.as_str().to_owned()
        });
        named.collect()
    }
}

#[test]
fn of_three_nodes_the_one_that_differs_is_named_whoever_speaks_last() {
    for odd in 0..3 {
        for first in 0..3 {
            let mut fleet = Fleet::new(&[11, 12, 13]);
            for turn in 0..3 {
                let nth = (first + turn) % 3;
                let content = if nth == odd { ROTTEN } else { GOOD };
                fleet.tells(nth, &[package(BUILD, content)]);
            }
            assert_eq!(fleet.named(), [format!("pi-{odd}")]);
            assert!(fleet.world.notices().is_empty(), "a note stays on the page");
            fleet.tells(odd, &[package(BUILD, GOOD)]);
            assert!(fleet.named().is_empty());
        }
    }
}

#[test]
fn only_most_of_at_least_three_installations_name_anyone() {
    // Installations, what they read, and who is named.
    let table: [(&[u64], &[u64], &[&str]); 12] = [
        (&[11, 12], &[GOOD, ROTTEN], &[]),
        (&[11, 12, 13], &[1, 2, 3], &[]),
        (&[11, 12, 13, 14], &[1, 1, 2, 2], &[]),
        (&[11, 12, 13, 14, 15], &[1, 1, 1, 2, 2], &["pi-3", "pi-4"]),
        // Two clones do not outvote one.
        (&[11, 11, 12], &[GOOD, GOOD, ROTTEN], &[]),
        (&[11, 11, 11, 12], &[GOOD, GOOD, GOOD, ROTTEN], &[]),
        (
            &[11, 11, 11, 12, 13],
            &[ROTTEN, ROTTEN, ROTTEN, GOOD, GOOD],
            &["pi-0", "pi-1", "pi-2"],
        ),
        // Clones that do not agree have no vote, and the one that is alone is named.
        (&[11, 11, 12, 13], &[ROTTEN, GOOD, GOOD, GOOD], &["pi-0"]),
        (&[11, 11, 12, 13], &[ROTTEN, GOOD, ROTTEN, GOOD], &[]),
        // Who does not say which installation it is has no vote, and can be named.
        (&[0, 0, 0, 0], &[GOOD, GOOD, GOOD, ROTTEN], &[]),
        (&[11, 12, 0], &[GOOD, GOOD, ROTTEN], &[]),
        (&[11, 12, 13, 0], &[GOOD, GOOD, GOOD, ROTTEN], &["pi-3"]),
    ];
    for (machines, contents, named) in table {
        let mut fleet = Fleet::new(machines);
        for _ in 0..2 {
            fleet.all_tell(BUILD, contents);
            assert_eq!(fleet.named(), named, "{machines:?} {contents:?}");
        }
    }
}

#[test]
fn builds_of_different_makers_are_not_compared() {
    const RASPBIAN: u64 = 0xA5B;
    let mut fleet = Fleet::new(&[11, 12, 13, 14]);
    fleet.all_tell(BUILD, &[GOOD, GOOD, GOOD]);
    fleet.tells(3, &[package(RASPBIAN, ROTTEN)]);
    assert!(fleet.named().is_empty());
}

#[test]
fn a_package_that_is_upgraded_is_another_one_also_after_a_restart_of_the_hub() {
    for restart in [false, true] {
        let mut fleet = Fleet::new(&[11, 12, 13]);
        fleet.all_tell(BUILD, &[GOOD, GOOD, ROTTEN]);
        assert_eq!(fleet.named(), ["pi-2"]);
        if restart {
            let mut world = fleet.world.restart_hub(5_000);
            for board in &mut fleet.boards {
                world.ask(Wish::Enrol(board.id));
                world.meet(board);
            }
            fleet.world = world;
            fleet.tells(2, &[package(BUILD, ROTTEN)]);
            assert_eq!(fleet.named(), ["pi-2"], "alone it is neither well nor ill");
        }
        fleet.tells(2, &[package(BUILD + 1, 77)]);
        assert!(fleet.named().is_empty());
        let incident = fleet.world.hub.incidents().next().unwrap();
        assert_eq!(incident.closed.unwrap().1, ClosedBy::Retired);
    }
}

#[test]
fn a_package_that_is_told_no_more_was_uninstalled() {
    let mut fleet = Fleet::new(&[11, 12, 13]);
    let other = Package {
        name: "vim",
        ..package(BUILD, GOOD)
    };
    fleet.all_tell(BUILD, &[GOOD, GOOD, ROTTEN]);
    for _ in 0..2 {
        assert_eq!(fleet.named(), ["pi-2"]);
        fleet.world.wait(86_400_000);
        fleet.tells(2, &[other]);
    }
    assert_eq!(
        fleet.named(),
        ["pi-2"],
        "one telling may have been cut short"
    );
    fleet.world.wait(86_400_000);
    fleet.tells(2, &[other]);
    let all = fleet
        .world
        .hub
        .incidents()
        .filter(|i| i.subject.starts_with("package/"));
    assert!(
        all.into_iter()
            .all(|i| i.closed.is_some_and(|(_, by)| by == ClosedBy::Retired))
    );
}

#[test]
fn a_telling_of_a_node_that_reports_each_hour_is_one_telling() {
    let mut fleet = Fleet::new(&[11, 12, 13]);
    fleet.all_tell(BUILD, &[GOOD, GOOD, ROTTEN]);
    let names: Vec<String> = (0..9).map(|nth| format!("p{nth}")).collect();
    for _ in 0..4 {
        for name in &names {
            fleet.world.wait(3_600_000);
            let part = Package {
                name,
                ..package(BUILD, GOOD)
            };
            fleet.tells(2, &[part]);
        }
        fleet.world.wait(15 * 3_600_000);
        fleet.tells(2, &[package(BUILD, ROTTEN)]);
        assert_eq!(fleet.named(), ["pi-2"]);
    }
    let incident = fleet.world.hub.incidents().next().unwrap();
    assert!(incident.is_open(), "told in each telling: {incident:?}");
    let packages = &fleet.world.hub.node(fleet.boards[2].id).unwrap().packages;
    assert_eq!(packages.len(), names.len() + 1, "none is forgotten");
}

#[test]
fn what_was_repaired_when_too_few_were_left_to_agree_is_over() {
    let mut fleet = Fleet::new(&[11, 12, 13]);
    fleet.all_tell(BUILD, &[GOOD, GOOD, ROTTEN]);
    let gone = fleet.boards[0].id;
    fleet.world.ask(Wish::Expel(gone));
    fleet.tells(2, &[package(BUILD, ROTTEN)]);
    fleet.tells(1, &[package(BUILD, GOOD)]);
    assert_eq!(fleet.named(), ["pi-2"], "it reads as it did");
    let incident = fleet.world.hub.incidents().next().unwrap();
    let told = [
        "2 of 3 installations of the same build agree on another content; clones count as one",
        "it reads here as: 0000000000000002",
    ];
    assert_eq!(incident.evidence, told, "the second line is compared");
    fleet.tells(2, &[package(BUILD, GOOD)]);
    assert!(fleet.named().is_empty());
    let mut all = fleet.world.hub.incidents();
    assert!(all.all(|i| i.closed.is_some_and(|(_, by)| by == ClosedBy::Retired)));
}

#[test]
fn strangers_and_what_is_sent_late_have_no_say() {
    let mut fleet = Fleet::new(&[11, 12]);
    fleet.all_tell(BUILD, &[GOOD, ROTTEN]);
    let mut stranger = Board::new("stranger");
    stranger.machine = 99;
    fleet.world.meet(&mut stranger);
    fleet.boards.push(stranger);
    fleet.tells(2, &[package(BUILD, GOOD)]);
    assert!(fleet.named().is_empty());
    let mut third = fleet.world.enrolled("pi-3");
    third.machine = 13;
    fleet.world.meet(&mut third);
    let now = fleet.world.moment;
    let late = third.scrub_report(now, true, &[], &[], &[package(BUILD, GOOD)]);
    fleet
        .world
        .frame(FrameTopic::Report(third.id), &late, false);
    assert!(fleet.named().is_empty());
    fleet.boards.push(third);
    fleet.tells(3, &[package(BUILD, GOOD)]);
    assert_eq!(fleet.named(), ["pi-1"]);
}

#[test]
fn packages_of_a_node_are_bounded_and_names_that_are_none_are_left_out() {
    let mut fleet = Fleet::new(&[11]);
    let before = fleet.world.hub.counters().beyond_bounds;
    for nasty in ["", "x;reboot", "../etc", "a\nb"] {
        fleet.tells(
            0,
            &[Package {
                name: nasty,
                ..package(1, 1)
            }],
        );
    }
    let node = fleet.world.hub.node(fleet.boards[0].id).unwrap();
    assert_eq!(node.packages.len(), 0);
    for nth in 0..5_000_u64 {
        let name = format!("p{nth}");
        fleet.tells(
            0,
            &[Package {
                name: &name,
                ..package(nth, nth)
            }],
        );
    }
    let node = fleet
        .world
        .hub
        .node(NodeId::parse("pi-0").unwrap())
        .unwrap();
    assert_eq!(Packages::len(&node.packages), 4096);
    let counted = fleet.world.hub.counters().beyond_bounds - before;
    assert_eq!(counted, 5_000 - 4096, "what is no name is beyond no bound");
}
