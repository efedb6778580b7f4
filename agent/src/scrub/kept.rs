//! What the scrub process said last, and what the agent's reports have of it: as long as it is
//! fresh its readings, then that they are timed out; without a scrub that they are denied. Its
//! findings count until it says others.

mod lists;

pub use lists::Lists;

use super::link::Word;
use super::message::Told;
use super::message::piece::Located;
use super::readings;
use super::standing::PackageContent;
use crate::probe::{About, Found, Measured, SLOW, Writer};
use lists::List;
use picket_wire::{Missing, Quantity, Value};
use std::collections::BTreeSet;

/// What the scrub said counts for so long, in milliseconds: it says something every few seconds,
/// and a disk may hold it up for a minute.
pub const FRESH_MS: u64 = 180_000;
/// So long after the agent's start nothing is said of a scrub that has not been heard yet: its first
/// round waits for disks that sleep.
pub const PATIENCE_MS: u64 = 60_000;
/// Readings that have not changed go out so long after the last time: [`SLOW`], less what the
/// ticks of the reports may be off.
const AGAIN_MS: u64 = 55_000;
const _: () = assert!(AGAIN_MS < SLOW.as_secs() * 1000);

/// The scrub as the agent knows it. Time is handed in.
#[derive(Debug)]
pub struct Kept {
    /// Uptime when the agent started.
    since_ms: u64,
    /// What is missing without a scrub.
    quantities: BTreeSet<Quantity>,
    /// Uptime of the last word, and its readings.
    last: Option<(u64, Vec<Measured>)>,
    /// Who writes most, until it went out.
    writers: Option<Vec<Writer>>,
    /// What went out last of that.
    said_writers: Option<Vec<Writer>>,
    /// What the scrub itself wrote to disks since this agent heard of it first.
    wrote_kib: i64,
    /// Its own count, when it had one last.
    counted_kib: Option<i64>,
    /// Uptime when all that was known went out, and everything that went out since.
    said: Option<(u64, Vec<Measured>)>,
    /// Of what the agent could read by itself when it looked last.
    own: Vec<(Quantity, About)>,
    findings: List<Located>,
    packages: List<PackageContent>,
}

impl Kept {
    /// Nothing was heard yet of a scrub that says these quantities.
    pub fn new(quantities: impl IntoIterator<Item = Quantity>, now_ms: u64) -> Kept {
        Kept {
            since_ms: now_ms,
            quantities: quantities.into_iter().collect(),
            last: None,
            writers: None,
            said_writers: None,
            wrote_kib: 0,
            counted_kib: None,
            said: None,
            own: Vec::new(),
            findings: List::default(),
            packages: List::default(),
        }
    }

    /// The scrub said something; what it said before may be in it again.
    pub fn heard_word(&mut self, word: Word) {
        if let Some((at_ms, told)) = word.round
            && self
                .last
                .as_ref()
                .is_none_or(|(last_ms, _)| at_ms > *last_ms)
        {
            self.heard(told, at_ms);
        }
        if let Some(findings) = word.findings {
            self.findings.heard(findings);
        }
        if let Some(packages) = word.packages {
            self.packages.heard(packages);
        }
    }

    /// The scrub said what its probes found.
    pub fn heard(&mut self, told: Told, at_ms: u64) {
        let mut measured = settled(told.measured);
        for own in measured.extract_if(.., |row| row.quantity == Quantity::OWN_WRITTEN) {
            if let Ok(kib) = own.value {
                self.wrote(kib);
            }
        }
        self.last = Some((at_ms, measured));
        self.writers = told
            .writers
            .filter(|all| self.said_writers.as_ref() != Some(all));
    }

    /// The scrub has written so much since its start. It may have started long before this agent,
    /// whose reports count from 0 and must not have that as new; if its count is smaller than it
    /// was, it has started anew.
    fn wrote(&mut self, kib: i64) {
        let grown = match self.counted_kib.replace(kib) {
            None => 0,
            Some(before) if kib < before => kib,
            Some(before) => kib.saturating_sub(before),
        };
        self.wrote_kib = self.wrote_kib.saturating_add(grown);
    }

    /// Adds what the scrub wrote to what the agent wrote: to the owner both are Picket.
    fn add_own(&self, report: &mut Found) {
        for row in &mut report.measured {
            if row.quantity == Quantity::OWN_WRITTEN && row.about == About::Node {
                row.value = row.value.map(|kib| kib.saturating_add(self.wrote_kib));
            }
        }
    }

    /// Adds to a report the readings that are due: all once a minute or if it is to be `full`, else
    /// what has changed. No reading of the same thing stands in a report twice: the scrub's counts,
    /// unless it has no value and the agent has one. Gives some of the findings and packages that
    /// the hub does not have yet.
    pub fn add_to(&mut self, report: &mut Found, now_ms: u64, full: bool) -> Lists {
        self.add_own(report);
        if let Some(writers) = self.writers.take() {
            self.said_writers = Some(writers.clone());
            report.writers = report.writers.take().or(Some(writers));
        }
        let mut rows = self.now(now_ms);
        self.compare(&report.measured, &rows);
        let own = &self.own;
        rows.retain(|row| row.value.is_ok() || !own.iter().any(|known| is_of(known, row)));
        report
            .measured
            .retain(|own| !rows.iter().any(|row| is_same(row, own)));
        let (at_ms, said) = match self.said.take() {
            Some((at_ms, said)) if !full && now_ms.saturating_sub(at_ms) < AGAIN_MS => {
                (at_ms, said)
            }
            Some(_) | None => (now_ms, Vec::new()),
        };
        report.extend(rows.iter().filter(|row| !is_in(&said, row)).cloned());
        self.said = Some((at_ms, rows));
        Lists {
            findings: self.findings.next(now_ms, full),
            packages: self.packages.next(now_ms, full),
        }
    }

    /// What is known at this moment.
    fn now(&self, now_ms: u64) -> Vec<Measured> {
        let Some((at_ms, measured)) = &self.last else {
            let patient = now_ms.saturating_sub(self.since_ms) < PATIENCE_MS;
            let quantities = self.quantities.iter().filter(|_| !patient);
            let denied = |&quantity| Measured::of_node(quantity, Err(Missing::Denied));
            return quantities.map(denied).collect();
        };
        let mut rows = measured.clone();
        if now_ms.saturating_sub(*at_ms) >= FRESH_MS {
            for row in &mut rows {
                row.value = Err(Missing::TimedOut);
                row.needs = None;
            }
        }
        rows
    }

    /// Remembers of which of the scrub's things the agent has a value itself. Not every report has
    /// all that the agent knows.
    fn compare(&mut self, own: &[Measured], rows: &[Measured]) {
        self.own
            .retain(|known| rows.iter().any(|row| is_of(known, row)));
        for own in own
            .iter()
            .filter(|own| rows.iter().any(|row| is_same(row, own)))
        {
            self.own.retain(|known| !is_of(known, own));
            if own.value.is_ok() {
                self.own.push((own.quantity, own.about.clone()));
            }
        }
    }
}

fn is_of((quantity, about): &(Quantity, About), measured: &Measured) -> bool {
    *quantity == measured.quantity && *about == measured.about
}

/// Whether a reading was said. Of one that creeps on it is enough that there was a value.
fn is_in(said: &[Measured], row: &Measured) -> bool {
    let is_enough = |known: &&Measured| {
        readings::creeps(row.quantity) && known.value.is_ok() == row.value.is_ok()
    };
    let known = said.iter().find(|known| is_same(known, row));
    known.is_some_and(|known| known == row || is_enough(&known))
}

fn is_same(one: &Measured, other: &Measured) -> bool {
    one.quantity == other.quantity && one.about == other.about
}

/// One reading of each thing where two probes have one: the one that knows more. And that there is
/// no such part is not so where a part has answered.
fn settled(measured: Vec<Measured>) -> Vec<Measured> {
    let mut kept: Vec<Measured> = Vec::new();
    for row in measured {
        match kept.iter_mut().find(|known| is_same(known, &row)) {
            Some(known) if knows(&row.value) > knows(&known.value) => *known = row,
            Some(_) => {}
            None => kept.push(row),
        }
    }
    let parts: BTreeSet<Quantity> = kept
        .iter()
        .filter(|row| row.about != About::Node)
        .map(|row| row.quantity)
        .collect();
    kept.retain(|row| {
        let none_fitted = row.about == About::Node && row.value == Err(Missing::NotFitted);
        !(none_fitted && parts.contains(&row.quantity))
    });
    kept
}

/// How much an answer counts beside another one about the same: that somebody could not look must
/// not be hidden by another's finding that there is nothing of its kind.
fn knows(value: &Value) -> u8 {
    match value {
        Ok(_) => 3,
        Err(Missing::NotFitted) => 0,
        Err(Missing::NotSupported) => 1,
        Err(_) => 2,
    }
}

#[cfg(test)]
mod tests;
