//! The input voltage is too low: for a minute, or again and again.

use super::flaps::{Flaps, Signs, State};
use super::sample::Sample;
use super::{Judgement, Subject, at_least};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::Known;
use picket_wire::Quantity;

pub(crate) fn judge(known: &Known, sample: &Sample<'_>, flaps: &mut Flaps) -> Judgement<'static> {
    let looked = [
        Quantity::UNDER_VOLTAGE_NOW,
        Quantity::UNDER_VOLTAGE_EVENTS,
        Quantity::UNDER_VOLTAGE_MESSAGES,
    ];
    if looked.iter().all(|&q| sample.of_node(q).is_none()) {
        return None;
    }
    let signs = Signs {
        now: sample.flag(Quantity::UNDER_VOLTAGE_NOW),
        events: sample.count(Quantity::UNDER_VOLTAGE_EVENTS),
        since_boot: sample.flag(Quantity::UNDER_VOLTAGE_SINCE_BOOT),
        messages: sample.count(Quantity::UNDER_VOLTAGE_MESSAGES),
    };
    let verdict = match flaps.look(signs, sample.at, sample.every) {
        State::Bad => Verdict::Faulty(finding(known, signs, flaps.count())),
        State::Well => Verdict::Healthy,
        State::Unsure => Verdict::Blind("not seen well for half an hour"),
    };
    Some((Subject::Node, verdict))
}

fn finding(known: &Known, signs: Signs, count: u64) -> Finding {
    let mut evidence = vec![format!("{} since it began", at_least(count))];
    if signs.now == Some(true) {
        evidence.push("too low at the last sampling, or shortly before".to_owned());
    }
    if let Some(messages @ 1..) = signs.messages {
        evidence.push(format!(
            "the kernel has said it {messages} times since boot"
        ));
    }
    if let Some(millivolts) = known.of_node(Quantity::INPUT_VOLTAGE) {
        let volts = millivolts as f64 / 1000.0;
        evidence.push(format!("{volts:.2} V at its input at the last sampling"));
    }
    Finding {
        severity: Severity::Ticket,
        summary: "the power supply does not hold the input voltage".to_owned(),
        advice:
            "Try the power supply that is made for this board, a shorter or thicker cable, and \
                 less on its USB ports."
                .to_owned(),
        evidence,
    }
}
