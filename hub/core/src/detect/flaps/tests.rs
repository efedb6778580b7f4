//! Signs of one kind or another, and when they are a fault.

use super::*;

const EVERY: Millis = Millis::from_s(10);

/// Reports every ten seconds.
struct Story {
    flaps: Flaps,
    at: Moment,
}

impl Story {
    fn new() -> Story {
        Story {
            flaps: Flaps::default(),
            at: Moment(1_000_000),
        }
    }

    fn report(&mut self, signs: Signs) -> State {
        self.at = self.at + EVERY;
        self.flaps.look(signs, self.at, EVERY)
    }

    fn reports(&mut self, count: usize, signs: Signs) -> State {
        (0..count).fold(State::Unsure, |_, _| self.report(signs))
    }
}

fn now(now: bool) -> Signs {
    Signs {
        now: Some(now),
        ..Signs::default()
    }
}

fn events(events: u64) -> Signs {
    Signs {
        events: Some(events),
        ..now(false)
    }
}

#[test]
fn one_that_lasts_a_minute_is_a_fault() {
    let mut story = Story::new();
    assert_eq!(story.reports(6, now(true)), State::Unsure);
    assert_eq!(story.report(now(true)), State::Bad);
}

#[test]
fn one_that_begins_once_and_lasts_for_hours_is_a_fault_after_a_minute() {
    let mut story = Story::new();
    let on = |count| Signs {
        now: Some(true),
        ..events(count)
    };
    story.report(events(4));
    assert_eq!(story.reports(6, on(5)), State::Unsure);
    assert_eq!(story.reports(1_000, on(5)), State::Bad);
}

#[test]
fn one_that_begins_again_did_not_last() {
    let mut story = Story::new();
    let on = |count| Signs {
        now: Some(true),
        ..events(count)
    };
    story.report(events(0));
    story.reports(6, on(1));
    assert_eq!(story.reports(6, on(2)), State::Unsure);
    assert_eq!(story.report(on(2)), State::Bad);
}

#[test]
fn three_events_within_ten_minutes_are_a_fault_and_two_are_none() {
    let mut story = Story::new();
    story.report(events(40));
    assert_eq!(story.report(events(41)), State::Unsure);
    story.reports(59, events(41));
    assert_eq!(story.report(events(42)), State::Unsure);
    assert_eq!(
        story.report(events(43)),
        State::Unsure,
        "610 s after the first"
    );
    story.reports(57, events(43));
    assert_eq!(story.report(events(44)), State::Bad);
}

#[test]
fn what_happened_between_two_reports_is_counted() {
    let mut story = Story::new();
    story.report(events(0));
    assert_eq!(story.report(events(3)), State::Bad);
    assert_eq!(story.flaps.count(), 3);
}

#[test]
fn what_was_before_the_first_look_is_past() {
    let mut story = Story::new();
    let signs = Signs {
        since_boot: Some(true),
        messages: Some(9),
        ..events(500)
    };
    story.reports(100, signs);
    assert_eq!(story.flaps.count(), 0);
    story.flaps.new_session();
    story.reports(100, signs);
    assert_eq!(story.flaps.count(), 0);
}

#[test]
fn a_sticky_bit_that_rises_is_an_event_and_one_that_stays_is_none() {
    let mut story = Story::new();
    let sticky = |since_boot| Signs {
        since_boot: Some(since_boot),
        ..events(0)
    };
    for _ in 0..3 {
        story.report(sticky(false));
        story.reports(5, sticky(true));
    }
    assert_eq!(story.flaps.count(), 3);
}

#[test]
fn signs_of_one_event_are_one_event() {
    let mut story = Story::new();
    let quiet = Signs {
        since_boot: Some(false),
        messages: Some(0),
        ..events(0)
    };
    story.report(quiet);
    story.report(Signs {
        now: Some(true),
        events: Some(1),
        since_boot: Some(true),
        messages: Some(1),
    });
    assert_eq!(story.flaps.count(), 1);
}

#[test]
fn the_kernels_messages_count_where_nobody_else_does() {
    let mut story = Story::new();
    let said = |messages| Signs {
        messages: Some(messages),
        ..Signs::default()
    };
    story.report(said(2));
    assert_eq!(story.report(said(5)), State::Bad);
    assert_eq!(story.flaps.count(), 3);
}

#[test]
fn a_counter_that_runs_backwards_counts_anew() {
    let mut story = Story::new();
    story.report(events(9));
    assert_eq!(story.report(events(4)), State::Unsure);
    story.report(events(5));
    assert_eq!(story.flaps.count(), 1);
}

#[test]
fn only_half_an_hour_seen_well_ends_it() {
    let mut story = Story::new();
    story.reports(7, now(true));
    assert_eq!(story.reports(180, now(false)), State::Unsure);
    assert_eq!(story.report(Signs::default()), State::Unsure, "not seen");
    assert_eq!(
        story.report(now(false)),
        State::Well,
        "one report that lacks it is nothing"
    );
    assert_eq!(story.flaps.count(), 0);
}

#[test]
fn what_was_missing_for_longer_was_not_seen_well() {
    let mut story = Story::new();
    story.reports(7, now(true));
    story.reports(170, now(false));
    story.reports(7, Signs::default());
    assert_eq!(story.reports(180, now(false)), State::Unsure);
    assert_eq!(story.report(now(false)), State::Well);
}

#[test]
fn events_of_hours_without_a_report_do_not_all_count_as_late_ones() {
    for (risen, state) in [(5, State::Unsure), (18, State::Bad)] {
        let mut story = Story::new();
        story.report(events(0));
        story.at = story.at + Millis::from_s(3590);
        assert_eq!(story.report(events(risen)), state, "{risen} in an hour");
    }
}
