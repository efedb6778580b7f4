//! The manifest: what every file read as when it was last known to be right.
//!
//! | file | one idea |
//! |---|---|
//! | `record` | one segment of one file |
//! | `book` | the manifest that is whole, and the one that a pass is writing |

pub mod book;
pub mod record;
