//! The manifest: what every file read as when it was last known to be right.

pub mod record;
