//! What was written to disks, over restarts of the hub and its upgrade.

use super::*;
use picket_hub_core::seam::SavedDisk;
use picket_hub_core::wear::{Day, Life, LifeStep, MAX_DISKS};

/// The tables of version 1, as the hubs of then made them.
pub(super) const VERSION_1: &str = "
CREATE TABLE run (only INTEGER PRIMARY KEY CHECK (only = 1), ordinal INTEGER NOT NULL,
    bits INTEGER NOT NULL) STRICT;
CREATE TABLE nodes (id TEXT PRIMARY KEY, boot INTEGER, every_ms INTEGER NOT NULL,
    heard_unix_ms INTEGER, heard_synchronised INTEGER, excused_unix_ms INTEGER,
    excused_synchronised INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE incidents (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, node TEXT NOT NULL,
    subject TEXT NOT NULL, detector TEXT NOT NULL, severity TEXT NOT NULL,
    opened_unix_ms INTEGER NOT NULL, opened_synchronised INTEGER NOT NULL, closed_unix_ms INTEGER,
    closed_synchronised INTEGER, closed_by TEXT, summary TEXT NOT NULL, advice TEXT NOT NULL,
    evidence TEXT NOT NULL) STRICT;
CREATE TABLE notices (id INTEGER PRIMARY KEY, severity TEXT NOT NULL, incident TEXT NOT NULL,
    text TEXT NOT NULL) STRICT;
INSERT INTO run VALUES (1, 41, 7);
INSERT INTO nodes VALUES ('pi-01', 5, 10000, NULL, NULL, NULL, NULL);
INSERT INTO incidents VALUES (1, '0a0b-1', 'pi-01', 'filesystem//', 'read_only', 'page', 1001, 0,
    NULL, NULL, NULL, 'gone', 'look', '[\"a\"]');
INSERT INTO notices VALUES (9, 'page', '0a0b-1', 'a line');
PRAGMA user_version = 1;
";

fn disk(node: &str, id: &str, day: i64) -> SavedDisk {
    SavedDisk {
        node: NodeId::parse(node).unwrap(),
        id: id.to_owned(),
        name: "mmcblk0".to_owned(),
        counter: Some((BootId(u32::MAX), u64::MAX)),
        written_kib: u64::MAX,
        ever_kib: Some(u64::MAX),
        days: vec![
            Day {
                number: -3,
                written_kib: 0,
            },
            Day {
                number: day,
                written_kib: u64::MAX,
            },
        ],
        life: Life {
            percent: Some(255),
            width: 10,
            steps: vec![LifeStep { day, percent: 20 }],
        },
        spare_percent: Some(100),
        spare_state: Some(3),
    }
}

fn bare(node: &str, id: &str) -> SavedDisk {
    SavedDisk {
        name: String::new(),
        counter: None,
        written_kib: 0,
        ever_kib: None,
        days: Vec::new(),
        life: Life::default(),
        spare_percent: None,
        spare_state: None,
        ..disk(node, id, 0)
    }
}

#[test]
fn disks_come_back_as_they_were_the_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (disk("pi-01", "cid/1", 5), disk("pi-01", "cid/2", 9));
    let never = bare("pi-01", "cid/3");
    let other = disk("pi-02", "cid/1", 7);
    let all = [&old, &new, &never, &other].map(|disk| Save::Disk(disk.clone()));
    write(folder.path(), &batch(all, &[]));
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.disks, [new, other, old, never]);
    let newer = disk("pi-01", "cid/1", 10);
    write(folder.path(), &batch([Save::Disk(newer.clone())], &[]));
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.disks.len(), 4);
    assert_eq!(saved.disks[0], newer);
}

#[test]
fn the_file_of_version_1_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hub.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute_batch(VERSION_1).unwrap();
    drop(connection);
    write(
        folder.path(),
        &batch([Save::Disk(disk("pi-01", "cid/1", 5))], &[]),
    );
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.run_ordinal, 41);
    assert_eq!(saved.nodes.len(), 1);
    assert_eq!(saved.incidents.len(), 1);
    assert_eq!(saved.notices.len(), 1);
    assert_eq!(saved.disks, [disk("pi-01", "cid/1", 5)]);
    let connection = rusqlite::Connection::open(&file).unwrap();
    assert_eq!(schema::version(&connection).unwrap(), schema::VERSION);
}

#[test]
fn disks_of_a_node_are_bounded_when_the_file_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let day = |n: usize| i64::try_from(n).unwrap();
    let many = (0..MAX_DISKS + 9).map(|n| Save::Disk(disk("pi-01", &format!("cid/{n}"), day(n))));
    let other = Save::Disk(disk("pi-02", "cid/0", 0));
    write(folder.path(), &batch(many.chain([other]), &[]));
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.disks.len(), MAX_DISKS + 1);
    assert_eq!(saved.disks[0].id, format!("cid/{}", MAX_DISKS + 8));
    assert!(!saved.disks.iter().any(|disk| disk.id == "cid/8"));
    assert_eq!(saved.disks.last().unwrap().node.as_str(), "pi-02");
}

#[test]
fn the_disks_of_a_node_that_is_forgotten_go_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let disks = ["pi-01", "pi-02"].map(|node| Save::Disk(disk(node, "cid/1", 5)));
    write(folder.path(), &batch(disks, &[]));
    let forget = |id: &str| Save::Forget(NodeId::parse(id).unwrap());
    let again = Save::Disk(disk("pi-01", "cid/7", 5));
    let mut pending = batch([again, forget("pi-01")], &[]);
    pending.merge(batch([forget("pi-03")], &[]));
    write(folder.path(), &pending);
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.disks, [disk("pi-02", "cid/1", 5)]);
}

#[test]
fn a_row_of_a_disk_that_is_nonsense_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let disks = ["cid/1", "cid/2", "cid/3"].map(|id| Save::Disk(disk("pi-01", id, 5)));
    write(folder.path(), &batch(disks, &[]));
    let connection = rusqlite::Connection::open(folder.path().join("hub.db")).unwrap();
    for change in [
        "UPDATE disks SET days = '[[1]]' WHERE id = 'cid/1'",
        "UPDATE disks SET life = 'none' WHERE id = 'cid/2'",
    ] {
        assert_eq!(connection.execute(change, []).unwrap(), 1);
    }
    drop(connection);
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.disks, [disk("pi-01", "cid/3", 5)]);
}
