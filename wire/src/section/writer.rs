//! Who writes to a disk.

use super::MAX_TEXT;
use serde::{Deserialize, Serialize};

/// One of the programs that write most to a disk, in the window that ends with the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writer<'a> {
    /// Number of the disk's part; 0 where it is not known to which disk it writes.
    pub part: u8,
    /// A systemd unit such as `influxdb.service`, a container, or a program.
    pub name: &'a str,
    /// What it wrote in the window.
    pub written_kib: u64,
    /// Length of the window, in seconds; never 0.
    pub over_s: u32,
}

impl Writer<'_> {
    /// Whether the name is within its bound and the window is one.
    pub(super) fn fits(&self) -> bool {
        self.name.len() <= MAX_TEXT && self.over_s > 0
    }
}
