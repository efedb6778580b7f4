//! The processor is too hot: by its level, for a minute and with hysteresis, or because it rises so
//! that it will be at its limit soon. A rise is a subject of its own: it is over when it is steady,
//! at whatever level.
//!
//! That it is hotter than its peers is a rule over several nodes: see `peers`.

mod trend;

use super::lasting::{LastLook, Lasting};
use super::{Judgement, Sampling, Subject, few};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::{Known, Latest};
use crate::time::{Millis, Moment};
use trend::Trend;

/// A ticket from here on, in tenths of a degree Celsius. A Raspberry Pi slows down from 80 °C.
pub(crate) const TICKET_DECI_CELSIUS: i64 = 800;
/// A page from here on, in tenths of a degree Celsius: the limit of a Raspberry Pi's processor.
pub(crate) const PAGE_DECI_CELSIUS: i64 = 850;
/// Well again below, in tenths of a degree Celsius.
pub(crate) const HEALTHY_DECI_CELSIUS: i64 = 750;
/// How long a level, or a rise to the limit, must last.
pub(crate) const LASTING: Millis = Millis::from_s(60);
/// A rise is looked at from here on, in tenths of a degree Celsius.
pub(crate) const RISING_DECI_CELSIUS: i64 = 700;
/// A rise that reaches [`PAGE_DECI_CELSIUS`] within so long is a fault.
pub(crate) const RISING_FOR: Millis = Millis::from_s(10 * 60);
/// A rise is over when none was seen for so long.
pub(crate) const STEADY_AFTER: Millis = Millis::from_s(5 * 60);
/// Most processors of one node that are told apart.
pub(crate) const MAX_PROCESSORS: usize = 8;

/// How far it got. It falls only to cool, so that a flapping level is one incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    #[default]
    Cool,
    Hot,
    Critical,
}

/// One processor.
#[derive(Debug, Default)]
struct Heat {
    part: u8,
    level: Level,
    look: LastLook,
    hot: Lasting,
    critical: Lasting,
    cool: Lasting,
    trend: Trend,
    /// Whether the trend led to the limit when a point was added last.
    leads_to_limit: bool,
    to_limit: Lasting,
    steady: Lasting,
    /// Whether it rises to the limit from below, and has not been steady for long enough since.
    rising: bool,
}

/// The processors of one node's present session.
#[derive(Debug, Default)]
pub(crate) struct Heats {
    known: Vec<Heat>,
}

impl Heats {
    /// Part numbers mean something within one session only.
    pub(crate) fn new_session(&mut self) {
        self.known.clear();
    }

    fn of(&mut self, part: u8) -> Option<&mut Heat> {
        let new = || Heat {
            part,
            ..Heat::default()
        };
        few::of(
            &mut self.known,
            MAX_PROCESSORS,
            |heat| heat.part == part,
            new,
        )
    }
}

impl Heat {
    fn forget(&mut self) {
        self.hot.forget();
        self.critical.forget();
        self.cool.forget();
        self.trend.forget();
        self.leads_to_limit = false;
        self.to_limit.forget();
        self.steady.forget();
    }

    fn sampled(&mut self, deci_celsius: i64, at: Moment, every: Millis) {
        let (_, far) = self.look.note(at, every);
        if far {
            self.forget();
        }
        self.hot.note(deci_celsius >= TICKET_DECI_CELSIUS, at);
        self.critical.note(deci_celsius >= PAGE_DECI_CELSIUS, at);
        self.cool.note(deci_celsius < HEALTHY_DECI_CELSIUS, at);
        self.level = if self.critical.lasts(LASTING, at) {
            Level::Critical
        } else if self.hot.lasts(LASTING, at) {
            self.level.max(Level::Hot)
        } else if self.cool.lasts(LASTING, at) {
            Level::Cool
        } else {
            self.level
        };
        // The slopes cost much, and a frame may name one processor as often as it has room for.
        if self.trend.note(deci_celsius, at) {
            self.leads_to_limit = self.trend.leads_to(PAGE_DECI_CELSIUS, RISING_FOR);
        }
        let to_limit = deci_celsius >= RISING_DECI_CELSIUS && self.leads_to_limit;
        self.to_limit.note(to_limit, at);
        self.steady.note(!to_limit, at);
        // A level that was reached tells more than that it rises further.
        self.rising |= self.level == Level::Cool && self.to_limit.lasts(LASTING, at);
        self.rising &= !self.steady.lasts(STEADY_AFTER, at);
    }
}

pub(crate) fn judge<'a>(
    known: &'a Known,
    reading: &Latest,
    sampling: Sampling,
    heats: &mut Heats,
) -> Judgement<'a> {
    let subject = known
        .part(reading.part)
        .map_or(Subject::Node, Subject::Part);
    if reading.part != 0 && subject == Subject::Node {
        return None;
    }
    let heat = heats.of(reading.part)?;
    let Ok(deci_celsius) = reading.value else {
        heat.forget();
        return Some((subject, Verdict::Blind("the temperature is missing")));
    };
    heat.sampled(deci_celsius, reading.at, sampling.every);
    let verdict = match heat.level {
        Level::Critical => Verdict::Faulty(at_level(Severity::Page, "85.0", deci_celsius)),
        Level::Hot => Verdict::Faulty(at_level(Severity::Ticket, "80.0", deci_celsius)),
        Level::Cool if heat.cool.lasts(LASTING, reading.at) => Verdict::Healthy,
        Level::Cool => Verdict::Blind("not below 75.0 °C for a minute"),
    };
    Some((subject, verdict))
}

/// Judges whether it rises to the limit, after [`judge`] has taken the same reading.
pub(crate) fn judge_rise<'a>(
    known: &'a Known,
    reading: &Latest,
    heats: &mut Heats,
) -> Judgement<'a> {
    let part = known.part(reading.part);
    if reading.part != 0 && part.is_none() {
        return None;
    }
    let deci_celsius = reading.value.ok()?;
    let heat = heats.of(reading.part)?;
    let verdict = if heat.rising {
        Verdict::Faulty(rising(deci_celsius))
    } else if heat.steady.lasts(STEADY_AFTER, reading.at) {
        Verdict::Healthy
    } else {
        Verdict::Blind("not steady for five minutes")
    };
    Some((Subject::Rise(part, reading.quantity), verdict))
}

fn at_level(severity: Severity, limit: &str, deci_celsius: i64) -> Finding {
    finding(
        severity,
        format!("the processor was at {limit} °C or more for a minute"),
        "well again below 75.0 °C for a minute",
        deci_celsius,
    )
}

fn rising(deci_celsius: i64) -> Finding {
    finding(
        Severity::Ticket,
        "the processor gets hotter: at 85.0 °C within ten minutes if it goes on".to_owned(),
        "the slope of the last five minutes, and of the newer half of them",
        deci_celsius,
    )
}

fn finding(severity: Severity, summary: String, why: &str, deci_celsius: i64) -> Finding {
    let celsius = deci_celsius as f64 / 10.0;
    Finding {
        severity,
        summary,
        advice: "Look at its fan, its dust, its case and what runs on it.".to_owned(),
        evidence: vec![
            format!("{celsius:.1} °C at the last sampling"),
            why.to_owned(),
        ],
    }
}
