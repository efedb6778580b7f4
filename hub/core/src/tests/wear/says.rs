//! What a disk says of its own end.

use super::*;

#[test]
fn a_reading_that_is_missing_heals_nothing() {
    let mut pi = Pi::new(stated(TEN_TB_KIB));
    pi.days(5, 10);
    let spare = |value| reading(Quantity::DISK_SPARE, 1, value);
    pi.says(&[spare(Ok(9))]);
    assert_eq!(pi.world.open_detectors(), ["wear"]);
    for _ in 0..20 {
        pi.days(1, 10);
        pi.says(&[spare(Err(Missing::Denied))]);
    }
    assert!(pi.world.open_detectors().contains(&"wear"));
    pi.restart_hub(stated(TEN_TB_KIB));
    pi.days(9, 10);
    assert!(pi.world.open_detectors().contains(&"wear"));
    pi.says(&[spare(Ok(90))]);
    pi.days(2, 10);
    assert!(!pi.world.open_detectors().contains(&"wear"));
}

#[test]
fn what_a_disk_says_of_its_end_is_a_ticket() {
    for (quantity, well, worn, words) in [
        (Quantity::DISK_LIFE_USED, 89, 90, "90 % of its life is used"),
        (Quantity::DISK_LIFE_USED, 0, 260, "all of its life is used"),
        (Quantity::EMMC_LIFE_STEP, 9, 10, "90 % of its life is used"),
        (Quantity::EMMC_LIFE_STEP, 1, 11, "all of its life is used"),
        (Quantity::EMMC_SPARE_STATE, 1, 2, "more than 80 %"),
        (Quantity::EMMC_SPARE_STATE, 1, 3, "more than 90 %"),
        (Quantity::DISK_SPARE, 11, 10, "10 % of its spare blocks"),
    ] {
        let mut pi = Pi::new(Config::default());
        pi.says(&[reading(quantity, 1, Ok(well))]);
        assert!(pi.world.open().is_empty(), "{quantity} {well}");
        pi.says(&[reading(quantity, 1, Ok(worn))]);
        assert_eq!(pi.world.open_detectors(), ["wear"], "{quantity} {worn}");
        let id = pi.world.open_id();
        let summary = &pi.world.hub.incident(&id).unwrap().summary;
        assert!(summary.contains(words), "{summary}");
    }
}

#[test]
fn emmc_life_in_ten_percent_steps_gives_no_nonsense() {
    let step = |step| reading(Quantity::EMMC_LIFE_STEP, 1, Ok(step));
    let mut pi = Pi::new(Config::default());
    // Undefined steps, the first one for long, and a second one.
    for (value, days) in [(0, 3), (1, 200), (2, 100), (99, 3), (-1, 3), (2, 3)] {
        for _ in 0..days {
            pi.days(1, 1_000);
            pi.says(&[step(value)]);
            assert_eq!(pi.days_left(), None, "step {value}");
            assert!(pi.world.open().is_empty(), "step {value}");
        }
    }
    // The third step came after some 140 of these days: eight steps are left of it.
    for _ in 0..400 {
        pi.days(1, 1_000);
        pi.says(&[step(3)]);
        let left = pi.days_left().unwrap();
        assert!((1_000..=4_000).contains(&left), "{left}");
    }
    assert!(pi.world.open().is_empty());
    assert!(pi.wear().rests_on.contains("20 % to 30 %"));
}

#[test]
fn a_disk_that_says_its_life_by_the_percent_is_a_ticket_before_its_end() {
    let mut pi = Pi::new(Config::default());
    // One hundredth in two days.
    for percent in 40..=69 {
        pi.says(&[life(percent)]);
        pi.days(2, 1_000);
    }
    assert!(pi.world.open().is_empty(), "{:?}", pi.days_left());
    for percent in 70..=75 {
        pi.says(&[life(percent)]);
        pi.days(2, 1_000);
    }
    let left = pi.days_left().unwrap();
    assert!((45..60).contains(&left), "{left}");
    assert_eq!(pi.world.open(), [("wear", "disk/cid/0353", Ticket)]);
}

#[test]
fn one_wrong_word_of_a_disk_is_over_after_a_day_of_right_ones() {
    let mut pi = Pi::new(Config::default());
    pi.says(&[life(3)]);
    pi.says(&[life(95)]);
    assert_eq!(pi.world.open_detectors(), ["wear"]);
    for _ in 0..A_DAY {
        pi.says(&[life(3)]);
        assert_eq!(pi.world.open_detectors(), ["wear"]);
    }
    pi.says(&[life(3)]);
    assert!(pi.world.open().is_empty());
}

#[test]
fn time_in_which_a_machine_is_off_is_none_in_which_its_disk_is_well() {
    let mut pi = Pi::new(Config::default());
    pi.says(&[life(95)]);
    pi.says(&[life(3)]);
    pi.world.status(&pi.board, "stopping");
    pi.world.wait(48 * 3_600_000);
    pi.board.reboot(pi.world.moment);
    pi.world.meet(&mut pi.board);
    for _ in 0..A_DAY {
        pi.says(&[life(3)]);
        assert!(pi.world.open_detectors().contains(&"wear"));
    }
    pi.says(&[life(3)]);
    assert!(!pi.world.open_detectors().contains(&"wear"));
}

#[test]
fn who_writes_to_nobody_knows_which_disk_is_not_named_as_the_one_that_wears_this_one() {
    let second = (2, PartKind::Disk, "wwid/1");
    for (parts, sure) in [(&[][..], true), (&[second][..], false)] {
        let mut pi = Pi::new(Config::default());
        pi.board.parts.extend(parts);
        pi.world.facts(&mut pi.board);
        let wrote = |part, name, written_kib| Writer {
            part,
            name,
            written_kib,
            over_s: 3_600,
        };
        pi.writers(&[wrote(0, "postgres", 9_000_000)]);
        pi.says(&[life(95)]);
        let incident = pi.world.hub.incident(&pi.world.open_id()).unwrap();
        let said = |evidence: &[String], what| evidence.join("\n").contains(what);
        assert_eq!(incident.advice.contains("postgres"), sure, "{incident:?}");
        let unsure = said(&incident.evidence, "a day to a disk that is not known");
        assert_eq!(unsure, !sure, "{incident:?}");
        // Else one that is known to write to it comes first, however little that is.
        pi.writers(&[wrote(0, "postgres", 9_000_000), wrote(1, "journald", 1_000)]);
        pi.says(&[life(95)]);
        let first = if sure { "postgres" } else { "journald" };
        assert_eq!(pi.wear().writers[0].name, first);
    }
}

#[test]
fn a_ticket_of_few_days_left_does_not_end_because_one_wrong_word_spoiled_the_slope() {
    let mut pi = Pi::new(Config::default());
    // About one hundredth a day.
    for percent in 20..=55 {
        pi.says(&[life(percent)]);
        pi.days(1, 1_000);
    }
    assert_eq!(pi.world.open_detectors(), ["wear"]);
    pi.says(&[life(3)]);
    for percent in 56..=66 {
        pi.says(&[life(percent)]);
        pi.days(1, 1_000);
        assert_eq!(pi.days_left(), None, "{percent}");
        assert_eq!(pi.world.open_detectors(), ["wear"], "{percent}");
    }
    // From here on nothing wears it: long before there is a slope, it is seen to last.
    let mut days = 0;
    while !pi.world.open().is_empty() {
        pi.says(&[life(66)]);
        pi.days(1, 1_000);
        days += 1;
        assert!(days < 40);
    }
    assert!(days > 5, "{days}");
}
