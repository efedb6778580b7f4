//! The processor runs slower than asked: for a minute, or again and again.
//!
//! Which of the firmware's bits means frequency and which means throttling is not the same on all
//! boards, so that they count as one and are all shown.

use super::flaps::{Flaps, Signs, State};
use super::sample::Sample;
use super::{Judgement, Subject, at_least};
use crate::incident::{Finding, Severity, Verdict};
use picket_wire::Quantity;

/// The bits as they are now.
const NOW: [Quantity; 3] = [
    Quantity::FREQUENCY_CAPPED_NOW,
    Quantity::THROTTLED_NOW,
    Quantity::SOFT_LIMIT_NOW,
];
/// The same since boot.
const SINCE_BOOT: [Quantity; 3] = [
    Quantity::FREQUENCY_CAPPED_SINCE_BOOT,
    Quantity::THROTTLED_SINCE_BOOT,
    Quantity::SOFT_LIMIT_SINCE_BOOT,
];

/// The bits of [`NOW`] that are more than a soft limit.
const HARD_NOW: [Quantity; 2] = [Quantity::FREQUENCY_CAPPED_NOW, Quantity::THROTTLED_NOW];
/// The same since boot.
const HARD_SINCE_BOOT: [Quantity; 2] = [
    Quantity::FREQUENCY_CAPPED_SINCE_BOOT,
    Quantity::THROTTLED_SINCE_BOOT,
];

/// What is remembered of one node's throttling.
#[derive(Debug, Default)]
pub(crate) struct Throttled {
    /// Of all bits.
    any: Flaps,
    /// Of those that are more than a soft limit: a fault of these is a ticket.
    hard: Flaps,
    /// What the present session counted last.
    events: Option<u64>,
    /// How many of the events since the hub started are taken to be of the hard bits.
    hard_events: u64,
}

impl Throttled {
    /// Another session counts anew, and its sticky bits may be of another boot.
    pub(crate) fn new_session(&mut self) {
        self.any.new_session();
        self.hard.new_session();
        self.events = None;
    }

    fn look(&mut self, sample: &Sample<'_>) -> State {
        let events = sample.count(Quantity::THROTTLING_EVENTS);
        let signs = Signs {
            now: any(sample, &NOW),
            events,
            since_boot: any(sample, &SINCE_BOOT),
            messages: None,
        };
        let hard = Signs {
            now: any(sample, &HARD_NOW),
            events: events.map(|events| self.of_hard_bits(sample, events)),
            since_boot: any(sample, &HARD_SINCE_BOOT),
            messages: None,
        };
        let of_any = self.any.look(signs, sample.at, sample.every);
        match self.hard.look(hard, sample.at, sample.every) {
            State::Bad => State::Bad,
            State::Well | State::Unsure if of_any == State::Well && self.hard.is_faulty() => {
                State::Unsure
            }
            State::Well | State::Unsure => of_any,
        }
    }

    /// The agent counts all bits as one. Where a soft limit may be what began, one event is of the
    /// hard bits if they were set at all: before it began nothing was so.
    fn of_hard_bits(&mut self, sample: &Sample<'_>, events: u64) -> u64 {
        let before = self.events.replace(events).unwrap_or(events);
        let rose = events.saturating_sub(before);
        let most = match (may_be_soft(sample), any(sample, &HARD_NOW)) {
            (false, _) => rose,
            (true, Some(true)) => 1,
            (true, Some(false) | None) => 0,
        };
        self.hard_events = self.hard_events.saturating_add(rose.min(most));
        self.hard_events
    }

    fn severity(&self) -> Severity {
        match self.hard.is_faulty() {
            true => Severity::Ticket,
            false => Severity::Note,
        }
    }
}

/// `low_voltage` says that an incident of under-voltage is open.
pub(crate) fn judge(
    sample: &Sample<'_>,
    throttled: &mut Throttled,
    low_voltage: bool,
) -> Judgement<'static> {
    let mut looked = NOW.into_iter().chain([Quantity::THROTTLING_EVENTS]);
    if looked.all(|q| sample.of_node(q).is_none()) {
        return None;
    }
    let verdict = match throttled.look(sample) {
        State::Bad => {
            let count = throttled.any.count().max(throttled.hard.count());
            let severity = throttled.severity();
            Verdict::Faulty(finding(sample, severity, count, low_voltage))
        }
        State::Well => Verdict::Healthy,
        State::Unsure => Verdict::Blind("not seen well for half an hour"),
    };
    Some((Subject::Node, verdict))
}

/// Whether any of the flags is set; none if none of them is known.
fn any(sample: &Sample<'_>, flags: &[Quantity]) -> Option<bool> {
    let known = flags.iter().filter_map(|&q| sample.flag(q));
    known.reduce(|any, flag| any || flag)
}

/// Whether an event may be that of a soft limit. It alone is how some boards are made: a Raspberry
/// Pi 3B+ has it at 60 °C (raspberrypi/documentation, frequency-management.adoc). A bit since boot is
/// past, and counts only where no other was ever set.
fn may_be_soft(sample: &Sample<'_>) -> bool {
    let soft_since_boot = sample.flag(Quantity::SOFT_LIMIT_SINCE_BOOT) == Some(true)
        && any(sample, &HARD_SINCE_BOOT) == Some(false);
    sample.flag(Quantity::SOFT_LIMIT_NOW) == Some(true) || soft_since_boot
}

fn finding(sample: &Sample<'_>, severity: Severity, count: u64, low_voltage: bool) -> Finding {
    let mut evidence = vec![format!("{} since it began", at_least(count))];
    let set = NOW.into_iter().filter(|&q| sample.flag(q) == Some(true));
    let set: Vec<String> = set.map(|q| q.to_string()).collect();
    if !set.is_empty() {
        evidence.push(format!(
            "at the last sampling, or shortly before: {}",
            set.join(", ")
        ));
    }
    let advice = if low_voltage {
        evidence.push("the input voltage is too low at the same time".to_owned());
        "See to its power supply and cable first."
    } else {
        "Look at its temperature, fan, dust and case; then at its power supply."
    };
    Finding {
        severity,
        summary: "the processor is throttled".to_owned(),
        advice: advice.to_owned(),
        evidence,
    }
}
