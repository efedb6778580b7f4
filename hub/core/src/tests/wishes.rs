//! Who belongs to the site, and who no more.

use crate::test_util::*;
use crate::{
    Accepted, ClosedBy, Config, Denied, Effect, Presence, Save, Saved, SavedNode, Show, Wish,
};
use picket_wire::{NodeId, Quantity};

fn id(name: &str) -> NodeId {
    NodeId::parse(name).unwrap()
}

fn small(max_nodes: usize) -> World {
    let config = Config {
        max_nodes,
        ..Config::default()
    };
    World::restored(Saved::default(), config)
}

fn names(world: &World) -> Vec<String> {
    let names = world.hub.nodes().map(|node| node.id().to_string());
    names.collect()
}

#[test]
fn to_enrol_again_changes_nothing() {
    let mut world = World::new();
    assert_eq!(world.ask(Wish::Enrol(id("pi-01"))), Accepted::Enrolled);
    assert!(
        world
            .effects
            .contains(&Effect::Show(Show::Node(id("pi-01"))))
    );
    world.effects.clear();
    assert_eq!(world.ask(Wish::Enrol(id("pi-01"))), Accepted::Enrolled);
    assert_eq!(world.effects, []);
    assert_eq!(names(&world), ["pi-01"]);
}

#[test]
fn an_expelled_node_is_forgotten_and_its_incidents_are_retired() {
    let mut world = World::new();
    let mut board = world.enrolled("pi-01");
    let mut other = world.enrolled("pi-02");
    for board in [&mut board, &mut other] {
        world.meet(board);
        world.report(board, &[reading(Quantity::FILESYSTEM_ERRORS, 1, Ok(2))]);
    }
    world.reports(&mut other, 3, &[]);
    world.wait(15_000);
    let of_node = |world: &World, name: &str| {
        let open = world.hub.incidents().filter(|i| i.is_open());
        open.filter(|i| i.node == id(name)).count()
    };
    assert_eq!((of_node(&world, "pi-01"), of_node(&world, "pi-02")), (2, 1));

    world.effects.clear();
    let accepted = world.ask(Wish::Expel(board.id));
    assert_eq!(accepted, Accepted::Expelled { retired: 2 });
    assert_eq!((of_node(&world, "pi-01"), of_node(&world, "pi-02")), (0, 1));
    assert_eq!(names(&world), ["pi-02"]);
    let closed = world.hub.incidents().filter_map(|i| i.closed);
    let expected = (world.now().wall, ClosedBy::Retired);
    assert_eq!(closed.collect::<Vec<_>>(), [expected, expected]);
    assert_eq!(world.saves_of_incidents(), 2);
    let last: Vec<_> = world.effects.iter().rev().take(2).rev().collect();
    assert_eq!(
        last,
        [
            &Effect::Save(Save::Forget(board.id)),
            &Effect::Show(Show::Expelled(board.id))
        ]
    );
    let notices = world.notices();
    assert!(notices.iter().all(|n| n.text.starts_with("retired: pi-01")));
    assert_eq!(
        notices.len(),
        2,
        "what was said to be open is said to be over"
    );
}

#[test]
fn an_expelled_node_stays_away_over_a_restart_and_its_incidents_stay_closed() {
    let mut world = World::new();
    let mut board = world.enrolled("pi-01");
    world.meet(&mut board);
    world.wait(60_000);
    assert_eq!(world.open_detectors(), ["silent_node"]);
    world.ask(Wish::Expel(board.id));
    world.wait(3_600_000);
    let mut world = world.restart_hub(1_000);
    world.wait(3_600_000);
    assert_eq!(names(&world), Vec::<String>::new());
    assert!(world.open().is_empty());
    assert_eq!(world.hub.incidents().count(), 1, "it is remembered");
}

#[test]
fn who_is_expelled_and_speaks_on_has_not_joined() {
    let mut world = World::new();
    let mut board = world.enrolled("pi-01");
    world.meet(&mut board);
    world.ask(Wish::Expel(board.id));
    world.facts(&mut board);
    let node = world.hub.node(board.id).unwrap();
    assert!(!node.joined());
    assert_eq!(node.presence(), Presence::Alive);
}

#[test]
fn only_who_is_known_can_be_expelled() {
    let mut world = World::new();
    let now = world.now();
    let denied = world.hub.ask(Wish::Expel(id("pi-09")), now);
    assert_eq!(denied, Err(Denied::Unknown(id("pi-09"))));
    assert!(denied.unwrap_err().to_string().contains("pi-09"));
    assert_eq!(world.hub.next_effect(), None);
}

#[test]
fn the_incidents_of_a_node_that_is_not_listed_can_be_retired() {
    // The store keeps more than max_nodes allows.
    let mut world = World::new();
    let mut board = Board::new("pi-02");
    world.meet(&mut board);
    world.wait(60_000);
    let mut saved = world.saved();
    saved.nodes.clear();
    let mut world = World::at(world.moment, saved, Config::default());
    assert_eq!(world.open_detectors(), ["silent_node"]);
    let accepted = world.ask(Wish::Expel(board.id));
    assert_eq!(accepted, Accepted::Expelled { retired: 1 });
    assert!(world.open().is_empty());
}

#[test]
fn an_enrolled_node_takes_the_place_of_one_that_has_not_joined_the_silent_first() {
    let mut world = small(3);
    let (mut one, mut two) = (Board::new("pi-01"), Board::new("pi-02"));
    world.meet(&mut two);
    world.wait(1_000);
    world.meet(&mut one);
    world.wait(40_000);
    assert_eq!(world.open_detectors(), ["silent_node", "silent_node"]);
    let mut three = Board::new("pi-03");
    world.meet(&mut three);
    world.effects.clear();

    world.ask(Wish::Enrol(id("pi-11")));
    assert_eq!(names(&world), ["pi-01", "pi-03", "pi-11"]);
    assert!(world.effects.contains(&Effect::Save(Save::Forget(two.id))));
    assert!(
        world
            .effects
            .contains(&Effect::Show(Show::Expelled(two.id)))
    );
    assert_eq!(world.open().len(), 2, "to give a place up heals nobody");
    world.ask(Wish::Enrol(id("pi-12")));
    assert_eq!(names(&world), ["pi-03", "pi-11", "pi-12"]);
    world.ask(Wish::Enrol(id("pi-13")));
    assert_eq!(names(&world), ["pi-11", "pi-12", "pi-13"]);

    let now = world.now();
    let denied = world.hub.ask(Wish::Enrol(id("pi-14")), now);
    assert_eq!(denied, Err(Denied::NoRoom { max_nodes: 3 }));
    assert!(denied.unwrap_err().to_string().contains("max_nodes"));
    assert_eq!(names(&world), ["pi-11", "pi-12", "pi-13"]);
    world.ask(Wish::Enrol(id("pi-13")));
}

#[test]
fn the_stores_strangers_give_way_to_enrolled_nodes_at_the_start() {
    let kept = |name| SavedNode {
        id: id(name),
        boot: None,
        every_ms: 10_000,
        last_heard: None,
        excused_until: None,
        unscrubbed_day: None,
    };
    let saved = Saved {
        nodes: vec![kept("pi-01"), kept("pi-02"), kept("pi-03")],
        ..Saved::default()
    };
    let config = Config {
        max_nodes: 2,
        ..Config::default()
    };
    let mut world = World::restored(saved, config);
    assert_eq!(names(&world), ["pi-01", "pi-02"]);
    world.ask(Wish::Enrol(id("pi-02")));
    world.ask(Wish::Enrol(id("pi-03")));
    assert_eq!(names(&world), ["pi-02", "pi-03"]);
}
