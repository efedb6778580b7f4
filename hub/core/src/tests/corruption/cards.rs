//! Cards that forget, lose or refuse what is written, and cards that are new.

mod anew;
mod manifest;

use super::*;
use crate::witness::MAX_PLACES;
use crate::{ClosedBy, Effect, Save, Severity, Watched};

const ROLLED_BACK: &str = "disk/cid/0353/canary_generation";

/// A boot of which nobody said that the one before would stop.
fn power_cut(pi: &mut Pi) {
    pi.board.reboot(pi.world.moment);
    pi.world.meet(&mut pi.board);
}

/// What is open of the card; that the machine boots often is another matter.
fn open(pi: &Pi) -> Vec<(&'static str, String, Severity)> {
    let open = pi.world.open().into_iter();
    open.filter(|(_, subject, _)| *subject != "node")
        .map(|(detector, subject, severity)| (detector, subject.to_owned(), severity))
        .collect()
}

fn rolled_back(severity: Severity) -> Vec<(&'static str, String, Severity)> {
    vec![("silent_corruption", ROLLED_BACK.to_owned(), severity)]
}

#[test]
fn a_card_that_went_back_is_told_until_a_boot_shows_what_was_confirmed() {
    for (asked, severity) in [(true, Severity::Ticket), (false, Severity::Page)] {
        let mut pi = Pi::new();
        match asked {
            true => pi.reboot(),
            false => power_cut(&mut pi),
        }
        pi.scrub.canary = Some((7, 7));
        pi.says(&[]);
        assert_eq!(open(&pi), rolled_back(severity));
        let incidents = pi.world.hub.incidents();
        let incident = incidents
            .filter(|i| i.subject == ROLLED_BACK)
            .last()
            .unwrap();
        let line = "Picket's own test file: writing number 11 was confirmed before this boot, number 7 is found now";
        assert_eq!(incident.evidence, [line]);
        assert!(incident.advice.contains("this ends at the next boot"));
        // It goes on in the same boot, and is written to: that proves nothing.
        for generation in 8..20 {
            pi.scrub.canary = Some((7, generation));
            pi.says(&[]);
            assert_eq!(open(&pi), rolled_back(severity));
        }
        // It forgets again.
        power_cut(&mut pi);
        pi.scrub.canary = Some((7, 8));
        pi.says(&[]);
        assert_eq!(open(&pi).len(), 1);
        // It does not.
        pi.reboot();
        pi.says(&[]);
        assert!(open(&pi).is_empty(), "{:?}", open(&pi));
        assert_eq!(pi.last_closed().closed.unwrap().1, ClosedBy::Healthy);
    }
}

#[test]
fn a_boot_that_shows_what_was_confirmed_alarms_nobody_however_often_hub_and_agent_restart() {
    let mut pi = Pi::new();
    for day in 0..20 {
        pi.scrub.canary = pi.scrub.canary.map(|(found, written)| (found, written + 1));
        pi.says(&[]);
        pi.restart_hub();
        pi.says(&[]);
        pi.restart_agent();
        pi.says(&[]);
        if day % 2 == 0 {
            pi.reboot();
        }
        pi.says(&[]);
        assert!(
            pi.world.open().is_empty(),
            "day {day}: {:?}",
            pi.world.open()
        );
    }
}

#[test]
fn what_a_card_confirmed_is_remembered_over_a_restart_of_the_hub() {
    let mut pi = Pi::new();
    pi.restart_hub();
    pi.reboot();
    pi.scrub.canary = Some((7, 7));
    pi.says(&[]);
    assert_eq!(open(&pi), rolled_back(Severity::Ticket));
    let id = pi.world.open_id();
    pi.restart_hub();
    pi.says(&[]);
    assert_eq!(pi.world.open_id(), id, "and so is that it went back");
    // What the manifest shows later does not take the place of what the canary has shown.
    pi.reboot();
    (pi.scrub.canary, pi.scrub.passes) = (None, 4);
    pi.says(&[]);
    let told = [
        "Picket's own test file: writing number 11 was confirmed before this boot, number 7 is found now",
        "Picket's list of what it read back: that of scrub 5 was confirmed before this boot, that of \
             scrub 4 is found now",
    ];
    assert_eq!(pi.incident().evidence, told);
}

#[test]
fn a_hub_that_remembers_less_than_the_card_alarms_nobody() {
    let mut pi = Pi::new();
    let backup = pi.world.saved();
    for _ in 0..3 {
        pi.scrub.canary = pi.scrub.canary.map(|(found, written)| (found, written + 5));
        pi.scrub.passes += 1;
        pi.says(&[]);
        pi.reboot();
    }
    pi.world = World::at(pi.world.moment, backup, Config::default());
    pi.world.meet(&mut pi.board);
    pi.says(&[]);
    pi.reboot();
    pi.says(&[]);
    assert!(pi.world.open().is_empty(), "{:?}", pi.world.open());
}

#[test]
fn a_canary_that_is_read_late_is_judged_when_it_is_read() {
    let mut pi = Pi::new();
    pi.reboot();
    let busy = |quantity| missing(quantity, DISK, Missing::Busy);
    let mut readings = pi.scrub.readings();
    readings.retain(|r| r.quantity != Quantity::CANARY_FOUND);
    readings.push(busy(Quantity::CANARY_FOUND));
    pi.scrub.canary = Some((3, 12));
    pi.sends(false, &readings, &[]);
    assert!(pi.world.open().is_empty());
    pi.says(&[]);
    assert_eq!(open(&pi), rolled_back(Severity::Ticket));
}

#[test]
fn what_a_boot_that_is_past_says_late_shows_nothing() {
    let mut pi = Pi::new();
    let mut past = pi.board.clone();
    let late = pi.scrub;
    pi.reboot();
    pi.scrub.canary = Some((11, 12));
    pi.says(&[]);
    pi.world.facts(&mut past);
    for _ in 0..3 {
        let bytes = past.scrub_report(pi.world.moment, false, &late.readings(), &[], &[]);
        pi.world.frame(FrameTopic::Report(past.id), &bytes, false);
    }
    assert!(open(&pi).is_empty(), "{:?}", open(&pi));
    // What is confirmed in a boot is not taken back in it.
    pi.world.meet(&mut pi.board);
    for generation in [14, 13] {
        pi.scrub.canary = Some((11, generation));
        pi.says(&[]);
    }
    pi.reboot();
    pi.says(&[]);
    assert_eq!(open(&pi), rolled_back(Severity::Ticket), "14 is remembered");
}

#[test]
fn a_disk_that_went_back_one_that_loses_and_one_that_refuses_are_three_incidents() {
    let mut pi = Pi::new();
    pi.reboot();
    pi.scrub.canary = Some((7, 7));
    (pi.scrub.dropped, pi.scrub.refused) = (1, 1);
    pi.says(&[]);
    let dropped = "disk/cid/0353/canary_dropped".to_owned();
    let refused = "disk/cid/0353/canary_refused".to_owned();
    let told = [
        (
            "silent_corruption",
            ROLLED_BACK.to_owned(),
            Severity::Ticket,
        ),
        ("silent_corruption", dropped, Severity::Page),
        ("read_only", refused, Severity::Page),
    ];
    assert_eq!(open(&pi), told);
    let mut words: Vec<_> = pi.world.hub.incidents().map(|i| &i.summary).collect();
    words.sort();
    words.dedup();
    assert_eq!(words.len(), 3);
    assert_eq!(pi.corruption()[0].state, Watched::Faulty);
    // What is missing, or nonsense, ends none of them.
    for value in [Err(Missing::Busy), Ok(2), Ok(-1)] {
        let quantities = [Quantity::CANARY_DROPPED, Quantity::CANARY_REFUSED];
        let readings = quantities.map(|quantity| reading(quantity, DISK, value));
        pi.sends(false, &readings, &[]);
        assert_eq!(open(&pi), told);
    }
    pi.restart_hub();
    (pi.scrub.dropped, pi.scrub.refused) = (0, 0);
    pi.says(&[]);
    assert_eq!(open(&pi), told[..1], "each ends by its own value");
}

#[test]
fn a_card_that_went_back_is_well_only_by_what_showed_it() {
    for restart in [false, true] {
        // The canary alone shows it; the manifest was not written in between.
        let mut pi = Pi::new();
        power_cut(&mut pi);
        pi.scrub.canary = Some((7, 8));
        pi.says(&[]);
        let told = rolled_back(Severity::Page);
        assert_eq!(open(&pi), told);
        if restart {
            pi.restart_hub();
        }
        for why in [Missing::Busy, Missing::Denied, Missing::Garbled] {
            power_cut(&mut pi);
            let mut readings = pi.scrub.readings();
            for reading in &mut readings {
                if reading.quantity == Quantity::CANARY_FOUND {
                    reading.value = Err(why);
                }
            }
            pi.sends(false, &readings, &[]);
            assert_eq!(open(&pi), told, "{why:?}");
        }
        // One that cannot be read is begun anew; the manifest says that the card is the same.
        pi.scrub.lineage = 123;
        pi.scrub.canary = None;
        pi.says(&[]);
        pi.scrub.canary = Some((0, 1));
        pi.says(&[]);
        assert_eq!(open(&pi), told);
        pi.reboot();
        pi.says(&[]);
        assert!(open(&pi).is_empty(), "{:?}", open(&pi));
    }
}

#[test]
fn a_disk_without_a_canary_is_not_accused_for_manifests_that_lie_elsewhere() {
    const USB: u8 = 4;
    let mut pi = Pi::new();
    pi.board.parts.push((USB, PartKind::Disk, "usb/1"));
    pi.world.facts(&mut pi.board);
    let says_of_both = |pi: &mut Pi| {
        let of_card = pi.scrub.readings();
        pi.scrub.canary.take();
        let of_usb = pi.scrub.readings().into_iter();
        let of_usb = of_usb.map(|reading| Reading {
            part: USB,
            ..reading
        });
        let readings: Vec<_> = of_card.into_iter().chain(of_usb).collect();
        pi.sends(false, &readings, &[]);
    };
    says_of_both(&mut pi);
    pi.reboot();
    // The card went back, and with it the manifests of both.
    (pi.scrub.passes, pi.scrub.canary) = (4, Some((7, 7)));
    says_of_both(&mut pi);
    assert_eq!(open(&pi), rolled_back(Severity::Ticket));
}

#[test]
fn nonsense_of_a_canary_is_no_canary() {
    let mut pi = Pi::new();
    for (lineage, canary) in [
        (-1, (0, 0)),
        (i64::MAX, (1, 1)),
        (LINEAGE, (-5, -5)),
        (LINEAGE, (i64::MIN, i64::MAX)),
    ] {
        let (good, good_lineage) = (pi.scrub.canary, pi.scrub.lineage);
        (pi.scrub.lineage, pi.scrub.canary) = (lineage, Some(canary));
        pi.says(&[]);
        (pi.scrub.lineage, pi.scrub.canary) = (good_lineage, good);
        pi.reboot();
        pi.says(&[]);
        assert!(open(&pi).is_empty(), "{lineage} {canary:?}");
    }
}

#[test]
fn what_a_disk_may_forget_is_kept_seldom_and_of_few_disks() {
    let mut pi = Pi::new();
    for _ in 0..500 {
        pi.says(&[]);
    }
    let is_witness = |effect: &&Effect| matches!(effect, Effect::Save(Save::Witness(_)));
    let kept = pi.world.effects.iter().filter(is_witness).count();
    assert_eq!(kept, 1);
    let ids: Vec<&'static str> = (0..MAX_PLACES + 8)
        .map(|n| &*format!("serial/{n}").leak())
        .collect();
    pi.board.parts = (1_u8..)
        .zip(&ids)
        .map(|(number, id)| (number, PartKind::Disk, *id))
        .collect();
    pi.world.facts(&mut pi.board);
    for number in 1..=ids.len() as u8 {
        let readings: Vec<_> = pi
            .scrub
            .readings()
            .into_iter()
            .map(|r| Reading { part: number, ..r })
            .collect();
        pi.sends(false, &readings, &[]);
    }
    assert_eq!(pi.world.saved().witnesses.len(), MAX_PLACES);
    assert!(pi.world.hub.counters().beyond_bounds > 0);
}

#[test]
fn a_disk_of_which_no_file_is_read_back_is_judged_by_its_canary() {
    const OTHER: u8 = 7;
    let mut pi = Pi::new();
    pi.board.parts.push((OTHER, PartKind::Disk, "cid/1b53"));
    pi.board.names.push((OTHER, "mmcblk1"));
    pi.world.facts(&mut pi.board);
    let says = |pi: &mut Pi, canary: (i64, i64), dropped: i64| {
        let scrub = Scrub {
            canary: Some(canary),
            dropped,
            ..pi.scrub
        };
        let of_canary = |row: &Reading| {
            let quantities = Quantity::CANARY_GENERATION.0..=Quantity::CANARY_REFUSED.0;
            quantities.contains(&row.quantity.0)
        };
        let rows = scrub.readings().into_iter().filter(of_canary);
        let rows: Vec<_> = rows.map(|row| Reading { part: OTHER, ..row }).collect();
        pi.sends(false, &rows, &[]);
    };
    says(&mut pi, (10, 11), 0);
    assert!(open(&pi).is_empty());
    let mut all = pi.corruption().into_iter();
    let other = all.find(|it| it.part.number == OTHER);
    let why = "no whole scrub has compared its files";
    assert_eq!(other.unwrap().state, Watched::Blind(why));
    says(&mut pi, (10, 12), 1);
    let subject = |what: &str| format!("disk/cid/1b53/{what}");
    let dropped = (
        "silent_corruption",
        subject("canary_dropped"),
        Severity::Page,
    );
    assert_eq!(open(&pi), [dropped]);
    says(&mut pi, (10, 13), 0);
    assert!(open(&pi).is_empty());
    pi.reboot();
    says(&mut pi, (7, 8), 0);
    let went_back = (
        "silent_corruption",
        subject("canary_generation"),
        Severity::Ticket,
    );
    assert_eq!(open(&pi), [went_back]);
}
