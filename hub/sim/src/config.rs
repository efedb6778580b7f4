//! What a world is made of.

/// What a world is made of. Two worlds of one config are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Decides everything that is not decided here.
    pub seed: u64,
    /// How many machines there are, named `node-000` and so on.
    pub nodes: u16,
    /// How often each samples.
    pub every_ms: u32,
    /// Their agents start within this time from the beginning.
    pub join_within_ms: u64,
    /// Longest travel of a packet, each way; the shortest is 1 ms.
    pub longest_travel_ms: u64,
    /// Storage of each outbox.
    pub outbox_bytes: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            seed: 0,
            nodes: 20,
            every_ms: 10_000,
            join_within_ms: 60_000,
            longest_travel_ms: 40,
            outbox_bytes: 64 * 1024,
        }
    }
}
