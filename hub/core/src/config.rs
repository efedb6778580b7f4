//! What the hub's core is told once, by its settings.

use crate::time::Millis;
use crate::wear::Endurance;
use picket_wire::BootId;
use std::sync::Arc;

/// What the owner may set. Everything else is a constant beside the rule that uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Most nodes that are known at once. A frame of one more is refused.
    pub max_nodes: usize,
    /// How long a node that said `stopping` or `halted` is expected to be off.
    pub stopping_excuse: Millis,
    /// What may be written to which disk before it is worn out.
    pub endurance: Arc<[Endurance]>,
    /// The boot of the hub's own machine: a node of this boot runs on it. None if nobody knows.
    pub own_boot: Option<BootId>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            max_nodes: 200,
            stopping_excuse: Millis::from_s(10 * 60),
            endurance: Arc::default(),
            own_boot: None,
        }
    }
}
