//! Whether somebody dropped the caches of the whole machine while a test ran.

/// How often it was done since the boot. Who finds a difference knows why what was cached is so no
/// longer: another test of the same machine did it.
#[must_use]
pub fn cache_drops() -> u64 {
    let counters = std::fs::read_to_string("/proc/vmstat").unwrap();
    let count = |line: &str| line.strip_prefix("drop_pagecache ")?.parse().ok();
    counters.lines().find_map(count).unwrap_or_default()
}
