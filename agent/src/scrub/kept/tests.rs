//! What reports have of the scrub while it is there, late, or was never there.

use super::*;
use crate::parts::Named;
use crate::scrub::finding::{Finding, path_hash};
use picket_node::{Config, Node};
use picket_wire::{
    BootId, FindingKind, FindingState, GroundTruth, MAX_FRAME, NodeId, PartKind, SessionId,
};

const START_MS: u64 = 50_000;
const LIFE: Quantity = Quantity::DISK_LIFE_USED;
const MESSAGES: Quantity = Quantity::STORAGE_MESSAGES;

fn kept() -> Kept {
    Kept::new([LIFE, MESSAGES, LIFE], START_MS)
}

fn disk() -> Named {
    Named::new(PartKind::Disk, "eui.1", "nvme0n1")
}

fn life(value: Value) -> Measured {
    Measured::of_part(LIFE, &disk(), value)
}

fn messages(value: Value) -> Measured {
    Measured::of_node(MESSAGES, value)
}

/// What a report has, of which the agent itself read `own`.
fn report(kept: &mut Kept, own: &[Measured], now_ms: u64, full: bool) -> Vec<Measured> {
    let mut found = Found::default();
    found.extend(own.iter().cloned());
    kept.add_to(&mut found, now_ms, full);
    found.measured
}

#[test]
fn without_a_scrub_what_it_would_read_is_denied_once_a_minute_after_some_patience() {
    let mut kept = kept();
    let mut at = |after_ms| report(&mut kept, &[], START_MS + after_ms, false);
    let denied = [LIFE, MESSAGES].map(|of| Measured::of_node(of, Err(Missing::Denied)));
    assert_eq!(at(0), []);
    assert_eq!(at(PATIENCE_MS - 1), []);
    assert_eq!(at(PATIENCE_MS), denied);
    assert_eq!(at(PATIENCE_MS + 10_000), []);
    assert_eq!(at(PATIENCE_MS + AGAIN_MS), denied);
}

#[test]
fn news_goes_out_at_once_and_the_rest_once_a_minute_or_when_all_is_wanted() {
    let mut kept = kept();
    kept.heard(vec![life(Ok(3)), messages(Ok(0))].into(), START_MS);
    let all = [life(Ok(3)), messages(Ok(0))];
    assert_eq!(report(&mut kept, &[], START_MS, false), all);
    assert_eq!(report(&mut kept, &[], START_MS + 10_000, false), []);
    kept.heard(vec![life(Ok(3)), messages(Ok(1))].into(), START_MS + 15_000);
    let news = report(&mut kept, &[], START_MS + 20_000, false);
    assert_eq!(news, [messages(Ok(1))]);
    assert_eq!(report(&mut kept, &[], START_MS + 30_000, false), []);
    let all = [life(Ok(3)), messages(Ok(1))];
    assert_eq!(report(&mut kept, &[], START_MS + 40_000, true), all);
    assert_eq!(report(&mut kept, &[], START_MS + 50_000, false), []);
    assert_eq!(report(&mut kept, &[], START_MS + 100_000, false), all);
}

#[test]
fn a_scrub_that_is_silent_is_timed_out_after_three_minutes_and_counts_again_when_it_speaks() {
    let mut kept = kept();
    kept.heard(vec![life(Ok(3))].into(), START_MS);
    let last_ms = START_MS + FRESH_MS - 1;
    assert_eq!(report(&mut kept, &[], last_ms, false), [life(Ok(3))]);
    let silent = [life(Err(Missing::TimedOut))];
    assert_eq!(report(&mut kept, &[], last_ms + 1, false), silent);
    assert_eq!(report(&mut kept, &[], last_ms + 10_000, false), []);
    assert_eq!(report(&mut kept, &[], last_ms + 100_000, false), silent);
    kept.heard(vec![life(Ok(4))].into(), last_ms + 105_000);
    let back = report(&mut kept, &[], last_ms + 110_000, false);
    assert_eq!(back, [life(Ok(4))]);
}

#[test]
fn nothing_stands_in_a_report_twice_and_a_value_counts_more_than_none() {
    let other = Measured::of_node(Quantity::UPTIME, Ok(1));
    for (of_scrub, of_agent, expected) in [
        (Ok(3), Ok(2), Ok(3)),
        (Ok(3), Err(Missing::NotSupported), Ok(3)),
        (Err(Missing::Denied), Ok(2), Ok(2)),
        (
            Err(Missing::Denied),
            Err(Missing::NotSupported),
            Err(Missing::Denied),
        ),
    ] {
        let mut kept = kept();
        kept.heard(vec![life(of_scrub)].into(), START_MS);
        let own = [life(of_agent), other.clone()];
        let mut rows = report(&mut kept, &own, START_MS, false);
        assert_eq!(rows.len(), 2, "{rows:?}");
        rows.retain(|row| *row != other);
        assert_eq!(rows, [life(expected)]);
        // The agent's own reading does not come back between, nor the scrub's missing one when the
        // agent's report has none.
        for own in [&[life(of_agent)][..], &[]] {
            let rows = report(&mut kept, own, START_MS + 10_000, true);
            assert!(rows.iter().all(|row| row.value == expected), "{rows:?}");
        }
    }
}

#[test]
fn of_two_probes_that_read_the_same_the_one_that_knows_more_counts() {
    let node = |value| Measured::of_node(LIFE, value);
    let (none, denied) = (Err(Missing::NotFitted), Err(Missing::Denied));
    for (found, expected) in [
        (vec![node(none), node(denied)], vec![node(denied)]),
        (vec![node(denied), node(none)], vec![node(denied)]),
        (
            vec![life(denied), life(Ok(3)), life(Ok(4))],
            vec![life(Ok(3))],
        ),
        (vec![node(none), life(denied)], vec![life(denied)]),
        (
            vec![node(denied), life(Ok(1))],
            vec![node(denied), life(Ok(1))],
        ),
        (
            vec![messages(Ok(1)), node(none)],
            vec![messages(Ok(1)), node(none)],
        ),
    ] {
        assert_eq!(settled(found.clone()), expected, "{found:?}");
    }
}

#[test]
fn what_the_scrub_wrote_before_this_agent_is_not_new_and_its_restart_takes_nothing_back() {
    let mut kept = kept();
    let own = |value| Measured::of_node(Quantity::OWN_WRITTEN, value);
    for (of_scrub, expected) in [
        // The agent was started anew beside a scrub with a history.
        (Ok(5000), 10),
        (Ok(5000), 10),
        (Ok(5003), 13),
        (Err(Missing::Denied), 13),
        (Ok(5004), 14),
        // The scrub was started anew, and then again.
        (Ok(2), 16),
        (Ok(6), 20),
        (Ok(0), 20),
        (Ok(1), 21),
    ] {
        kept.heard(vec![own(of_scrub)].into(), START_MS);
        let report = report(&mut kept, &[own(Ok(10))], START_MS, false);
        assert_eq!(report, [own(Ok(expected))], "{of_scrub:?}");
    }
}

#[test]
fn who_writes_goes_out_once_and_what_the_scrub_wrote_is_pickets_own() {
    let mut kept = kept();
    let own = |kib| Measured::of_node(Quantity::OWN_WRITTEN, Ok(kib));
    let writers = vec![crate::probe::Writer {
        disk: None,
        name: "db.service".to_owned(),
        written_kib: 7,
        over_s: 60,
    }];
    let told = |kib| Told {
        measured: vec![own(kib)],
        writers: Some(writers.clone()),
    };
    let add_to = |kept: &mut Kept, kib| {
        let mut found = Found::default();
        found.push(own(kib));
        kept.add_to(&mut found, START_MS, false);
        (found.measured, found.writers)
    };
    assert_eq!(add_to(&mut kept, 1), (vec![own(1)], None));
    kept.heard(told(0), START_MS);
    let expected = (vec![own(1)], Some(writers.clone()));
    assert_eq!(add_to(&mut kept, 1), expected);
    // The same writers again, as the link repeats them.
    kept.heard(told(5), START_MS);
    assert_eq!(add_to(&mut kept, 2), (vec![own(7)], None));
}

#[test]
fn what_only_creeps_on_is_no_news_until_its_minute_is_over() {
    let age = |s| Measured::of_node(Quantity::SCRUB_AGE, s);
    let mut kept = kept();
    kept.heard(vec![age(Ok(100))].into(), START_MS);
    assert_eq!(report(&mut kept, &[], START_MS, false), [age(Ok(100))]);
    kept.heard(vec![age(Ok(105))].into(), START_MS + 5_000);
    assert_eq!(report(&mut kept, &[], START_MS + 10_000, false), []);
    let at_ms = START_MS + AGAIN_MS;
    assert_eq!(report(&mut kept, &[], at_ms, false), [age(Ok(105))]);
    kept.heard(vec![age(Err(Missing::Busy))].into(), at_ms);
    let begun_anew = report(&mut kept, &[], at_ms + 10_000, false);
    assert_eq!(begun_anew, [age(Err(Missing::Busy))]);
}

fn finding(path: String) -> Located {
    Located {
        place: disk(),
        finding: Finding {
            kind: FindingKind::Stable,
            state: FindingState::Open,
            truth: GroundTruth::Manifest,
            cached_copy_is_good: true,
            times_are_weak: false,
            found_unix_s: 1,
            block: 2,
            blocks: 3,
            sector: 4,
            path_hash: path_hash(path.as_bytes()),
            path,
            package: String::new(),
        },
    }
}

/// Frames that a report takes of these findings and packages, beside its heartbeat.
fn frames_of(findings: &[Located], packages: &[PackageContent]) -> u32 {
    let config = Config {
        id: NodeId::parse("pi-01").unwrap(),
        boot: BootId(1),
        session: SessionId(1),
        every_ms: 10_000,
    };
    let mut node = Node::new(config, vec![0; 16 * MAX_FRAME], 0);
    let findings: Vec<_> = findings.iter().map(|one| one.on_wire(255)).collect();
    let packages: Vec<_> = packages.iter().map(PackageContent::on_wire).collect();
    let lists = picket_node::Lists {
        findings: &findings,
        packages: &packages,
        ..picket_node::Lists::default()
    };
    let first = node.report_with(0, [], lists);
    node.report(1, []) - first - 1
}

#[test]
fn a_report_tells_what_its_frames_have_room_for_and_no_more() {
    // Lengths of paths that are packed badly or well, in this order again and again.
    for lengths in [
        &[890, 890, 890, 1024][..],
        &[1024, 890, 890],
        &[30],
        &[5, 2000],
    ] {
        let paths = lengths.iter().map(|len| "x".repeat(*len)).cycle();
        let findings: Vec<Located> = paths.take(200).map(finding).collect();
        let package = |i: usize| PackageContent {
            name: "x".repeat(1 + (i * 7) % 90),
            key: u64::MAX,
            content: u64::MAX,
        };
        let packages: Vec<PackageContent> = (0..300).map(package).collect();
        let mut kept = kept();
        kept.heard_word(Word {
            findings: Some(findings.clone().into()),
            packages: Some(packages.clone().into()),
            ..Word::default()
        });
        let lists = kept.add_to(&mut Found::default(), START_MS, false);
        let (some, of) = (lists.findings.len(), lists.packages.len());
        let frames = |more| frames_of(&findings[..some + more], &[]);
        assert_eq!((frames(0), frames(1)), (3, 4), "{lengths:?}");
        let frames = |more| frames_of(&[], &packages[..of + more]);
        assert_eq!((frames(0), frames(1)), (1, 2));
    }
}

#[test]
fn findings_are_told_in_parts_and_anew_to_a_new_run_when_one_changes_and_after_an_hour() {
    let mut kept = kept();
    let told = |kept: &mut Kept, at_ms, full| {
        let lists = kept.add_to(&mut Found::default(), at_ms, full);
        lists.findings.len()
    };
    assert_eq!(told(&mut kept, START_MS, false), 0);
    let mut all: Vec<Located> = (0..20)
        .map(|i| finding(format!("{i}{}", "x".repeat(998))))
        .collect();
    let word = |all: &[Located]| Word {
        findings: Some(all.into()),
        ..Word::default()
    };
    let at = |s: u64| START_MS + s * 1000;
    kept.heard_word(word(&all));
    let parts: Vec<usize> = (1..5).map(|s| told(&mut kept, at(s), false)).collect();
    assert_eq!(parts, [9, 9, 2, 0]);
    kept.heard_word(word(&all));
    assert_eq!(told(&mut kept, at(6), false), 0, "the same is no news");
    assert_eq!(told(&mut kept, at(7), true), 9, "a new run of the hub");
    all.truncate(1);
    kept.heard_word(word(&all));
    assert_eq!(told(&mut kept, at(8), false), 1);
    assert_eq!(told(&mut kept, at(3607), false), 0);
    assert_eq!(told(&mut kept, at(3608), false), 1, "an hour later");
    assert_eq!(told(&mut kept, at(3609), false), 0);
}
