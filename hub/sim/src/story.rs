//! What happens to a fleet from its start to its outcome.

use crate::config::Config;
use crate::outcome::Outcome;
use crate::world::World;

/// An outage of the broker lasts this many reports of each node.
const OUTAGE_REPORTS: u64 = 60;
/// The hub is down for so long when it restarts.
const RESTART_MS: u64 = 5_000;

/// What breaks on the way. None of it is the fault of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaks {
    /// After a third of the time the broker is away for 60 reports.
    pub broker: bool,
    /// After two thirds of the time the hub restarts.
    pub hub: bool,
}

/// Runs a fleet for so many hours of its own time.
pub fn fleet(config: Config, hours: u32, breaks: Breaks) -> Outcome {
    let third_ms = u64::from(hours) * 3_600_000 / 3;
    let mut world = World::new(config);
    world.run_for(third_ms);
    if breaks.broker {
        world.broker_leaves();
        world.run_for(OUTAGE_REPORTS * u64::from(config.every_ms));
        world.broker_returns();
    }
    world.run_for(third_ms);
    if breaks.hub {
        world.restart_hub(RESTART_MS);
    }
    world.run_for(third_ms);
    world.outcome()
}
