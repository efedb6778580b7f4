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
            .all(|(_, part)| part != format!("part {MAX_SERIES}"))
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

#[test]
fn many_series_share_the_points_of_a_node_and_slow_ones_keep_theirs() {
    let mut history = History::new();
    let (fast, slow) = (MAX_SERIES - 20, 20);
    for report in 0..MAX_POINTS as u64 {
        let at = Moment(1 + report * 10_000);
        for number in 0..fast {
            history.record(node("pi-01"), at, &format!("fast {number}"), HEAT, 0);
        }
        for number in (0..slow).filter(|_| report % 6 == 0) {
            history.record(node("pi-01"), at, &format!("slow {number}"), HEAT, 0);
        }
    }
    let length = |part: &str| {
        let points = history.series(node("pi-01"), HEAT, part, Moment(0));
        points.count()
    };
    let names = history.names(node("pi-01"));
    let total: usize = names.map(|(_, part)| length(part)).sum();
    assert_eq!(total, MAX_NODE_POINTS);
    assert_eq!(length("slow 0"), MAX_POINTS.div_ceil(6));
    let fair = (MAX_NODE_POINTS - slow * MAX_POINTS.div_ceil(6)) / fast;
    for number in 0..fast {
        let kept = length(&format!("fast {number}"));
        assert!((fair - 1..=fair + 1).contains(&kept), "{kept}");
    }
    let last = history
        .series(node("pi-01"), HEAT, "fast 7", Moment(0))
        .last();
    assert_eq!(
        last,
        Some((Moment(1 + (MAX_POINTS as u64 - 1) * 10_000), 0))
    );
}

#[test]
fn a_series_that_made_way_gives_its_points_back() {
    let mut history = History::new();
    for number in 0..MAX_SERIES {
        history.record(node("pi-01"), Moment(1), &format!("part {number}"), HEAT, 0);
    }
    let later = Moment(1) + ABANDONED_AFTER + Millis(1);
    for number in 0..MAX_SERIES {
        history.record(node("pi-01"), later, &format!("new {number}"), HEAT, 0);
    }
    let past = history.nodes.get(&node("pi-01")).unwrap();
    let kept: usize = past.series.values().map(|s| s.points.len()).sum();
    assert_eq!((past.points, kept), (MAX_SERIES, MAX_SERIES));
}
