//! What rarely changes of a node.

use super::MAX_TEXT;
use serde::{Deserialize, Serialize};

/// What rarely changes of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts<'a> {
    /// Name and version of the agent, such as `picket-agent 0.1.0`.
    pub agent: &'a str,
    /// The machine: device tree model, or DMI product; empty if neither says.
    pub model: &'a str,
    /// The operating system, such as `Debian GNU/Linux 12 (bookworm)`.
    pub os: &'a str,
    /// The kernel's release.
    pub kernel: &'a str,
    /// The processor architecture of the agent, such as `aarch64`.
    pub arch: &'a str,
    /// A report is due every so many milliseconds.
    pub every_ms: u32,
}

impl Facts<'_> {
    /// Whether every text is within its bound.
    pub(super) fn fits(&self) -> bool {
        [self.agent, self.model, self.os, self.kernel, self.arch]
            .iter()
            .all(|text| text.len() <= MAX_TEXT)
    }
}
