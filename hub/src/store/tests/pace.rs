//! How often the disk is made to confirm a batch, whatever others send.

use super::*;

fn boots(boot: u32) -> Pending {
    let node = SavedNode {
        id: NodeId::parse("pi-01").unwrap(),
        boot: Some(BootId(boot)),
        every_ms: 10_000,
        last_heard: None,
        excused_until: None,
        unscrubbed_day: None,
    };
    batch([Save::Node(node)], &[])
}

/// An incident opens, and is said.
fn opens(number: u32, severity: Severity) -> Pending {
    let mut opened = incident(number);
    opened.severity = severity;
    let notice = Notice {
        incident: opened.id.clone(),
        severity,
        ..notice(u64::from(number))
    };
    let said = (severity > Severity::Note).then_some(notice);
    batch([Save::Incident(opened)], said.as_slice())
}

fn is_under_way(writer: &Writer) -> bool {
    !writer.is_idle() && writer.next_wake().is_none()
}

/// A writer that has just written something at this moment.
async fn rested(folder: &Path, at: Moment) -> Writer {
    let (database, _) = Database::open(folder).unwrap();
    let mut writer = Writer::start(database).unwrap();
    writer.put(boots(0), at);
    assert!(is_under_way(&writer), "the first batch goes at once");
    let wrote = writer.wrote().await;
    writer.finished(wrote, at);
    assert!(writer.is_idle() && writer.next_wake().is_none());
    writer
}

fn saved(folder: &Path) -> picket_hub_core::seam::Saved {
    Database::open(folder).unwrap().1
}

#[tokio::test]
async fn a_flood_of_changes_is_written_once_a_second_and_the_last_one_is_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = rested(folder.path(), Moment(0)).await;
    let mut commits = 0;
    for ms in 1..=10_000 {
        writer.put(boots(ms), Moment(u64::from(ms)));
        if is_under_way(&writer) {
            commits += 1;
            let wrote = writer.wrote().await;
            writer.finished(wrote, Moment(u64::from(ms)));
        }
    }
    assert_eq!(commits, 10);
    writer.put(boots(77), Moment(10_001));
    assert_eq!(writer.next_wake(), Some(Moment(11_000)));
    writer.close(Moment(10_002)).await;
    assert_eq!(saved(folder.path()).nodes[0].boot, Some(BootId(77)));
}

#[tokio::test]
async fn what_waits_is_written_when_the_second_is_over_without_another_change() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = rested(folder.path(), Moment(5_000)).await;
    writer.put(boots(1), Moment(5_001));
    writer.retry(Moment(5_999));
    assert!(!is_under_way(&writer));
    writer.retry(writer.next_wake().unwrap());
    assert!(is_under_way(&writer));
    writer.close(Moment(6_000)).await;
    assert_eq!(saved(folder.path()).nodes[0].boot, Some(BootId(1)));
}

#[tokio::test]
async fn an_incident_that_somebody_is_told_of_is_written_at_once() {
    for (severity, at_once) in [
        (Severity::Page, true),
        (Severity::Ticket, true),
        (Severity::Note, false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = rested(folder.path(), Moment(5_000)).await;
        writer.put(boots(1), Moment(5_001));
        writer.put(opens(1, severity), Moment(5_002));
        assert_eq!(is_under_way(&writer), at_once, "{}", severity.name());
        if !at_once {
            continue;
        }
        // That it was said is not: it waits its second, and so does the end of the incident.
        let wrote = writer.wrote().await;
        writer.finished(wrote, Moment(5_003));
        writer.put(batch([Save::Said(1)], &[]), Moment(5_003));
        assert_eq!(writer.next_wake(), Some(Moment(6_003)));
        writer.close(Moment(5_004)).await;
        let saved = saved(folder.path());
        assert_eq!((saved.incidents.len(), saved.notices.len()), (1, 0));
    }
}

#[tokio::test]
async fn an_urgent_batch_does_not_hurry_a_disk_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = rested(folder.path(), Moment(0)).await;
    writer.put(boots(1), Moment(2_000));
    assert_eq!(writer.wrote().await, Ok(()));
    writer.finished(Err("the disk is full".to_owned()), Moment(2_000));
    writer.put(opens(1, Severity::Page), Moment(2_001));
    assert!(!is_under_way(&writer));
    assert_eq!(writer.next_wake(), Some(Moment(7_000)));
    writer.close(Moment(2_002)).await;
    assert_eq!(saved(folder.path()).incidents.len(), 1);
}
