//! What the hub's core is told once, by its settings.

use crate::time::Millis;

/// What the owner may set. Everything else is a constant beside the rule that uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Most nodes that are known at once. A frame of one more is refused.
    pub max_nodes: usize,
    /// How long a node that said `stopping` or `halted` is expected to be off.
    pub stopping_excuse: Millis,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            max_nodes: 200,
            stopping_excuse: Millis::from_s(10 * 60),
        }
    }
}
