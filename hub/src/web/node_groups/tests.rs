//! Every reading stands in the group in which people look for it, and a missing one says why.

use super::*;
use crate::view::sample::Fleet;
use crate::view::scrub::is_of_scrub;
use picket_wire::{Missing, NodeId, Quantity};

fn groups_of(fleet: &Fleet) -> Vec<Shown> {
    let known = fleet.known();
    let node = known.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
    groups(node, &known, &TimeZone::UTC)
}

/// Those that are made of rows.
fn readings(groups: &[Shown]) -> impl Iterator<Item = &Group> {
    groups.iter().filter_map(|shown| match shown {
        Shown::Readings(group) => Some(group),
        Shown::Scrub(_) => None,
    })
}

fn find<'a>(groups: &'a [Shown], id: &str) -> &'a Group {
    readings(groups).find(|group| group.id == id).unwrap()
}

#[test]
fn a_pi_5_with_everything_is_shown_in_groups_that_lose_nothing() {
    let mut fleet = Fleet::new();
    fleet.add_pi_5("pi-01");
    let groups = groups_of(&fleet);
    let titles: Vec<&str> = groups
        .iter()
        .map(|shown| match shown {
            Shown::Readings(group) => group.title,
            Shown::Scrub(scrub) => scrub.title,
        })
        .collect();
    assert_eq!(
        titles,
        [
            "Power and throttling",
            "Temperature and fan",
            "Processor and memory",
            "Disks",
            "Filesystems",
            "Files read back",
            "Network",
            "Picket itself"
        ]
    );
    let power = find(&groups, "power");
    assert_eq!(power.rails.len(), 24);
    assert_eq!(power.tables.len(), 1);
    let under_voltage = &power.tables[0].rows[0];
    assert_eq!(under_voltage.label, "Under-voltage now");
    assert!(under_voltage.bad && under_voltage.text == "yes");
    let past = power.tables[0]
        .rows
        .iter()
        .find(|row| row.label.contains("since boot"));
    assert!(!past.unwrap().bad, "what is past is not wrong now");

    let disks = find(&groups, "disks");
    let titles: Vec<&str> = disks
        .tables
        .iter()
        .map(|table| table.title.as_str())
        .collect();
    assert_eq!(
        titles,
        [
            "mmcblk0",
            "nvme0n1",
            "Of the node as a whole",
            "To a disk that is not known"
        ]
    );
    assert_eq!(
        disks.tables[0].lines[..2],
        [
            "SD card SD32G",
            "29.7 GiB, maker 0x03/0x5344 (SD), made 2021-03, revision 8.0, serial number 0x12345678"
        ]
    );
    let wear = &disks.tables[0].lines[2];
    assert!(
        wear.starts_with("wear: ") && wear.contains("stated"),
        "{wear}"
    );
    assert_eq!(disks.tables[0].rows[0].label, "Written since boot");
    let writer = &disks.tables[1].writers[0];
    assert_eq!(writer.name, "influxdb.service");
    assert_eq!(writer.written, "70.3 MiB in 10 min");
    assert_eq!(writer.a_day, "10.6 GB");
    assert_eq!(disks.missing, "2 not fitted, 1 not supported here");
    let labels = "eMMC life step, eMMC spare state";
    assert_eq!(disks.reasons[0], ("not fitted", labels.to_owned()));
    assert_eq!(disks.reasons[1].1, "Disk life used (mmcblk0)");

    let values = |group: &Group| {
        let rows = group.tables.iter().map(|table| table.rows.len());
        rows.sum::<usize>() + group.rails.len()
    };
    let known = fleet.known();
    let node = known.hub.node(NodeId::parse("pi-01").unwrap()).unwrap();
    let measured = node.readings().filter(|latest| latest.value.is_ok());
    let measured = measured.filter(|latest| !is_of_scrub(latest.quantity));
    assert_eq!(
        readings(&groups).map(values).sum::<usize>(),
        measured.count()
    );
}

#[test]
fn a_group_of_which_nothing_could_be_read_says_why() {
    let mut fleet = Fleet::new();
    fleet.report(
        "pi-01",
        &[
            (Quantity::UNDER_VOLTAGE_NOW, 0, Err(Missing::Denied)),
            (Quantity::LINK_SPEED, 7, Ok(100)),
            (Quantity(4000), 0, Ok(1)),
        ],
    );
    let groups = groups_of(&fleet);
    let power = find(&groups, "power");
    assert!(power.tables.is_empty());
    assert_eq!(power.missing, "1 permission denied");
    assert_eq!(find(&groups, "network").tables[0].title, "part 7");
    assert_eq!(
        find(&groups, "other").tables[0].rows[0].label,
        "Quantity 4000"
    );
}
