//! The store over restarts, and what is said of a broken one.

mod disks;
mod pace;
mod witnesses;

use super::*;
use crate::health::StoreHealth;
use picket_hub_core::incident::{ClosedBy, Detector, Incident, Severity};
use picket_hub_core::seam::{Notice, Run, Save, SavedNode};
use picket_hub_core::time::{Moment, Wall};
use picket_wire::{BootId, NodeId, RunBits};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

fn incident(number: u32) -> Incident {
    Incident {
        id: format!("0a0b-{number}"),
        node: NodeId::parse("pi-01").unwrap(),
        subject: "filesystem//".to_owned(),
        detector: Detector::ReadOnly,
        severity: Severity::Page,
        opened: Wall {
            unix_ms: 1000 + i64::from(number),
            synchronised: number.is_multiple_of(2),
        },
        closed: None,
        summary: "read-only — \"/\"".to_owned(),
        advice: "look".to_owned(),
        evidence: vec!["a".to_owned(), "b\nc".to_owned()],
    }
}

fn notice(id: u64) -> Notice {
    Notice {
        id,
        severity: Severity::Ticket,
        incident: "0a0b-1".to_owned(),
        text: "a line".to_owned(),
    }
}

fn batch(saves: impl IntoIterator<Item = Save>, notices: &[Notice]) -> Pending {
    let mut pending = Pending::new();
    saves.into_iter().for_each(|save| pending.save(save));
    notices
        .iter()
        .for_each(|notice| pending.say(notice.clone()));
    pending
}

fn write(folder: &Path, pending: &Pending) {
    let (mut database, _) = Database::open(folder).unwrap();
    database.write(pending).unwrap();
}

#[test]
fn everything_comes_back_after_a_restart_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let node = SavedNode {
        id: NodeId::parse("pi-01").unwrap(),
        boot: Some(BootId(u32::MAX)),
        every_ms: 10_000,
        last_heard: Some(Wall {
            unix_ms: -5,
            synchronised: true,
        }),
        excused_until: None,
        unscrubbed_day: Some(20_000),
    };
    let run = Run {
        ordinal: 7,
        bits: RunBits(u32::MAX),
    };
    let mut closed = incident(1);
    closed.closed = Some((
        Wall {
            unix_ms: 9,
            synchronised: false,
        },
        ClosedBy::Healthy,
    ));
    let saves = [
        Save::Run(run),
        Save::Node(node.clone()),
        Save::Incident(incident(2)),
        Save::Incident(closed.clone()),
    ];
    write(folder.path(), &batch(saves, &[notice(1), notice(u64::MAX)]));
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.run_ordinal, 7);
    assert_eq!(saved.nodes, [node]);
    assert_eq!(saved.incidents, [closed, incident(2)]);
    assert_eq!(saved.notices.len(), 2);
    assert!(saved.notices.contains(&notice(u64::MAX)));
}

#[test]
fn an_incident_that_changes_keeps_its_row_and_a_said_notice_is_struck_out() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &batch([Save::Incident(incident(1))], &[notice(5)]),
    );
    let mut changed = incident(1);
    changed.summary = "changed".to_owned();
    write(
        folder.path(),
        &batch([Save::Incident(changed.clone()), Save::Said(5)], &[]),
    );
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.incidents, [changed]);
    assert_eq!(saved.notices, []);
}

#[test]
fn the_file_is_for_its_owner_only() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("new/state");
    write(&folder, &batch([Save::Said(1)], &[]));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("hub.db")), 0o600);
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &batch([Save::Incident(incident(1))], &[]));
    let file = folder.path().join("hub.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection
        .pragma_update(None, "user_version", schema::VERSION + 1)
        .unwrap();
    drop(connection);
    let error = Database::open(folder.path()).unwrap_err();
    assert!(error.is_fatal());
    assert!(error.to_string().contains("newer picket-hub"), "{error}");
    let connection = rusqlite::Connection::open(&file).unwrap();
    assert_eq!(schema::version(&connection).unwrap(), schema::VERSION + 1);
}

#[test]
fn a_second_hub_on_the_same_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _first = Database::open(folder.path()).unwrap();
    let error = Database::open(folder.path()).unwrap_err();
    assert!(error.is_fatal());
    assert!(
        error.to_string().contains("in use by another picket-hub"),
        "{error}"
    );
}

#[test]
fn a_damaged_file_is_named_with_what_to_do_and_does_not_stop_the_hub() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hub.db");
    std::fs::write(&file, vec![b'x'; 8192]).unwrap();
    let no_database = Database::open(folder.path()).unwrap_err();
    std::fs::remove_file(&file).unwrap();
    let many = (0..300).map(|number| Save::Incident(incident(number)));
    write(folder.path(), &batch(many, &[]));
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[8192..32_768].fill(0xEE);
    std::fs::write(&file, bytes).unwrap();
    let torn = Database::open(folder.path()).unwrap_err();
    for error in [no_database, torn] {
        assert!(!error.is_fatal());
        let shown = error.to_string();
        assert!(
            shown.contains("damaged") && shown.contains("move it away"),
            "{shown}"
        );
        assert!(!shown.contains('\n'), "{shown}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Database::open(&file.join("state")).unwrap_err();
    assert!(!error.is_fatal());
    assert!(
        error.to_string().starts_with("the store cannot use"),
        "{error}"
    );
}

#[test]
fn a_row_that_this_version_cannot_read_is_left_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let both = [Save::Incident(incident(1)), Save::Incident(incident(2))];
    write(folder.path(), &batch(both, &[]));
    let file = folder.path().join("hub.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    let newer = "UPDATE incidents SET detector = 'newer' WHERE id = '0a0b-1'";
    assert_eq!(connection.execute(newer, []).unwrap(), 1);
    drop(connection);
    let (database, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.incidents, [incident(2)]);
    drop(database);
    let connection = rusqlite::Connection::open(&file).unwrap();
    let count: u32 = connection
        .query_row("SELECT count(*) FROM incidents", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 2);
}

#[test]
fn what_waits_for_a_disk_is_the_newest_state_and_bounded() {
    let mut pending = Pending::new();
    for number in 0..pending::MAX_INCIDENTS as u32 {
        pending.save(Save::Incident(incident(number)));
    }
    let mut closed = incident(7);
    closed.closed = Some((
        Wall {
            unix_ms: 9,
            synchronised: true,
        },
        ClosedBy::Healthy,
    ));
    for _ in 0..1000 {
        pending.save(Save::Incident(closed.clone()));
    }
    assert_eq!(pending.incidents.len(), pending::MAX_INCIDENTS);
    pending.save(Save::Incident(incident(1_000_000)));
    assert_eq!(pending.incidents.len(), pending::MAX_INCIDENTS);
    assert!(
        !pending
            .incidents
            .values()
            .any(|waiting| waiting.id == closed.id)
    );
    for id in 0..3 * pending::MAX_NOTICES as u64 {
        pending.say(notice(id));
        pending.save(Save::Said(id + 10_000_000));
    }
    assert_eq!(pending.notices.len(), pending::MAX_NOTICES);
    assert_eq!(pending.said.len(), pending::MAX_NOTICES);
}

#[test]
fn a_notice_said_before_it_was_written_is_not_written() {
    let mut pending = batch([], &[notice(1), notice(2)]);
    pending.merge(batch([Save::Said(1)], &[]));
    assert_eq!(pending.notices.keys().collect::<Vec<_>>(), [&2]);
}

#[tokio::test]
async fn a_disk_that_fails_for_a_while_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (database, _) = Database::open(folder.path()).unwrap();
    let mut writer = Writer::start(database).unwrap();
    writer.put(batch([Save::Incident(incident(1))], &[]), Moment(0));
    assert!(!writer.is_idle());
    // The thread wrote it; the writer is told otherwise, as by a disk that is full.
    assert_eq!(writer.wrote().await, Ok(()));
    writer.finished(Err("the disk is full".to_owned()), Moment(1000));
    let StoreHealth::Failing { why, .. } = writer.health(Moment(1000)) else {
        panic!()
    };
    assert_eq!(why, "the disk is full");
    let mut closed = incident(1);
    closed.closed = Some((
        Wall {
            unix_ms: 9,
            synchronised: true,
        },
        ClosedBy::Healthy,
    ));
    writer.put(batch([Save::Incident(closed.clone())], &[]), Moment(2000));
    assert!(!writer.is_idle(), "it waits");
    let due = writer.next_wake().unwrap();
    writer.retry(due);
    let wrote = writer.wrote().await;
    writer.finished(wrote, due);
    assert!(writer.is_idle());
    assert!(matches!(writer.health(due), StoreHealth::Good { .. }));
    writer.close(due).await;
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.incidents, [closed]);
}

#[test]
fn a_node_that_is_forgotten_is_gone_from_the_file_and_its_incidents_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let node = |id: &str| SavedNode {
        id: NodeId::parse(id).unwrap(),
        boot: None,
        every_ms: 10_000,
        last_heard: None,
        excused_until: None,
        unscrubbed_day: None,
    };
    let forget = |id: &str| Save::Forget(NodeId::parse(id).unwrap());
    let all = ["pi-01", "pi-02", "pi-03"].map(|id| Save::Node(node(id)));
    write(folder.path(), &batch(all, &[]));
    // Of one node the later word stands, within a batch and between two that were merged.
    let mut first = batch(
        [
            Save::Incident(incident(1)),
            forget("pi-01"),
            Save::Node(node("pi-02")),
            forget("pi-02"),
            forget("pi-03"),
        ],
        &[],
    );
    first.merge(batch([Save::Node(node("pi-03")), forget("pi-04")], &[]));
    write(folder.path(), &first);
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.nodes, [node("pi-03")]);
    assert_eq!(saved.incidents, [incident(1)]);
    assert!(!batch([forget("pi-01")], &[]).is_empty());
}

#[test]
fn nodes_to_forget_are_bounded_while_the_disk_is_away() {
    let mut pending = Pending::new();
    for number in 0..pending::MAX_FORGOTTEN + 10 {
        let id = NodeId::parse(&format!("pi-{number:05}")).unwrap();
        pending.save(Save::Forget(id));
    }
    assert_eq!(pending.forgotten.len(), pending::MAX_FORGOTTEN);
}
