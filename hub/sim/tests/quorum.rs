//! Stories of a fleet whose nodes have the same packages. Every second node has joined.

use picket_sim::{Config, Installed, World};

const HALF_AN_HOUR_MS: u64 = 1_800_000;
const DEBIAN: u64 = 0xDEB;
const RASPBIAN: u64 = 0x4A5B;

/// A world of eight nodes, of which those that have joined have `libc6`: their installation, and key
/// and content of the package.
fn world(seed: u64, joined: [(u64, u64, u64); 4]) -> World {
    let mut world = World::new(Config {
        seed,
        nodes: 8,
        ..Config::default()
    });
    for (nth, (machine, key, content)) in joined.into_iter().enumerate() {
        let packages = vec![
            ("bash".to_owned(), 1, 1),
            ("libc6:arm64".to_owned(), key, content),
        ];
        world.install(2 * nth, Installed { machine, packages });
    }
    world
}

/// What alarmed anyone in an hour with a restart of the hub among them.
fn alarms(mut world: World) -> Vec<String> {
    world.run_for(HALF_AN_HOUR_MS);
    world.restart_hub(5_000);
    world.run_for(HALF_AN_HOUR_MS);
    world.outcome().alarms
}

#[test]
fn the_one_of_three_that_reads_a_package_otherwise_is_named_once() {
    for seed in 0..2 {
        let told = [
            (1, DEBIAN, 7),
            (2, DEBIAN, 7),
            (3, DEBIAN, 99),
            (4, RASPBIAN, 5),
        ];
        let alarms = alarms(world(seed, told));
        assert_eq!(alarms.len(), 1, "{alarms:?}");
        let words = "node-004 silent_corruption: the package libc6:arm64 reads otherwise";
        assert!(alarms[0].contains(words), "{alarms:?}");
    }
}

#[test]
fn clones_outvote_nobody_and_other_builds_are_not_compared() {
    let fleets = [
        // Two clones against one.
        [
            (1, DEBIAN, 7),
            (1, DEBIAN, 7),
            (2, DEBIAN, 99),
            (3, RASPBIAN, 5),
        ],
        // Three clones against one.
        [
            (1, DEBIAN, 7),
            (1, DEBIAN, 7),
            (1, DEBIAN, 7),
            (2, DEBIAN, 99),
        ],
        // The builds of two makers.
        [
            (1, DEBIAN, 7),
            (2, DEBIAN, 7),
            (3, DEBIAN, 7),
            (4, RASPBIAN, 5),
        ],
    ];
    for (seed, fleet) in (0..).zip(fleets) {
        let alarms = alarms(world(seed, fleet));
        assert_eq!(alarms, Vec::<String>::new(), "{fleet:?}");
    }
}
