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
    flaps: Flaps,
    /// What the present session said last of [`HARD_SINCE_BOOT`].
    hard_since_boot: Option<bool>,
}

impl Throttled {
    /// Another session counts anew, and its sticky bits may be of another boot.
    pub(crate) fn new_session(&mut self) {
        self.flaps.new_session();
        self.hard_since_boot = None;
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
    let signs = Signs {
        now: any(sample, &NOW),
        events: sample.count(Quantity::THROTTLING_EVENTS),
        since_boot: any(sample, &SINCE_BOOT),
        messages: None,
    };
    let hard_since_boot = any(sample, &HARD_SINCE_BOOT);
    let became_hard = throttled.hard_since_boot == Some(false) && hard_since_boot == Some(true);
    throttled.hard_since_boot = hard_since_boot.or(throttled.hard_since_boot);
    let flaps = &mut throttled.flaps;
    let verdict = match flaps.look(signs, sample.at, sample.every) {
        State::Bad => {
            let severity = if !became_hard && is_soft(sample) {
                Severity::Note
            } else {
                Severity::Ticket
            };
            Verdict::Faulty(finding(sample, severity, flaps.count(), low_voltage))
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

/// Whether the soft limit is all there is. It alone is how some boards are made: a Raspberry Pi 3B+
/// has it at 60 °C (raspberrypi/documentation, frequency-management.adoc). A bit since boot is past,
/// and counts only where nothing is so now.
fn is_soft(sample: &Sample<'_>) -> bool {
    let soft_now = sample.flag(Quantity::SOFT_LIMIT_NOW) == Some(true);
    let soft_since_boot = sample.flag(Quantity::SOFT_LIMIT_SINCE_BOOT) == Some(true)
        && any(sample, &HARD_SINCE_BOOT) == Some(false);
    any(sample, &HARD_NOW) == Some(false) && (soft_now || soft_since_boot)
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
