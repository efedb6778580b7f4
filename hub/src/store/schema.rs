//! The tables, and the version that a file must have to be read by this program.
//!
//! A file of an older hub goes on: the steps from its version on are taken, all or none.

use rusqlite::Connection;

/// Version of the tables below, in the file's `user_version`. 0 is a file without tables.
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// The step at place n makes version n + 1 of version n. A step that was released is never changed.
const STEPS: [&str; 3] = [TABLES, DISKS, WITNESSES];

/// Times are milliseconds since 1970 and whether the clock was synchronised.
const TABLES: &str = "
CREATE TABLE run (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    ordinal INTEGER NOT NULL,
    bits INTEGER NOT NULL
) STRICT;
CREATE TABLE nodes (
    id TEXT PRIMARY KEY,
    boot INTEGER,
    every_ms INTEGER NOT NULL,
    heard_unix_ms INTEGER,
    heard_synchronised INTEGER,
    excused_unix_ms INTEGER,
    excused_synchronised INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE incidents (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    node TEXT NOT NULL,
    subject TEXT NOT NULL,
    detector TEXT NOT NULL,
    severity TEXT NOT NULL,
    opened_unix_ms INTEGER NOT NULL,
    opened_synchronised INTEGER NOT NULL,
    closed_unix_ms INTEGER,
    closed_synchronised INTEGER,
    closed_by TEXT,
    summary TEXT NOT NULL,
    advice TEXT NOT NULL,
    evidence TEXT NOT NULL
) STRICT;
CREATE TABLE notices (
    id INTEGER PRIMARY KEY,
    severity TEXT NOT NULL,
    incident TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;
";

/// Days and life are JSON: `[[day, KiB], …]` and `[percent, width, [[day, percent], …]]`. The last
/// day stands beside them, to tell which disks were seen last.
const DISKS: &str = "
CREATE TABLE disks (
    node TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    boot INTEGER,
    counter_kib INTEGER,
    written_kib INTEGER NOT NULL,
    ever_kib INTEGER,
    days TEXT NOT NULL,
    last_day INTEGER,
    life TEXT NOT NULL,
    spare_percent INTEGER,
    spare_state INTEGER,
    PRIMARY KEY (node, id)
) STRICT, WITHOUT ROWID;
";

/// Since which day a node has made no whole scrub, and what disks may forget. The columns of a
/// canary, of a manifest, and of what was found and remembered of either are set together or not at
/// all. `named` has 32 bytes for each file.
const WITNESSES: &str = "
ALTER TABLE nodes ADD COLUMN unscrubbed_day INTEGER;
CREATE TABLE witnesses (
    node TEXT NOT NULL,
    id TEXT NOT NULL,
    lineage INTEGER,
    generation INTEGER,
    canary_boot INTEGER,
    era INTEGER,
    passes INTEGER,
    root INTEGER,
    manifest_boot INTEGER,
    from_passes INTEGER,
    has_fault INTEGER NOT NULL,
    fault_era INTEGER,
    fault_lineage INTEGER,
    fault_machine INTEGER,
    named BLOB NOT NULL,
    canary_found INTEGER,
    canary_remembered INTEGER,
    manifest_found INTEGER,
    manifest_remembered INTEGER,
    machine INTEGER,
    conceded INTEGER NOT NULL,
    day INTEGER,
    PRIMARY KEY (node, id)
) STRICT, WITHOUT ROWID;
";

/// The version of an open file.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings a file of an older version, or a new one, to the present version.
pub(super) fn upgrade(connection: &mut Connection, from: usize) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    for step in STEPS.iter().skip(from) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
