//! A processor is hotter than those of its peers: nodes of the same model, under the same load.
//!
//! The one rule over several nodes. It compares means of ten minutes, whenever one of a node is
//! complete, so that a fleet of a thousand costs two comparisons of a list a second. It is a
//! subject of its own, because being cool enough does not end it, and being like the others does
//! not end a heat.

use super::sample::Sample;
use super::{Judgement, Subject};
use crate::hub::Hub;
use crate::incident::{Detector, Finding, Severity, Verdict};
use crate::node::Node;
use crate::presence::Presence;
use crate::time::{Millis, Moment, Now};
use picket_wire::{NodeId, Quantity};

/// A mean is taken over so long.
pub(crate) const MEAN_OF: Millis = Millis::from_s(10 * 60);
/// A mean that is older is not compared with.
pub(crate) const MEAN_IS_OLD: Millis = Millis::from_s(20 * 60);
/// Fewest samplings of a mean.
pub(crate) const FEWEST_SAMPLES: i64 = 5;
/// Fewest peers under the same load that a processor is compared with.
pub(crate) const FEWEST_PEERS: usize = 3;
/// Loads that differ by no more are the same, in hundredths.
pub(crate) const SAME_LOAD_CENTI: i64 = 50;
/// So much above the median of its peers is hotter, in tenths of a degree.
pub(crate) const HOTTER_DECI_CELSIUS: i64 = 150;
/// Less than this is as they are, in tenths of a degree.
pub(crate) const LIKE_DECI_CELSIUS: i64 = 100;
/// So many means in a row must say so, of either.
pub(crate) const IN_A_ROW: u8 = 3;
/// Temperatures beyond are nonsense, in tenths of a degree Celsius.
const POSSIBLE_DECI_CELSIUS: core::ops::RangeInclusive<i64> = -600..=2_000;
/// Loads beyond are nonsense, in hundredths.
const POSSIBLE_CENTI_LOAD: core::ops::RangeInclusive<i64> = 0..=1_000_000;

/// How warm a node is under what load.
#[derive(Debug, Default)]
pub(crate) struct Warmth {
    sum: Option<Sum>,
    mean: Option<Mean>,
    hotter_in_a_row: u8,
    like_in_a_row: u8,
}

/// Samplings that are not complete.
#[derive(Clone, Copy, Debug)]
struct Sum {
    from: Moment,
    samples: i64,
    deci_celsius: i64,
    centi_load: i64,
}

impl Sum {
    fn from(from: Moment) -> Sum {
        Sum {
            from,
            samples: 0,
            deci_celsius: 0,
            centi_load: 0,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Mean {
    at: Moment,
    deci_celsius: i64,
    centi_load: i64,
}

impl Warmth {
    /// Takes a sampling; gives whether a mean is complete.
    pub(crate) fn sampled(&mut self, sample: &Sample<'_>) -> bool {
        let value = |quantity, possible: core::ops::RangeInclusive<i64>| {
            let value = sample.of_node(quantity)?.ok()?;
            possible.contains(&value).then_some(value)
        };
        let (Some(deci_celsius), Some(centi_load)) = (
            value(Quantity::CPU_TEMPERATURE, POSSIBLE_DECI_CELSIUS),
            value(Quantity::LOAD_1MIN, POSSIBLE_CENTI_LOAD),
        ) else {
            return false;
        };
        let at = sample.at;
        let fresh = |sum: &Sum| at >= sum.from && at.since(sum.from) < MEAN_IS_OLD;
        let mut sum = self.sum.filter(fresh).unwrap_or(Sum::from(at));
        // Possible values, of which more than can ever be sent fit into the sums.
        sum.samples += 1;
        sum.deci_celsius += deci_celsius;
        sum.centi_load += centi_load;
        if at.since(sum.from) < MEAN_OF {
            self.sum = Some(sum);
            return false;
        }
        self.sum = Some(Sum::from(at));
        let complete = sum.samples >= FEWEST_SAMPLES;
        if complete {
            self.mean = Some(Mean {
                at,
                deci_celsius: sum.deci_celsius / sum.samples,
                centi_load: sum.centi_load / sum.samples,
            });
        }
        complete
    }

    fn mean(&self, now: Moment) -> Option<Mean> {
        self.mean.filter(|mean| now.since(mean.at) < MEAN_IS_OLD)
    }

    /// It is so much hotter than the median of its peers.
    fn compared(&mut self, above_deci_celsius: i64) {
        let count = |holds: bool, in_a_row: u8| {
            if holds { in_a_row.saturating_add(1) } else { 0 }
        };
        self.hotter_in_a_row = count(
            above_deci_celsius >= HOTTER_DECI_CELSIUS,
            self.hotter_in_a_row,
        );
        self.like_in_a_row = count(above_deci_celsius < LIKE_DECI_CELSIUS, self.like_in_a_row);
    }
}

impl Hub {
    /// Compares a node, whose mean was just completed, with its peers.
    pub(crate) fn compare_with_peers(&mut self, id: NodeId, now: Now) {
        let Some((own, median, peers)) = self.median_of_peers(id, now.moment) else {
            return;
        };
        let Ok((node, mut scribe)) = self.admit(id, now) else {
            return;
        };
        let warmth = &mut node.memory.warmth;
        warmth.compared(own.deci_celsius.saturating_sub(median));
        let is_told = scribe
            .ledger
            .is_open(id, Detector::Overheating, Subject::Node);
        let judgement = judge(warmth, own, median, peers, is_told);
        scribe.judged(id, Detector::Overheating, judgement);
    }

    /// A node's mean, the median temperature of its peers under the same load, and how many these
    /// are; none if they are too few. Those of a node that has joined have joined as well.
    fn median_of_peers(&self, id: NodeId, now: Moment) -> Option<(Mean, i64, usize)> {
        let node = self.nodes.get(&id)?;
        let own = node.memory.warmth.mean(now)?;
        let model = model_of(node)?;
        // Anybody on the broker can make up nodes that have not joined, so that they say nothing of
        // one that has.
        let alike = self.nodes.values().filter(|peer| {
            peer.id != id
                && peer.presence() == Presence::Alive
                && (peer.joined || !node.joined)
                && model_of(peer) == Some(model)
        });
        let mut peers: Vec<i64> = alike
            .filter_map(|peer| peer.memory.warmth.mean(now))
            .filter(|mean| (mean.centi_load - own.centi_load).abs() <= SAME_LOAD_CENTI)
            .map(|mean| mean.deci_celsius)
            .collect();
        if peers.len() < FEWEST_PEERS {
            return None;
        }
        peers.sort_unstable();
        let median = peers.get(peers.len() / 2)?;
        Some((own, *median, peers.len()))
    }
}

/// The model without its revision; none if the node does not say it.
fn model_of(node: &Node) -> Option<&str> {
    let model = node.facts()?.model.split(" Rev ").next()?;
    (!model.is_empty()).then_some(model)
}

/// `is_told` says that an incident of its heat is open: that it is hotter than others is no second
/// one then.
fn judge(
    warmth: &Warmth,
    own: Mean,
    median: i64,
    peers: usize,
    is_told: bool,
) -> Judgement<'static> {
    let verdict = if warmth.like_in_a_row >= IN_A_ROW {
        Verdict::Healthy
    } else if warmth.hotter_in_a_row < IN_A_ROW {
        Verdict::Blind("neither hotter nor as its peers for half an hour")
    } else if is_told {
        Verdict::Blind("that it is too hot is told already")
    } else {
        Verdict::Faulty(finding(own, median, peers))
    };
    Some((Subject::Reading(None, Quantity::CPU_TEMPERATURE), verdict))
}

fn finding(own: Mean, median: i64, peers: usize) -> Finding {
    let (celsius, others) = (own.deci_celsius as f64 / 10.0, median as f64 / 10.0);
    let load = own.centi_load as f64 / 100.0;
    Finding {
        severity: Severity::Ticket,
        summary:
            "the processor is 15 °C or more hotter than those of its peers under the same load"
                .to_owned(),
        advice: "Look at its fan, its dust and its case.".to_owned(),
        evidence: vec![
            format!("{celsius:.1} °C in the mean of ten minutes, at a load of {load:.2}"),
            format!("{others:.1} °C is the median of {peers} nodes of the same model"),
        ],
    }
}
