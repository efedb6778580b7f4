//! Main memory fails, or runs out: errors of the chips, programs that were ended, and time in which
//! everything waited. Each quantity is a subject of its own.
//!
//! What was counted before the first look is past, but for errors that could not be corrected: they
//! are told, unless an incident of this boot has told as many and is over.

use super::counter::{Change, Counter, Counts, count_of, since_boot};
use super::few::{self, Looked};
use super::lasting::{LastLook, Lasting, Repeats};
use super::{Judgement, Sampling, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::{Known, Latest};
use crate::time::{Millis, Moment};
use picket_wire::Quantity;

/// Over after so long without a new error or an ended program.
pub(crate) const HEALTHY_AFTER: Millis = Millis::from_s(24 * 3600);
/// So many corrected errors within an hour are more than cosmic rays: a ticket.
pub(crate) const MANY_CORRECTED: usize = 11;
/// See [`MANY_CORRECTED`].
pub(crate) const CORRECTED_WITHIN: Millis = Millis::from_s(3600);
/// So much waiting for memory is a fault if it lasts, in hundredths of a percent.
pub(crate) const PRESSED_CENTI_PERCENT: i64 = 2_000;
/// Less than this is none, in hundredths of a percent.
pub(crate) const EASED_CENTI_PERCENT: i64 = 500;
/// How long either must last.
pub(crate) const PRESSED_FOR: Millis = Millis::from_s(10 * 60);
/// Most counters of one node's memory that are told apart; one that was not read for a day makes
/// room.
pub(crate) const MAX_COUNTERS: usize = 16;

/// What is remembered of one node's memory.
#[derive(Debug, Default)]
pub(crate) struct Chips {
    counted: Vec<Looked<Counted>>,
    pressure: Pressure,
}

#[derive(Debug)]
struct Counted {
    quantity: Quantity,
    /// The id of its part; empty for the node.
    id: String,
    counter: Counter,
    lately: Repeats<MANY_CORRECTED>,
    /// Whether there were that many within the time since it was well.
    many: bool,
}

#[derive(Debug, Default)]
struct Pressure {
    look: LastLook,
    pressed: Lasting,
    eased: Lasting,
    faulty: bool,
}

impl Chips {
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.counted.len()
    }

    fn of(&mut self, quantity: Quantity, id: &str, at: Moment) -> Option<&mut Counted> {
        let is_it = |counted: &Counted| counted.quantity == quantity && counted.id == id;
        let new = || Counted {
            quantity,
            id: id.to_owned(),
            counter: Counter::default(),
            lately: Repeats::default(),
            many: false,
        };
        few::lasting(&mut self.counted, MAX_COUNTERS, at, is_it, new)
    }
}

/// Judges a reading of one of the four quantities of memory. `told` says how much of it
/// was told by incidents that were closed in this boot.
pub(crate) fn judge<'a>(
    known: &'a Known,
    reading: &Latest,
    sampling: Sampling,
    chips: &mut Chips,
    told: impl FnOnce(Subject<'_>) -> u64,
) -> Judgement<'a> {
    let part = known.part(reading.part);
    if reading.part != 0 && part.is_none() {
        return None;
    }
    let subject = Subject::Reading(part, reading.quantity);
    let verdict = if reading.quantity == Quantity::MEMORY_PRESSURE {
        chips.pressure.judge(reading, sampling.every)
    } else {
        let id = part.map_or("", |part| part.id.as_str());
        let counted = chips.of(reading.quantity, id, reading.at)?;
        counted.judge(reading, sampling, || told(subject))
    };
    Some((subject, verdict))
}

impl Counted {
    fn judge(
        &mut self,
        reading: &Latest,
        sampling: Sampling,
        told: impl FnOnce() -> u64,
    ) -> Verdict {
        let Some(value) = count_of(reading.value) else {
            return Verdict::Blind("the count is missing");
        };
        let counts = Counts::FromBoot(sampling.boot);
        let is_told_at_first = self.quantity == Quantity::MEMORY_ERRORS_UNCORRECTED;
        let news = match self.counter.look(value, counts, reading.at) {
            Change::Rose(by) => by,
            Change::First if is_told_at_first => self.counter.rise_from(told(), value, reading.at),
            Change::First | Change::Same => 0,
        };
        if news > 0 {
            self.lately.happened(news, reading.at);
            self.many |= self.lately.within(CORRECTED_WITHIN, reading.at);
            return Verdict::Faulty(finding(self.quantity, &self.counter, self.many));
        }
        if self.counter.is_quiet_for(HEALTHY_AFTER, reading.at) {
            self.counter.well();
            self.many = false;
            return Verdict::Healthy;
        }
        Verdict::Blind("no rise for less than a day")
    }
}

impl Pressure {
    fn judge(&mut self, reading: &Latest, every: Millis) -> Verdict {
        let at = reading.at;
        let (_, far) = self.look.note(at, every);
        let Ok(centi_percent) = reading.value else {
            self.pressed.forget();
            self.eased.forget();
            return Verdict::Blind("the pressure is missing");
        };
        if far {
            self.pressed.forget();
            self.eased.forget();
        }
        self.pressed
            .note(centi_percent >= PRESSED_CENTI_PERCENT, at);
        self.eased.note(centi_percent < EASED_CENTI_PERCENT, at);
        if self.eased.lasts(PRESSED_FOR, at) {
            self.faulty = false;
            return Verdict::Healthy;
        }
        self.faulty |= self.pressed.lasts(PRESSED_FOR, at);
        if !self.faulty {
            return Verdict::Blind("neither pressed nor at ease for ten minutes");
        }
        let percent = centi_percent as f64 / 100.0;
        Verdict::Faulty(Finding {
            severity: Severity::Ticket,
            summary: "everything waits for memory".to_owned(),
            advice: "See with `systemd-cgtop -m` who uses it; give that a limit, or the machine \
                     more memory."
                .to_owned(),
            evidence: vec![
                format!("{percent:.1} % of the last minute at the last sampling"),
                "20 % or more for ten minutes".to_owned(),
            ],
        })
    }
}

/// `many` says that there were [`MANY_CORRECTED`] within an hour.
fn finding(quantity: Quantity, counter: &Counter, many: bool) -> Finding {
    let (severity, summary, advice) = match quantity {
        Quantity::MEMORY_ERRORS_UNCORRECTED => (
            Severity::Page,
            "main memory has errors that could not be corrected",
            "Believe nothing that it wrote since; halt it, and have its memory or board replaced.",
        ),
        Quantity::MEMORY_ERRORS_CORRECTED if many => (
            Severity::Ticket,
            "main memory has more than ten corrected errors an hour",
            "Have its memory or board replaced before errors come that cannot be corrected.",
        ),
        Quantity::MEMORY_ERRORS_CORRECTED => (
            Severity::Note,
            "main memory has corrected errors",
            "A single one is nothing; see whether it happens again.",
        ),
        _ => (
            Severity::Ticket,
            "the kernel ended programs: the memory of the machine, or of their own limit, ran out",
            "See with `journalctl -k -g 'Out of memory|out of memory|oom-kill'` which; give the one \
             that grows a limit, or a higher one, or the machine more memory.",
        ),
    };
    let (new, all) = (counter.rose(), since_boot(counter.last().unwrap_or(0)));
    Finding {
        severity,
        summary: summary.to_owned(),
        advice: advice.to_owned(),
        evidence: vec![format!("at least {new} since it began{all}")],
    }
}
