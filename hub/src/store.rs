//! What survives a restart: SQLite on a thread of its own, so that a disk that blocks or is full
//! never delays the core.
//!
//! ```text
//! core task -- Writer: at most one batch under way, the rest merged --> thread -- Wrote --> core task
//! ```
//!
//! | file | one idea |
//! |---|---|
//! | `database` | opening the file, and the transactions |
//! | `rows` | what becomes of each thing in a row, and back |
//! | `witness_rows` | the rows of what disks may forget |
//! | `schema` | the tables, and their version |
//! | `pending` | what is to be written, merged so that it cannot grow |
//! | `error` | what a broken store is called |
//! | `writer` | hands batches to the thread, and tries again |

mod database;
mod error;
mod pending;
mod rows;
mod schema;
mod witness_rows;
mod writer;

#[cfg(test)]
mod tests;

pub use database::Database;
pub use error::StoreError;
pub use pending::Pending;
pub use writer::{Writer, Wrote};
