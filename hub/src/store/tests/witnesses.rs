//! What disks may forget, over restarts of the hub and its upgrade.

use super::disks::VERSION_1;
use super::*;
use picket_hub_core::node::MAX_FINDINGS;
use picket_hub_core::seam::SavedWitness;
use picket_hub_core::witness::{Canary, FoundIn, Kept, MAX_PLACES, Manifest, Older, RolledBack};

/// What the hubs of version 2 made of a file of version 1.
const VERSION_2: &str = "
CREATE TABLE disks (node TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, boot INTEGER,
    counter_kib INTEGER, written_kib INTEGER NOT NULL, ever_kib INTEGER, days TEXT NOT NULL,
    last_day INTEGER, life TEXT NOT NULL, spare_percent INTEGER, spare_state INTEGER,
    PRIMARY KEY (node, id)) STRICT, WITHOUT ROWID;
INSERT INTO disks VALUES ('pi-01', 'cid/1', 'mmcblk0', NULL, NULL, 5, NULL, '[]', NULL,
    '[null,0,[]]', NULL, NULL);
PRAGMA user_version = 2;
";

fn witness(node: &str, id: &str, day: i64) -> SavedWitness {
    let older = Older {
        found: 0,
        remembered: u32::MAX,
    };
    SavedWitness {
        node: NodeId::parse(node).unwrap(),
        id: id.to_owned(),
        kept: Kept {
            canary: Some(Canary {
                lineage: u32::MAX,
                generation: u32::MAX,
                boot: BootId(u32::MAX),
            }),
            manifest: Some(Manifest {
                era: u64::MAX,
                passes: u32::MAX,
                root: Some(u64::MAX),
                boot: BootId(0),
                from_passes: 3,
            }),
            found_in: Some(FoundIn {
                era: Some(u64::MAX),
                lineage: Some(0),
                machine: Some(u64::MAX),
            }),
            named: (0..MAX_FINDINGS).map(|n| [n as u8; 32]).collect(),
            rolled_back: RolledBack {
                canary: Some(older),
                manifest: None,
            },
            machine: Some(u64::MAX),
            conceded: u32::MAX,
        },
        day: Some(day),
    }
}

fn bare(node: &str, id: &str) -> SavedWitness {
    SavedWitness {
        kept: Kept {
            rolled_back: RolledBack {
                canary: None,
                manifest: Some(Older {
                    found: 3,
                    remembered: 3,
                }),
            },
            ..Kept::default()
        },
        day: None,
        ..witness(node, id, 0)
    }
}

#[test]
fn witnesses_come_back_as_they_were_the_newest_first() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (witness("pi-01", "cid/1", 5), witness("pi-01", "mount//", 9));
    let mut half = witness("pi-02", "cid/1", 7);
    half.kept.found_in = Some(FoundIn {
        era: None,
        lineage: None,
        machine: None,
    });
    half.kept.manifest = new.kept.manifest.map(|manifest| Manifest {
        root: None,
        ..manifest
    });
    let never = bare("pi-01", "cid/3");
    let all = [&old, &new, &half, &never].map(|witness| Save::Witness(witness.clone()));
    write(folder.path(), &batch(all, &[]));
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.witnesses, [new, half, old, never]);
    let newer = witness("pi-01", "cid/1", 10);
    write(folder.path(), &batch([Save::Witness(newer.clone())], &[]));
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.witnesses.len(), 4);
    assert_eq!(saved.witnesses[0], newer);
}

#[test]
fn the_file_of_version_2_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hub.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute_batch(VERSION_1).unwrap();
    connection.execute_batch(VERSION_2).unwrap();
    drop(connection);
    let kept = witness("pi-01", "cid/1", 5);
    write(folder.path(), &batch([Save::Witness(kept.clone())], &[]));
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.run_ordinal, 41);
    assert_eq!((saved.nodes.len(), saved.incidents.len()), (1, 1));
    assert_eq!(saved.nodes[0].unscrubbed_day, None);
    assert_eq!(saved.disks[0].written_kib, 5);
    assert_eq!(saved.witnesses, [kept]);
    let connection = rusqlite::Connection::open(&file).unwrap();
    assert_eq!(schema::version(&connection).unwrap(), schema::VERSION);
    assert_eq!(schema::VERSION, 3);
}

#[test]
fn witnesses_of_a_node_are_bounded_when_the_file_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let day = |n: usize| i64::try_from(n).unwrap();
    let many =
        (0..MAX_PLACES + 9).map(|n| Save::Witness(witness("pi-01", &format!("cid/{n}"), day(n))));
    let other = Save::Witness(bare("pi-02", "cid/0"));
    write(folder.path(), &batch(many.chain([other]), &[]));
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.witnesses.len(), MAX_PLACES + 1);
    assert_eq!(saved.witnesses[0].id, format!("cid/{}", MAX_PLACES + 8));
    assert!(!saved.witnesses.iter().any(|witness| witness.id == "cid/8"));
}

#[test]
fn the_witnesses_of_a_node_that_is_forgotten_go_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let all = ["pi-01", "pi-02"].map(|node| Save::Witness(witness(node, "cid/1", 5)));
    write(folder.path(), &batch(all, &[]));
    let forget = |id: &str| Save::Forget(NodeId::parse(id).unwrap());
    let again = Save::Witness(witness("pi-01", "cid/7", 5));
    let mut pending = batch([again, forget("pi-01")], &[]);
    pending.merge(batch([Save::Witness(witness("pi-02", "cid/2", 6))], &[]));
    write(folder.path(), &pending);
    let (_, saved) = Database::open(folder.path()).unwrap();
    let left = [witness("pi-02", "cid/2", 6), witness("pi-02", "cid/1", 5)];
    assert_eq!(saved.witnesses, left);
}

#[test]
fn a_row_of_a_witness_that_is_nonsense_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let ids = ["cid/1", "cid/2", "cid/3", "cid/4", "cid/5", "cid/6"];
    let all = ids.map(|id| Save::Witness(witness("pi-01", id, 5)));
    write(folder.path(), &batch(all, &[]));
    let connection = rusqlite::Connection::open(folder.path().join("hub.db")).unwrap();
    for change in [
        "UPDATE witnesses SET generation = -1 WHERE id = 'cid/1'",
        "UPDATE witnesses SET passes = NULL WHERE id = 'cid/2'",
        "UPDATE witnesses SET canary_remembered = NULL WHERE id = 'cid/4'",
        "UPDATE witnesses SET named = zeroblob(33) WHERE id = 'cid/5'",
        "UPDATE witnesses SET named = zeroblob(65 * 32) WHERE id = 'cid/6'",
    ] {
        assert_eq!(connection.execute(change, []).unwrap(), 1);
    }
    drop(connection);
    let (_, saved) = Database::open(folder.path()).unwrap();
    assert_eq!(saved.witnesses, [witness("pi-01", "cid/3", 5)]);
}
