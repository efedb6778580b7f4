//! The card of the hub's own machine, which would forget together with the hub.

use super::*;
use crate::Severity;
use picket_wire::{BootId, NodeId, Witness, fnv1a};

/// A hub on the machine of pi-01, which has joined, and another node that has.
fn own() -> (Pi, Board) {
    let config = Config {
        own_boot: Some(BootId(100)),
        ..Config::default()
    };
    let mut pi = Pi::of(config);
    pi.board.signs = true;
    pi.world.ask(crate::Wish::Enrol(pi.board.id));
    pi.world.meet(&mut pi.board);
    pi.says(&[]);
    let mut other = pi.world.enrolled("pi-02");
    other.boot = BootId(200);
    pi.world.meet(&mut other);
    (pi, other)
}

/// The hub's machine boots, and its store forgets what its card does.
fn boot_with(pi: &mut Pi, saved: Saved) {
    pi.board.reboot(pi.world.moment);
    let config = Config {
        own_boot: Some(pi.board.boot),
        ..Config::default()
    };
    pi.world = World::at(pi.world.moment, saved, config);
    for id in [pi.board.id, NodeId::parse("pi-02").unwrap()] {
        pi.world.ask(crate::Wish::Enrol(id));
    }
    pi.world.meet(&mut pi.board);
}

fn of_own(pi: &Pi) -> Vec<(&str, Severity)> {
    let open = pi.world.open().into_iter();
    open.filter(|(detector, ..)| *detector == "silent_corruption")
        .map(|(_, subject, severity)| (subject, severity))
        .collect()
}

const TOLD: [(&str, Severity); 1] = [("disk/cid/0353/canary_generation", Severity::Ticket)];

#[test]
fn the_nodes_are_asked_to_remember_the_hubs_own_disks_only() {
    let (mut pi, mut other) = own();
    let witness = Witness {
        disk: fnv1a(CARD.bytes()),
        lineage: LINEAGE as u32,
        generation: 11,
    };
    assert_eq!(pi.world.hub.own_witnesses(), [witness]);
    // What another machine says of its own disk is not asked for.
    other.parts = pi.board.parts.clone();
    pi.world.facts(&mut other);
    let bytes = other.scrub_report(pi.world.moment, false, &pi.scrub.readings(), &[], &[]);
    pi.world.frame(FrameTopic::Report(other.id), &bytes, false);
    assert_eq!(pi.world.hub.own_witnesses(), [witness]);
    let nowhere = Pi::new();
    assert!(nowhere.world.hub.own_witnesses().is_empty());
}

#[test]
fn a_card_that_goes_back_with_the_hub_on_it_is_told_by_the_nodes() {
    let (mut pi, mut other) = own();
    let image = pi.world.saved();
    pi.scrub.canary = Some((10, 30));
    pi.says(&[]);
    other.witnesses = pi.world.hub.own_witnesses();
    // Both go back to the image.
    boot_with(&mut pi, image.clone());
    pi.scrub.canary = Some((11, 12));
    pi.says(&[]);
    assert!(of_own(&pi).is_empty(), "the hub itself cannot know");
    pi.world.meet(&mut other);
    assert_eq!(of_own(&pi), TOLD);
    let id = pi.world.open_id();
    for _ in 0..3 {
        pi.says(&[]);
        pi.world.facts(&mut other);
    }
    assert_eq!(pi.world.open_id(), id);
    assert_eq!(pi.world.notices().len(), 1, "told once");
    // From here the card keeps what it confirms, and so does the hub: the nodes' word is conceded.
    let kept = pi.world.saved();
    boot_with(&mut pi, kept);
    pi.scrub.canary = Some((12, 13));
    pi.says(&[]);
    pi.world.meet(&mut other);
    assert!(of_own(&pi).is_empty(), "{:?}", of_own(&pi));
    // It goes back once more.
    boot_with(&mut pi, image);
    pi.scrub.canary = Some((11, 12));
    pi.says(&[]);
    pi.world.meet(&mut other);
    assert_eq!(of_own(&pi), TOLD);
}

#[test]
fn a_reboot_of_the_hubs_machine_alarms_nobody_in_whatever_order_nodes_are_heard() {
    for first in [true, false] {
        let (mut pi, mut other) = own();
        other.witnesses = pi.world.hub.own_witnesses();
        let kept = pi.world.saved();
        boot_with(&mut pi, kept);
        pi.scrub.canary = Some((11, 12));
        if first {
            pi.world.meet(&mut other);
        }
        pi.says(&[]);
        pi.world.meet(&mut other);
        other.witnesses = pi.world.hub.own_witnesses();
        assert_eq!(other.witnesses[0].generation, 12);
        pi.world.facts(&mut other);
        pi.says(&[]);
        assert!(of_own(&pi).is_empty());
    }
}

#[test]
fn a_node_that_lies_opens_a_ticket_of_the_hubs_card_and_nothing_else() {
    let (mut pi, mut other) = own();
    let lie = |disk, lineage| Witness {
        disk,
        lineage,
        generation: 11 + 400,
    };
    // Of other disks, and of another canary.
    other.witnesses = vec![
        lie(fnv1a("cid/1".bytes()), LINEAGE as u32),
        lie(fnv1a(CARD.bytes()), 1),
    ];
    pi.world.facts(&mut other);
    pi.says(&[]);
    assert!(pi.world.open().is_empty());
    other.witnesses = vec![lie(fnv1a(CARD.bytes()), LINEAGE as u32); 50];
    pi.world.facts(&mut other);
    assert_eq!(of_own(&pi), TOLD);
    // A stranger is not heard at all.
    let (mut pi, _) = own();
    let mut stranger = Board::new("pi-99");
    stranger.witnesses = other.witnesses.clone();
    pi.world.meet(&mut stranger);
    pi.says(&[]);
    assert!(pi.world.open().is_empty());
}

#[test]
fn a_generation_that_no_canary_reaches_is_not_believed_and_hides_no_other() {
    let (mut pi, mut liar) = own();
    let mut honest = pi.world.enrolled("pi-03");
    honest.boot = BootId(300);
    let says = |generation| Witness {
        disk: fnv1a(CARD.bytes()),
        lineage: LINEAGE as u32,
        generation,
    };
    for too_high in [u32::MAX, 11 + 401] {
        liar.witnesses = vec![says(too_high)];
        pi.world.meet(&mut liar);
        pi.says(&[]);
        assert!(of_own(&pi).is_empty(), "{too_high}");
    }
    honest.witnesses = vec![says(12)];
    pi.world.meet(&mut honest);
    assert_eq!(of_own(&pi), TOLD);
    let told = "Picket's own test file: writing number 11 is found on it, and other nodes heard of number 12";
    assert_eq!(pi.incident().evidence, [told]);
}

#[test]
fn a_new_canary_is_not_measured_by_what_was_conceded_of_the_one_before() {
    let (mut pi, mut other) = own();
    let says = |lineage: i64, generation| Witness {
        disk: fnv1a(CARD.bytes()),
        lineage: lineage as u32,
        generation,
    };
    other.witnesses = vec![says(LINEAGE, 300)];
    pi.world.meet(&mut other);
    pi.says(&[]);
    assert_eq!(of_own(&pi), TOLD);
    pi.scrub.lineage = LINEAGE - 1;
    pi.scrub.canary = Some((0, 1));
    pi.says(&[]);
    let kept = pi.world.saved();
    boot_with(&mut pi, kept);
    pi.scrub.canary = Some((1, 2));
    pi.says(&[]);
    assert!(
        of_own(&pi).is_empty(),
        "the new one shows what it confirmed"
    );
    other.witnesses = vec![says(LINEAGE - 1, 9)];
    pi.world.meet(&mut other);
    assert_eq!(of_own(&pi), TOLD);
}

#[test]
fn who_runs_on_the_hubs_machine_is_no_witness_of_its_card() {
    let (mut pi, _) = own();
    pi.board.witnesses = vec![Witness {
        disk: fnv1a(CARD.bytes()),
        lineage: LINEAGE as u32,
        generation: 12,
    }];
    pi.world.facts(&mut pi.board);
    pi.says(&[]);
    assert!(of_own(&pi).is_empty(), "{:?}", of_own(&pi));
}
