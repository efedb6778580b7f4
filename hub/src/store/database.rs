//! The file: opened with care, written in transactions.

use super::error::{StoreError, in_words};
use super::pending::Pending;
use super::{rows, schema, witness_rows};
use picket_hub_core::seam::Saved;
use picket_hub_core::wear::MAX_DISKS;
use picket_hub_core::witness::MAX_PLACES;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Result, Row};
use std::fs::{DirBuilder, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Name of the file in the state folder.
const FILE: &str = "hub.db";
/// Closed incidents that stay in the file; older ones are deleted when it is opened.
const CLOSED_KEPT: u32 = 10_000;
/// Closed incidents that the hub is given at its start.
const CLOSED_SHOWN: u32 = 500;
/// Open incidents, nodes, disks, witnesses and notices that are read at most: far more than a hub makes.
const MOST_ROWS: u32 = 20_000;
/// Disks of a node that stay in the file; others are deleted when it is opened.
const DISKS_KEPT: u32 = 32;
const _: () = assert!(DISKS_KEPT as usize == MAX_DISKS);
/// Disks of a node of which it stays in the file what they may forget; as above.
const WITNESSES_KEPT: u32 = 32;
const _: () = assert!(WITNESSES_KEPT as usize == MAX_PLACES);

/// Time for a hub of before to let go of the file.
const ENDING: Duration = Duration::from_secs(1);

/// An open store.
#[derive(Debug)]
pub struct Database {
    connection: Connection,
    path: PathBuf,
}

impl Database {
    /// Opens the store in a folder, or begins it. Both are for their owner's eyes only.
    pub fn open(state_dir: &Path) -> std::result::Result<(Database, Saved), StoreError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(state_dir)
            .map_err(|error| StoreError::folder(state_dir, &error))?;
        let path = state_dir.join(FILE);
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| StoreError::folder(&path, &error))?;
        let broken = |error| StoreError::sqlite(&path, &error);
        let mut connection = connect(&path).map_err(broken)?;
        let version = schema::version(&connection).map_err(broken)?;
        match usize::try_from(version) {
            Ok(_) if version == schema::VERSION => {}
            Ok(from) if version < schema::VERSION => {
                schema::upgrade(&mut connection, from).map_err(broken)?;
            }
            Ok(_) | Err(_) => {
                return Err(StoreError::Newer {
                    path,
                    found: version,
                    known: schema::VERSION,
                });
            }
        }
        check(&connection, &path)?;
        let saved = load(&connection).map_err(broken)?;
        Ok((Database { connection, path }, saved))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes everything or nothing; the error is for people.
    pub fn write(&mut self, pending: &Pending) -> std::result::Result<(), String> {
        self.transact(pending).map_err(|error| in_words(&error))
    }

    fn transact(&mut self, pending: &Pending) -> Result<()> {
        let transaction = self.connection.transaction()?;
        if let Some(run) = pending.run {
            rows::put_run(&transaction, run)?;
        }
        for node in pending.nodes.values() {
            rows::put_node(&transaction, node)?;
        }
        for disk in pending.disks.values() {
            rows::put_disk(&transaction, disk)?;
        }
        for witness in pending.witnesses.values() {
            witness_rows::put_witness(&transaction, witness)?;
        }
        for node in &pending.forgotten {
            rows::forget_node(&transaction, *node)?;
        }
        for incident in pending.incidents.values() {
            rows::put_incident(&transaction, incident)?;
        }
        for notice in pending.notices.values() {
            rows::put_notice(&transaction, notice)?;
        }
        for id in &pending.said {
            rows::strike_notice(&transaction, *id)?;
        }
        transaction.commit()
    }
}

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // A second hub on the same file is to fail instead of taking turns; one that is just ending
    // is waited for.
    connection.busy_timeout(ENDING)?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", 1_048_576)?;
    Ok(connection)
}

fn check(connection: &Connection, path: &Path) -> std::result::Result<(), StoreError> {
    let broken = |error| StoreError::sqlite(path, &error);
    let verdict: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(broken)?;
    if verdict != "ok" {
        let verdict = verdict.replace('\n', ": ");
        let why = format!("it is damaged ({verdict}); move it away and start the hub again");
        return Err(StoreError::Unusable {
            path: path.to_owned(),
            why,
        });
    }
    Ok(())
}

fn load(connection: &Connection) -> Result<Saved> {
    connection.execute(
        "DELETE FROM incidents WHERE closed_by IS NOT NULL AND number NOT IN
         (SELECT number FROM incidents WHERE closed_by IS NOT NULL ORDER BY number DESC LIMIT ?1)",
        [CLOSED_KEPT],
    )?;
    keep_newest(connection, "disks", "last_day", DISKS_KEPT)?;
    keep_newest(connection, "witnesses", "day", WITNESSES_KEPT)?;
    let run_ordinal = connection
        .query_row("SELECT ordinal FROM run", [], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    let nodes = all(
        connection,
        "SELECT * FROM nodes ORDER BY id LIMIT ?1",
        MOST_ROWS,
        rows::node,
    )?;
    let disks = all(
        connection,
        "SELECT * FROM disks ORDER BY last_day DESC, node, id LIMIT ?1",
        MOST_ROWS,
        rows::disk,
    )?;
    let witnesses = all(
        connection,
        "SELECT * FROM witnesses ORDER BY day DESC, node, id LIMIT ?1",
        MOST_ROWS,
        witness_rows::witness,
    )?;
    let open = "SELECT * FROM incidents WHERE closed_by IS NULL ORDER BY number LIMIT ?1";
    let closed = "SELECT * FROM (SELECT * FROM incidents WHERE closed_by IS NOT NULL
                  ORDER BY number DESC LIMIT ?1) ORDER BY number";
    let mut incidents = all(connection, closed, CLOSED_SHOWN, rows::incident)?;
    incidents.extend(all(connection, open, MOST_ROWS, rows::incident)?);
    incidents.sort_by(|a, b| a.opened.cmp(&b.opened).then_with(|| a.id.cmp(&b.id)));
    let unsaid = "SELECT * FROM notices ORDER BY id LIMIT ?1";
    let notices = all(connection, unsaid, MOST_ROWS, rows::notice)?;
    Ok(Saved {
        run_ordinal,
        nodes,
        disks,
        witnesses,
        incidents,
        notices,
    })
}

/// Deletes of each node's rows all but so many, the newest by a column that is a day.
fn keep_newest(
    connection: &Connection,
    table: &'static str,
    day: &'static str,
    kept: u32,
) -> Result<usize> {
    let old = format!(
        "DELETE FROM {table} WHERE (node, id) IN (SELECT node, id FROM
         (SELECT node, id, row_number() OVER (PARTITION BY node ORDER BY {day} DESC) AS place
          FROM {table}) WHERE place > ?1)"
    );
    connection.execute(&old, [kept])
}

/// All rows that can be read. One that cannot is left where it is, and said.
fn all<T>(
    connection: &Connection,
    query: &str,
    limit: u32,
    read: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut statement = connection.prepare(query)?;
    let mut found = statement.query([limit])?;
    let mut taken = Vec::new();
    let mut skipped = 0_u32;
    let mut first = None;
    while let Some(row) = found.next()? {
        match read(row) {
            Ok(value) => taken.push(value),
            Err(error) => {
                skipped = skipped.saturating_add(1);
                first.get_or_insert(error);
            }
        }
    }
    if let Some(error) = first {
        tracing::warn!("{skipped} rows of the store are not used, the first because {error}");
    }
    Ok(taken)
}
