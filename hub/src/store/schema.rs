//! The tables, and the version that a file must have to be read by this program.

use rusqlite::Connection;

/// Version of the tables below, in the file's `user_version`. 0 is a file without tables.
pub(super) const VERSION: i64 = 1;

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

/// The version of an open file.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Makes the tables of a new file.
pub(super) fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}
