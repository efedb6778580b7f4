//! The newest numbers of every series, in bounded memory, sorted by time.
//!
//! Pure: moments are handed in. A restart of the hub loses it.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use picket_hub_core::time::{Millis, Moment};
use picket_wire::{NodeId, Quantity};

/// Most points that a series keeps: two hours at a report every 10 s.
pub const MAX_POINTS: usize = 720;
/// Most series that a node has. A Raspberry Pi 5 with everything has about a hundred.
pub const MAX_SERIES: usize = 192;
/// Most points that all series of a node keep together: 1.1 MB of 16 bytes each, and up to twice
/// that in the queues that hold them. What is read once a minute or more seldom leaves room for
/// what is read every 10 s, of which there can be 96 whole series.
pub const MAX_NODE_POINTS: usize = 96 * MAX_POINTS;
/// Most bytes of a part's name in a series; longer ones are not recorded.
pub const MAX_PART: usize = picket_wire::section::MAX_TEXT;
/// A full node gives up a series that got nothing for so long, for the sake of a new one.
pub const ABANDONED_AFTER: Millis = Millis::from_s(3600);

/// What a series is about, within its node.
type Key = (Quantity, String);

/// The recent past of all nodes. The number of nodes is bounded by who calls: the hub's core
/// knows a bounded number of them.
#[derive(Debug, Default)]
pub struct History {
    nodes: BTreeMap<NodeId, Past>,
}

/// The recent past of one node.
#[derive(Debug, Default)]
struct Past {
    series: BTreeMap<Key, Series>,
    /// Points of all series together.
    points: usize,
}

impl History {
    /// Nothing yet.
    pub fn new() -> History {
        History::default()
    }

    /// Keeps one value, in the quantity's own unit and decimals, at its place in time. A value of
    /// the same moment is replaced. Of a full series the oldest point makes way; what is older
    /// than all points of a full series is not kept. Of a full node the longest series gives its
    /// oldest point.
    pub fn record(&mut self, node: NodeId, at: Moment, part: &str, quantity: Quantity, value: i64) {
        if part.len() > MAX_PART {
            return;
        }
        let past = self.nodes.entry(node).or_default();
        let key = (quantity, part.to_owned());
        if !past.series.contains_key(&key)
            && past.series.len() >= MAX_SERIES
            && !past.drop_abandoned(at)
        {
            return;
        }
        let series = past.series.entry(key).or_default();
        let before = series.points.len();
        series.record(at, value);
        past.points += series.points.len() - before;
        if past.points > MAX_NODE_POINTS {
            past.drop_oldest_of_longest();
        }
    }

    /// The points of one series from `from` on, oldest first; none if there is no such series.
    pub fn series(
        &self,
        node: NodeId,
        quantity: Quantity,
        part: &str,
        from: Moment,
    ) -> impl Iterator<Item = (Moment, i64)> {
        let key = (quantity, part.to_owned());
        let series = self.nodes.get(&node);
        let series = series.and_then(|past| past.series.get(&key));
        series.into_iter().flat_map(move |s| s.from(from))
    }

    /// The series that a node has, by quantity and part.
    pub fn names(&self, node: NodeId) -> impl Iterator<Item = (Quantity, &str)> {
        let past = self.nodes.get(&node);
        let keys = past.into_iter().flat_map(|past| past.series.keys());
        keys.map(|(quantity, part)| (*quantity, part.as_str()))
    }

    /// Drops everything of a node.
    pub fn forget(&mut self, node: NodeId) {
        self.nodes.remove(&node);
    }
}

impl Past {
    /// Drops the series that got nothing for longest, if that is long enough; says whether it did.
    fn drop_abandoned(&mut self, now: Moment) -> bool {
        let stalest = self
            .series
            .iter()
            .min_by_key(|(_, series)| series.newest())
            .filter(|(_, series)| now.since(series.newest()) > ABANDONED_AFTER)
            .map(|(key, _)| key.clone());
        let Some(dropped) = stalest.and_then(|key| self.series.remove(&key)) else {
            return false;
        };
        self.points -= dropped.points.len();
        true
    }

    /// Makes room for one point.
    fn drop_oldest_of_longest(&mut self) {
        let lengths = self.series.values_mut();
        let longest = lengths.max_by_key(|series| series.points.len());
        if longest.is_some_and(|series| series.points.pop_front().is_some()) {
            self.points -= 1;
        }
    }
}

/// Points by ascending moment, each moment once.
#[derive(Debug, Default)]
struct Series {
    points: VecDeque<(Moment, i64)>,
}

impl Series {
    fn record(&mut self, at: Moment, value: i64) {
        let place = self.points.partition_point(|(moment, _)| *moment < at);
        if let Some(point) = self.points.get_mut(place)
            && point.0 == at
        {
            point.1 = value;
            return;
        }
        if self.points.len() < MAX_POINTS {
            self.points.insert(place, (at, value));
        } else if place > 0 {
            self.points.pop_front();
            self.points.insert(place - 1, (at, value));
        }
    }

    fn newest(&self) -> Moment {
        self.points.back().map_or(Moment(0), |(at, _)| *at)
    }

    fn from(&self, from: Moment) -> impl Iterator<Item = (Moment, i64)> {
        let start = self.points.partition_point(|(at, _)| *at < from);
        self.points.iter().skip(start).copied()
    }
}
