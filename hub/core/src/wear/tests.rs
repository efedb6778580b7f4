//! Slopes, counters and steps, as tables.

use super::counter::MAX_JUMP_KIB;
use super::days::MAX_DAYS;
use super::life::Life;
use super::rate::{Day, Rate};
use super::*;
use picket_wire::{BootId, Flags, Kind, NodeId, RunBits, SessionId};
use proptest::prelude::*;

fn days(written: &[(i64, u64)]) -> Vec<Day> {
    let day = |&(number, written_kib): &(i64, u64)| Day {
        number,
        written_kib,
    };
    written.iter().map(day).collect()
}

/// A point a day, of so many days of each amount.
fn by_day(amounts: &[(usize, u64)]) -> Vec<Day> {
    let each = amounts.iter().flat_map(|&(count, kib)| vec![kib; count]);
    let sum = each.scan(0, |sum, kib| {
        *sum += kib;
        Some(*sum)
    });
    (20_000..)
        .zip(sum)
        .map(|(number, written_kib)| Day {
            number,
            written_kib,
        })
        .collect()
}

#[test]
fn a_rate_needs_three_days_and_three_points() {
    for (points, per_day) in [
        (&[][..], None),
        (&[(7, 100)], None),
        (&[(7, 0), (8, 10), (9, 20)], None),
        (&[(7, 0), (10, 30)], None),
        (&[(7, 0), (8, 10), (9, 20), (10, 30)], Some(10)),
        (&[(7, 0), (8, 10), (10, 30)], Some(10)),
        // The node was off for nine days.
        (&[(7, 0), (8, 10), (17, 10), (18, 20)], Some(1)),
        (&[(7, 5), (8, 5), (9, 5), (10, 5)], Some(0)),
    ] {
        let rate = Rate::of(&days(points));
        assert_eq!(rate.map(|rate| rate.per_day_kib), per_day, "{points:?}");
    }
}

#[test]
fn the_median_of_the_slopes_holds_against_one_wild_day_and_follows_a_new_load() {
    // Days of an amount each, and what is to be found.
    let table: [(&[(usize, u64)], u64); 5] = [
        (&[(30, 20)], 20),
        (&[(80, 20), (1, 900), (9, 20)], 20),
        (&[(3, 20), (1, 900), (20, 20)], 20),
        // For ten days all is other than before: the last fourteen days count.
        (&[(80, 1), (12, 100)], 100),
        (&[(80, 100), (12, 1)], 1),
    ];
    for (amounts, per_day_kib) in table {
        let rate = Rate::of(&by_day(amounts)).unwrap();
        assert_eq!(rate.per_day_kib, per_day_kib, "{amounts:?}: {rate:?}");
        assert!(rate.low_kib <= rate.per_day_kib && rate.per_day_kib <= rate.high_kib);
    }
}

#[test]
fn only_ninety_days_count() {
    let rate = Rate::of(&by_day(&[(200, 7)])).unwrap();
    assert_eq!((rate.per_day_kib, rate.over_days), (7, 90));
}

fn header(boot: u32, uptime_ms: u64) -> Header {
    Header {
        kind: Kind::Report,
        flags: Flags::default(),
        boot: BootId(boot),
        session: SessionId(1),
        seq: 0,
        run: RunBits(1),
        uptime_ms,
    }
}

#[test]
fn a_counter_counts_over_boots_and_never_twice() {
    // Boot, uptime and counter of each report, and the sum then.
    let table: [(u32, u64, i64, u64); 12] = [
        (1, 1_000, 5_000, 0),
        (1, 2_000, 5_010, 10),
        (1, 2_000, 5_010, 10),
        // A report that was overtaken.
        (1, 1_500, 5_005, 10),
        (1, 3_000, 5_030, 30),
        // A later boot counts from 0.
        (2, 1_000, 7, 37),
        // A straggler of the boot before.
        (1, 4_000, 5_031, 37),
        (2, 2_000, 9, 39),
        // The disk was pulled and put back.
        (2, 3_000, 2, 39),
        (2, 4_000, 5, 42),
        // Nonsense.
        (2, 5_000, i64::MAX, 42),
        (2, 6_000, -4, 42),
    ];
    let mut disk = Disk::new("cid/1");
    for (step, (boot, uptime_ms, kib, sum)) in table.into_iter().enumerate() {
        let taken = disk.take(
            Quantity::DISK_WRITTEN,
            kib,
            &header(boot, uptime_ms),
            Some(1),
        );
        assert_eq!(disk.written_kib, sum, "step {step}");
        assert_eq!(taken.implausible, kib == i64::MAX, "step {step}");
        // At first sight, and at that of the later boot.
        assert_eq!(taken.keep, [0, 5].contains(&step), "step {step}");
    }
}

#[test]
fn a_jump_of_a_tebibyte_is_believed_and_more_is_not() {
    for (more, believed) in [(MAX_JUMP_KIB, true), (MAX_JUMP_KIB + 1, false)] {
        let mut disk = Disk::new("cid/1");
        for (uptime_ms, kib) in [(1, 9), (2, 9 + more), (3, 10 + more)] {
            let kib = i64::try_from(kib).unwrap();
            disk.take(Quantity::DISK_WRITTEN, kib, &header(1, uptime_ms), None);
        }
        let sum = if believed { more + 1 } else { 1 };
        assert_eq!(disk.written_kib, sum);
    }
}

#[test]
fn what_was_written_while_the_hub_was_away_is_believed_up_to_4_gib_a_second() {
    const HOUR_MS: u64 = 3_600_000;
    const MOST: u64 = 3_600 * (4 << 20);
    // The boot and uptime of the second reading, how much more it is, and whether that can be.
    for (boot, uptime_ms, more, believed) in [
        (1, 2 * HOUR_MS, MOST, true),
        (1, 2 * HOUR_MS, MOST + 1, false),
        (2, HOUR_MS, MOST, true),
        (2, HOUR_MS, MOST + 1, false),
        (1, u64::MAX, MOST, true),
    ] {
        let mut disk = Disk::new("cid/1");
        let first = if boot == 1 { 9 } else { 0 };
        for (boot, uptime_ms, kib) in [(1, HOUR_MS, 9), (boot, uptime_ms, first + more)] {
            let kib = i64::try_from(kib).unwrap();
            disk.take(Quantity::DISK_WRITTEN, kib, &header(boot, uptime_ms), None);
        }
        let sum = if believed { more } else { 0 };
        assert_eq!(disk.written_kib, sum, "{boot} {uptime_ms} {more}");
    }
}

#[test]
fn without_a_right_clock_there_are_sums_and_no_days() {
    let mut disk = Disk::new("cid/1");
    for uptime_ms in 0..500 {
        let kib = i64::try_from(uptime_ms).unwrap();
        let taken = disk.take(Quantity::DISK_WRITTEN, kib, &header(1, uptime_ms), None);
        assert_eq!(taken.keep, uptime_ms == 0);
    }
    assert_eq!((disk.written_kib, disk.days.today()), (499, None));
}

#[test]
fn days_are_bounded_and_those_of_a_clock_that_was_ahead_are_dropped() {
    let node = NodeId::parse("pi-01").unwrap();
    let mut disk = Disk::new("cid/1");
    let take = |disk: &mut Disk, nth: u64, day| {
        let kib = i64::try_from(nth).unwrap();
        disk.take(Quantity::DISK_WRITTEN, kib, &header(1, nth), Some(day))
    };
    for nth in 0..300 {
        let day = i64::try_from(nth).unwrap();
        assert!(take(&mut disk, nth, day).keep);
    }
    assert_eq!(disk.save(node).days.len(), MAX_DAYS);
    take(&mut disk, 300, 90_000);
    take(&mut disk, 301, 300);
    let days = disk.save(node).days;
    assert_eq!(days.last().map(|day| day.number), Some(299));
    take(&mut disk, 302, 301);
    let days = disk.save(node).days;
    assert_eq!(days.last().map(|day| day.number), Some(301));
    assert!(days.is_sorted_by_key(|day| day.number));
}

#[test]
fn days_that_are_dropped_count_no_more() {
    let mut days = super::days::Days::default();
    for day in 0..10 {
        days.reach(day, 20);
    }
    assert!(days.rate().is_some());
    days.reach(2, 20);
    assert_eq!((days.history(), days.rate()), (2, None));
}

/// What a disk says on which day.
type Said = &'static [(i64, u8)];

fn life(width: u8, said: Said) -> Life {
    let mut life = Life::default();
    for &(day, percent) in said {
        life.note(percent, width, Some(day));
    }
    life
}

#[test]
fn life_has_a_slope_only_after_two_steps_and_fourteen_days() {
    // Width of the steps, what was said on which day, the day of asking, and the days left.
    let table: [(u8, Said, i64, Option<u64>); 10] = [
        (10, &[(0, 0)], 500, None),
        (10, &[(0, 0), (1, 0), (100, 10)], 101, None),
        // From the first step to the second 200 days: 8 more steps.
        (10, &[(0, 0), (100, 10), (300, 20)], 300, Some(1600)),
        // A third one that is long in coming makes it slower, not negative.
        (10, &[(0, 0), (100, 10), (300, 20)], 1100, Some(4000)),
        (1, &[(0, 3), (5, 4), (10, 5)], 10, None),
        (1, &[(0, 3), (5, 4), (25, 5)], 25, Some(1900)),
        (1, &[(0, 98), (5, 99), (25, 100)], 25, Some(0)),
        (1, &[(0, 98), (5, 101), (25, 255)], 25, Some(0)),
        // Life does not come back: all begins anew.
        (1, &[(0, 3), (5, 4), (25, 5), (26, 0), (27, 1)], 27, None),
        // A clock that went back.
        (1, &[(0, 3), (50, 4), (25, 5)], 26, None),
    ];
    for (width, said, today, left) in table {
        assert_eq!(life(width, said).days_left(today), left, "{said:?}");
    }
}

#[test]
fn a_step_without_a_date_spoils_no_slope() {
    // A hundredth in ten days.
    let mut life = life(1, &[(0, 3), (5, 4), (15, 5), (25, 6)]);
    assert_eq!(life.days_left(25), Some(940));
    life.note(7, 1, None);
    assert_eq!(life.days_left(34), Some(930));
    life.note(8, 1, Some(45));
    assert_eq!(life.days_left(45), Some(920));
    // What it took in all, and no more, is in 99 days.
    assert_eq!(life.days_left(104), Some(92 * 99 / 5));
    life.note(7, 1, None);
    assert_eq!(life.days_left(105), None, "life does not come back");
}

#[test]
fn one_step_tells_how_many_days_are_left_at_least() {
    for (width, said, today, least) in [
        (10, &[(0, 0)][..], 400, None),
        (10, &[(0, 0), (7, 10)], 7, Some(0)),
        (10, &[(0, 0), (7, 10)], 17, Some(90)),
        (1, &[(0, 59), (7, 60)], 9, Some(80)),
        (1, &[(0, 59), (7, 60), (8, 61)], 9, Some(39)),
        (1, &[(0, 59), (7, 60)], 5, None),
    ] {
        let mut life = Life::default();
        for &(day, percent) in said {
            life.note(percent, width, Some(day));
        }
        assert_eq!(life.least_days_left(today), least, "{said:?} on {today}");
    }
}

#[test]
fn fine_steps_are_not_spoiled_by_coarse_ones() {
    let mut life = life(10, &[(0, 0), (3, 10)]);
    for (day, percent) in [(4, 12), (10, 13), (30, 14)] {
        life.note(percent, 1, Some(day));
        life.note(10, 10, Some(day));
    }
    assert_eq!(life.days_left(30), Some(86 * 20));
}

#[test]
fn a_statement_that_names_a_disk_closest_counts() {
    let (here, there) = (
        NodeId::parse("pi-01").unwrap(),
        NodeId::parse("pi-02").unwrap(),
    );
    let stated = |disk, node, kib| Endurance {
        disk,
        node,
        kib,
        written_before_kib: 0,
    };
    let all = [
        stated(WhichDisk::Product("SD32G".to_owned()), None, 1),
        stated(WhichDisk::Product("SD32G".to_owned()), Some(here), 2),
        stated(WhichDisk::Name("mmcblk0".to_owned()), Some(there), 3),
        stated(WhichDisk::Id("cid/03AB".to_owned()), None, 4),
    ];
    let of = |node, id: &str, name: &str, product| {
        let mut disk = Disk::new(id);
        disk.name = name.to_owned();
        Endurance::of(&all, node, &disk, product).map(|stated| stated.kib)
    };
    assert_eq!(of(here, "cid/03ab", "mmcblk0", Some("SD32G")), Some(4));
    assert_eq!(of(here, "cid/99", "mmcblk0", Some("SD32G")), Some(2));
    assert_eq!(of(there, "cid/99", "mmcblk0", Some("SD32G")), Some(3));
    assert_eq!(of(there, "cid/99", "sda", Some("SD32G")), Some(1));
    assert_eq!(of(here, "cid/99", "mmcblk0", None), None);
}

/// A node's boot and uptime, what is said of which quantity, and the hub's day.
fn any_word() -> impl Strategy<Value = (u32, u64, usize, i64, Option<i64>)> {
    let value = prop_oneof![-3..120_i64, 0..2_000_000_000_i64, any::<i64>()];
    let day = prop_oneof![
        Just(None),
        (0..400_i64).prop_map(Some),
        any::<i64>().prop_map(Some)
    ];
    (0..3_u32, 0..50_u64, 0..6_usize, value, day)
}

proptest! {
    #[test]
    fn whatever_is_said_days_left_are_a_number_of_days(
        words in prop::collection::vec(any_word(), 0..100)
    ) {
        let quantities = [
            Quantity::DISK_WRITTEN,
            Quantity::DISK_WRITTEN_EVER,
            Quantity::DISK_LIFE_USED,
            Quantity::DISK_SPARE,
            Quantity::EMMC_LIFE_STEP,
            Quantity::EMMC_SPARE_STATE,
        ];
        let node = NodeId::parse("pi-01").unwrap();
        let stated = [Endurance {
            disk: WhichDisk::Id("cid/1".to_owned()),
            node: None,
            kib: 1 << 40,
            written_before_kib: 0,
        }];
        let mut disk = Disk::new("cid/1");
        for (boot, uptime_ms, nth, value, day) in words {
            let before_kib = disk.written_kib;
            disk.take(quantities[nth], value, &header(boot, uptime_ms), day);
            prop_assert!(disk.written_kib - before_kib <= MAX_JUMP_KIB);
            let outlook = Outlook::of(&disk, node, None, &stated);
            prop_assert!(outlook.days_left.is_none_or(|days| days <= MOST_DAYS_LEFT));
            if let (Some((fewest, most)), Some(days)) = (outlook.range, outlook.days_left) {
                prop_assert!(fewest <= days && days <= most);
            }
            let saved = disk.save(node);
            prop_assert!(saved.days.len() <= MAX_DAYS);
            prop_assert!(saved.days.is_sorted_by_key(|day| day.number));
            let again = Disk::restored(saved.clone());
            prop_assert_eq!(again.save(node), saved);
            prop_assert_eq!(again.days.rate(), disk.days.rate());
        }
    }
}
