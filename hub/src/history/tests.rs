//! History keeps order and bounds, whatever comes in whatever order.

use super::*;

const HEAT: Quantity = Quantity::CPU_TEMPERATURE;

fn node(id: &str) -> NodeId {
    NodeId::parse(id).unwrap()
}

fn points(history: &History, from: u64) -> Vec<(u64, i64)> {
    history
        .series(node("pi-01"), HEAT, "node", Moment(from))
        .map(|(at, value)| (at.0, value))
        .collect()
}

#[test]
fn backlog_that_arrives_after_live_values_stands_before_them() {
    let mut history = History::new();
    for (at, value) in [(50, 5), (60, 6), (20, 2), (40, 4), (30, 3)] {
        history.record(node("pi-01"), Moment(at), "node", HEAT, value);
    }
    assert_eq!(
        points(&history, 0),
        [(20, 2), (30, 3), (40, 4), (50, 5), (60, 6)]
    );
    assert_eq!(points(&history, 41), [(50, 5), (60, 6)]);
}

#[test]
fn a_moment_that_comes_twice_is_kept_once_with_its_last_value() {
    let mut history = History::new();
    for value in [1, 2] {
        history.record(node("pi-01"), Moment(10), "node", HEAT, value);
    }
    assert_eq!(points(&history, 0), [(10, 2)]);
}

#[test]
fn a_full_series_gives_up_its_oldest_points_and_takes_none_that_is_older_still() {
    let mut history = History::new();
    let last = MAX_POINTS as u64 + 9;
    for at in 10..=last {
        history.record(node("pi-01"), Moment(at * 10), "node", HEAT, 0);
    }
    history.record(node("pi-01"), Moment((last + 1) * 10), "node", HEAT, 1);
    history.record(node("pi-01"), Moment(5), "node", HEAT, 2);
    let kept = points(&history, 0);
    assert_eq!(kept.len(), MAX_POINTS);
    assert_eq!(kept.first(), Some(&(110, 0)));
    assert_eq!(kept.last(), Some(&((last + 1) * 10, 1)));

    history.record(node("pi-01"), Moment(115), "node", HEAT, 3);
    let kept = points(&history, 0);
    assert_eq!(kept.len(), MAX_POINTS);
    assert_eq!(kept[..2], [(115, 3), (120, 0)]);
}

#[test]
fn series_of_other_nodes_parts_and_quantities_are_kept_apart() {
    let mut history = History::new();
    history.record(node("pi-01"), Moment(1), "node", HEAT, 1);
    history.record(node("pi-02"), Moment(1), "node", HEAT, 2);
    history.record(node("pi-01"), Moment(1), "nvme", HEAT, 3);
    history.record(node("pi-01"), Moment(1), "node", Quantity::UPTIME, 4);
    assert_eq!(points(&history, 0), [(1, 1)]);
    let names: Vec<_> = history.names(node("pi-01")).collect();
    assert_eq!(
        names,
        [(HEAT, "node"), (HEAT, "nvme"), (Quantity::UPTIME, "node")]
    );

    history.forget(node("pi-01"));
    assert_eq!(history.names(node("pi-01")).count(), 0);
    assert_eq!(history.names(node("pi-02")).count(), 1);
}

#[test]
fn a_node_that_makes_up_parts_gets_no_more_than_its_share() {
    let mut history = History::new();
    for number in 0..MAX_SERIES + 50 {
        history.record(node("pi-01"), Moment(1), &format!("part {number}"), HEAT, 0);
    }
    let long = "x".repeat(MAX_PART + 1);
    history.record(node("pi-01"), Moment(1), &long, HEAT, 0);
    assert_eq!(history.names(node("pi-01")).count(), MAX_SERIES);
    assert!(
        history
            .names(node("pi-01"))
            .all(|(_, part)| part != "part 96")
    );
}

#[test]
fn a_part_that_was_exchanged_makes_room_for_the_new_one_after_an_hour() {
    let mut history = History::new();
    let early = Moment(1);
    history.record(node("pi-01"), early, "old card", HEAT, 0);
    for number in 1..MAX_SERIES {
        history.record(
            node("pi-01"),
            Moment(10),
            &format!("part {number}"),
            HEAT,
            0,
        );
    }
    let hour_later = early + ABANDONED_AFTER;
    history.record(node("pi-01"), hour_later, "new card", HEAT, 0);
    assert!(
        history
            .names(node("pi-01"))
            .any(|(_, part)| part == "old card")
    );

    history.record(node("pi-01"), hour_later + Millis(1), "new card", HEAT, 0);
    let parts: Vec<_> = history.names(node("pi-01")).map(|(_, part)| part).collect();
    assert!(parts.contains(&"new card") && !parts.contains(&"old card"));
    assert_eq!(parts.len(), MAX_SERIES);
}
