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

/// `low_voltage` says that an incident of under-voltage is open.
pub(crate) fn judge(
    sample: &Sample<'_>,
    flaps: &mut Flaps,
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
    let verdict = match flaps.look(signs, sample.at, sample.every) {
        State::Bad => Verdict::Faulty(finding(sample, flaps.count(), low_voltage)),
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

fn finding(sample: &Sample<'_>, count: u64, low_voltage: bool) -> Finding {
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
    // The soft limit alone is how some boards are made: a Raspberry Pi 3B+ has it at 60 °C
    // (raspberrypi/documentation, frequency-management.adoc).
    let hard = [
        Quantity::FREQUENCY_CAPPED_NOW,
        Quantity::THROTTLED_NOW,
        Quantity::FREQUENCY_CAPPED_SINCE_BOOT,
        Quantity::THROTTLED_SINCE_BOOT,
    ];
    let soft = [Quantity::SOFT_LIMIT_NOW, Quantity::SOFT_LIMIT_SINCE_BOOT];
    let only_soft = any(sample, &soft) == Some(true) && any(sample, &hard) == Some(false);
    Finding {
        severity: if only_soft {
            Severity::Note
        } else {
            Severity::Ticket
        },
        summary: "the processor is throttled".to_owned(),
        advice: advice.to_owned(),
        evidence,
    }
}
