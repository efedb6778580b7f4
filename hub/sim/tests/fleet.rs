//! Stories of a fleet in which no node is at fault.

use picket_sim::{Breaks, Config, Outcome, World, fleet};
use std::process::Command;

const HOUR_MS: u64 = 3_600_000;

fn well(outcome: &Outcome) {
    assert_eq!(outcome.failures(), Vec::<String>::new(), "{outcome:#?}");
}

fn small(seed: u64) -> Config {
    Config {
        seed,
        nodes: 8,
        ..Config::default()
    }
}

#[test]
fn after_half_a_day_every_node_is_alive_and_every_report_arrived_once() {
    let outcome = fleet(small(1), 12, Breaks::default());
    well(&outcome);
    assert!(outcome.made > 8 * 12 * 350, "{outcome:#?}");
    assert_eq!(outcome.repeated, 0, "nothing was sent twice");
}

#[test]
fn one_seed_makes_one_world_and_another_seed_another() {
    let breaks = Breaks {
        broker: true,
        hub: true,
    };
    let first = fleet(small(7), 1, breaks);
    assert_eq!(first, fleet(small(7), 1, breaks));
    assert_ne!(first.digest, fleet(small(8), 1, breaks).digest);
}

#[test]
fn a_broker_that_is_away_for_60_reports_costs_none_and_alarms_nobody() {
    for seed in 0..4 {
        let outcome = fleet(
            small(seed),
            2,
            Breaks {
                broker: true,
                hub: false,
            },
        );
        well(&outcome);
        assert!(
            outcome.most_waiting >= 58,
            "the outage was felt: {outcome:#?}"
        );
    }
}

#[test]
fn a_hub_that_restarts_opens_nothing_and_hears_every_node_under_its_new_run() {
    for seed in 0..4 {
        let outcome = fleet(
            small(seed),
            2,
            Breaks {
                broker: false,
                hub: true,
            },
        );
        well(&outcome);
        assert_eq!(outcome.hub_starts, 2);
    }
}

#[test]
fn a_broker_that_comes_and_goes_makes_nodes_repeat_themselves_and_each_report_counts_once() {
    let config = Config {
        longest_travel_ms: 900,
        ..small(2)
    };
    let mut world = World::new(config);
    for away in 0..20 {
        world.run_for(120_000 + away * 137);
        world.broker_leaves();
        world.run_for(5_000);
        world.broker_returns();
    }
    world.run_for(HOUR_MS / 6);
    let outcome = world.outcome();
    well(&outcome);
    assert!(outcome.repeated > 0, "{outcome:#?}");
}

#[test]
fn a_hub_that_dies_with_its_own_broker_dates_what_the_nodes_had_kept() {
    for seed in 0..4 {
        let mut world = World::new(small(seed));
        world.run_for(HOUR_MS);
        world.broker_leaves();
        world.restart_hub(HOUR_MS / 6);
        world.run_for(HOUR_MS / 6);
        world.broker_returns_empty();
        world.run_for(HOUR_MS);
        let outcome = world.outcome();
        well(&outcome);
        assert!(
            outcome.most_waiting >= 58,
            "the outage was felt: {outcome:#?}"
        );
        assert!(outcome.undated <= 3 * 8, "{outcome:#?}");
    }
}

#[test]
fn a_large_fleet_that_samples_each_second_stands_both() {
    let config = Config {
        seed: 3,
        nodes: 60,
        every_ms: 1_000,
        ..Config::default()
    };
    well(&fleet(
        config,
        1,
        Breaks {
            broker: true,
            hub: true,
        },
    ));
}

#[test]
fn a_slow_network_changes_nothing() {
    let config = Config {
        longest_travel_ms: 900,
        ..small(4)
    };
    well(&fleet(
        config,
        3,
        Breaks {
            broker: true,
            hub: true,
        },
    ));
}

#[test]
fn a_hub_that_starts_again_and_again_numbers_its_runs_and_loses_nothing() {
    let mut world = World::new(small(5));
    for _ in 0..10 {
        world.run_for(HOUR_MS / 6);
        world.restart_hub(3_000);
    }
    world.run_for(HOUR_MS / 6);
    let outcome = world.outcome();
    assert_eq!(outcome.hub_starts, 11);
    well(&outcome);
}

#[test]
fn what_a_small_outbox_drops_is_what_the_hub_knows_as_lost() {
    let mut world = World::new(Config {
        outbox_bytes: 2_048,
        ..small(6)
    });
    world.run_for(HOUR_MS);
    world.broker_leaves();
    world.run_for(HOUR_MS / 2);
    world.broker_returns();
    world.run_for(HOUR_MS);
    let outcome = world.outcome();
    assert!(outcome.dropped > 8 * 100, "{outcome:#?}");
    let not_arrived = outcome.dropped..=outcome.dropped + outcome.cut;
    assert!(not_arrived.contains(&outcome.lost), "{outcome:#?}");
    assert_eq!(outcome.taken + outcome.lost, outcome.made, "{outcome:#?}");
    let failures = outcome.failures().join("\n");
    assert!(
        failures.contains("reports lost") && failures.contains("reports taken"),
        "{failures}"
    );
}

#[test]
fn a_broker_that_stays_away_leaves_reports_waiting_and_the_outcome_says_so() {
    let mut world = World::new(small(6));
    world.run_for(HOUR_MS);
    world.broker_leaves();
    world.run_for(HOUR_MS / 12);
    let outcome = world.outcome();
    assert!(outcome.waiting >= 8 * 29, "{outcome:#?}");
    assert!(
        outcome
            .failures()
            .iter()
            .any(|line| line.starts_with("reports waiting"))
    );
}

#[test]
fn the_program_prints_a_line_for_each_world_and_a_summary() {
    let program = || Command::new(env!("CARGO_BIN_EXE_picket-sim"));
    let words = [
        "fleet", "--nodes", "3", "--hours", "1", "--seeds", "2", "--from", "9",
    ];
    let output = program().args(words).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("seed 9: 3 of 3 alive,"), "{text}");
    assert!(
        lines[2].starts_with("worlds: 2,") && lines[2].ends_with("all well"),
        "{text}"
    );

    let output = program()
        .args(["fleet", "--hours", "long"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        text,
        "picket-sim: --hours is a number from 1 to 8784, not 'long'\n"
    );
}
