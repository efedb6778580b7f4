//! What is counted and kept over restarts, reboots and days.

use super::*;
use crate::time::Millis;

#[test]
fn a_hub_that_restarts_within_a_day_and_a_boot_counts_the_same() {
    let mut through = Pi::new(stated(TEN_TB_KIB));
    let mut restarted = Pi::new(stated(TEN_TB_KIB));
    for pi in [&mut through, &mut restarted] {
        pi.days(10, KIB_A_DAY);
        pi.says(&[written(pi.written_kib)]);
    }
    for _ in 0..7 {
        restarted.restart_hub(stated(TEN_TB_KIB));
        for pi in [&mut through, &mut restarted] {
            pi.written_kib += KIB_A_DAY / 4;
            pi.says(&[written(pi.written_kib)]);
        }
    }
    assert_eq!(restarted.wear(), through.wear());
    let counted = i64::try_from(through.wear().written_kib).unwrap();
    // The first report is where counting begins.
    let first_kib = 777_000_000 + KIB_A_DAY / 4;
    assert_eq!(counted, through.written_kib - first_kib);
}

#[test]
fn a_hub_that_is_off_at_each_midnight_knows_after_some_days_how_long_a_card_lasts() {
    const ON_HOURS: i64 = 10;
    const HOUR_MS: u64 = 3_600_000;
    let mut pi = Pi::new(stated(TEN_TB_KIB));
    pi.board.every_ms = HOUR_MS as u32;
    for day in 0..10 {
        for _ in 0..ON_HOURS {
            pi.written_kib += KIB_A_DAY / 24;
            pi.says(&[written(pi.written_kib)]);
        }
        assert_eq!(pi.days_left().is_some(), day >= 3, "day {day}");
        // The node goes on while the hub is off.
        let off_hours = 24 - ON_HOURS;
        pi.written_kib += off_hours * KIB_A_DAY / 24;
        pi.world.moment = pi.world.moment + Millis(off_hours as u64 * HOUR_MS);
        pi.restart_hub(stated(TEN_TB_KIB));
    }
    pi.says(&[written(pi.written_kib)]);
    let left = pi.days_left().unwrap();
    assert!((485..=495).contains(&left), "{left}");
}

#[test]
fn a_reboot_of_the_node_counts_from_the_first_byte_and_only_once() {
    let mut pi = Pi::new(stated(TEN_TB_KIB));
    pi.days(1, 400);
    for _ in 0..5 {
        pi.reboot();
        pi.written_kib = 0;
        pi.days(1, 400);
    }
    assert_eq!(pi.wear().written_kib, 300 + 5 * 400);
}

#[test]
fn a_disk_is_kept_at_first_sight_and_once_a_day() {
    let mut pi = Pi::new(stated(TEN_TB_KIB));
    pi.days(10, KIB_A_DAY);
    let is_kept = |effect: &&Effect| matches!(effect, Effect::Save(Save::Disk(_)));
    let kept = pi.world.effects.iter().filter(is_kept).count();
    assert!((10..=11).contains(&kept), "{kept}");
}

#[test]
fn disks_of_a_node_are_bounded_and_a_stale_one_makes_room() {
    let mut pi = Pi::new(Config::default());
    let ids: Vec<String> = (0..MAX_DISKS + 8).map(|n| format!("serial/{n}")).collect();
    let all: Vec<_> = (1_u8..)
        .zip(&ids)
        .map(|(number, id)| (number, PartKind::Disk, &*id.clone().leak()))
        .collect();
    pi.board.names.clear();
    let say = |pi: &mut Pi| {
        let parts = pi.board.parts.clone();
        let all = parts.iter();
        let readings: Vec<_> = all
            .map(|part| reading(Quantity::DISK_WRITTEN, part.0, Ok(1)))
            .collect();
        pi.says(&readings);
    };
    pi.board.parts = all.clone();
    pi.world.meet(&mut pi.board);
    for _ in 0..20 {
        say(&mut pi);
    }
    let count = |pi: &Pi| pi.world.hub.node(pi.board.id).unwrap().wear().count();
    assert_eq!(count(&pi), MAX_DISKS);
    assert!(pi.world.hub.counters().beyond_bounds > 0);
    // Only the last eight are left in the machine.
    pi.reboot();
    pi.board.restart();
    pi.board.parts = all[MAX_DISKS..].to_vec();
    pi.world.meet(&mut pi.board);
    for _ in 0..2 * A_DAY {
        say(&mut pi);
    }
    assert_eq!(count(&pi), 8);
    let wear = pi
        .world
        .hub
        .incidents()
        .filter(|i| i.detector == Detector::Wear);
    assert_eq!(wear.count(), 0);
}
