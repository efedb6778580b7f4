//! The processor is too hot, by level, duration and hysteresis.

use super::{Judgement, Sampling, Subject};
use crate::incident::{Finding, Severity, Verdict};
use crate::node::{Known, Latest};

/// A ticket from here on, in tenths of a degree Celsius. A Raspberry Pi slows down from 80 °C.
pub(crate) const TICKET_DECI_CELSIUS: i64 = 800;
/// A page from here on, in tenths of a degree Celsius: the limit of a Raspberry Pi's processor.
pub(crate) const PAGE_DECI_CELSIUS: i64 = 850;
/// Well again below, in tenths of a degree Celsius.
pub(crate) const HEALTHY_DECI_CELSIUS: i64 = 750;
/// How long a level must last, in milliseconds of the node's uptime.
pub(crate) const LASTING_MS: u64 = 60_000;
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

/// One processor: uptimes in milliseconds since when its level lasts.
#[derive(Debug, Default)]
struct Heat {
    part: u8,
    level: Level,
    last_ms: u64,
    hot_since_ms: Option<u64>,
    critical_since_ms: Option<u64>,
    cool_since_ms: Option<u64>,
}

/// The processors of one node's present session.
#[derive(Debug, Default)]
pub(crate) struct Heats {
    known: Vec<Heat>,
}

impl Heats {
    /// Part numbers and uptimes mean something within one session only.
    pub(crate) fn new_session(&mut self) {
        self.known.clear();
    }

    fn of(&mut self, part: u8) -> Option<&mut Heat> {
        if let Some(at) = self.known.iter().position(|heat| heat.part == part) {
            return self.known.get_mut(at);
        }
        if self.known.len() >= MAX_PROCESSORS {
            return None;
        }
        self.known.push(Heat {
            part,
            ..Heat::default()
        });
        self.known.last_mut()
    }
}

impl Heat {
    fn forget(&mut self) {
        self.hot_since_ms = None;
        self.critical_since_ms = None;
        self.cool_since_ms = None;
    }

    fn sampled(&mut self, deci_celsius: i64, at: Sampling) {
        let now_ms = at.uptime_ms;
        // Between samples that lie far apart nobody looked.
        let unseen_ms = at.every.0.saturating_mul(3).max(LASTING_MS);
        if now_ms < self.last_ms || now_ms - self.last_ms > unseen_ms {
            self.forget();
        }
        self.last_ms = now_ms;
        let lasting = |since: &mut Option<u64>, holds: bool| {
            *since = holds.then(|| since.unwrap_or(now_ms));
            since.is_some_and(|since| now_ms.saturating_sub(since) >= LASTING_MS)
        };
        let hot = lasting(&mut self.hot_since_ms, deci_celsius >= TICKET_DECI_CELSIUS);
        let critical = lasting(
            &mut self.critical_since_ms,
            deci_celsius >= PAGE_DECI_CELSIUS,
        );
        let cool = lasting(&mut self.cool_since_ms, deci_celsius < HEALTHY_DECI_CELSIUS);
        self.level = match (critical, hot, cool) {
            (true, _, _) => Level::Critical,
            (_, true, _) => self.level.max(Level::Hot),
            (_, _, true) => Level::Cool,
            _ => self.level,
        };
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
    heat.sampled(deci_celsius, sampling);
    let verdict = match heat.level {
        Level::Critical => Verdict::Faulty(finding(Severity::Page, "85.0", deci_celsius)),
        Level::Hot => Verdict::Faulty(finding(Severity::Ticket, "80.0", deci_celsius)),
        Level::Cool if lasts(heat.cool_since_ms, sampling.uptime_ms) => Verdict::Healthy,
        Level::Cool => Verdict::Blind("not below 75.0 °C for a minute"),
    };
    Some((subject, verdict))
}

fn lasts(since_ms: Option<u64>, now_ms: u64) -> bool {
    since_ms.is_some_and(|since_ms| now_ms.saturating_sub(since_ms) >= LASTING_MS)
}

fn finding(severity: Severity, limit: &str, deci_celsius: i64) -> Finding {
    let celsius = deci_celsius as f64 / 10.0;
    Finding {
        severity,
        summary: format!("the processor was at {limit} °C or more for a minute"),
        advice: "Look at its fan, its dust, its case and what runs on it.".to_owned(),
        evidence: vec![
            format!("{celsius:.1} °C at the last sampling"),
            "well again below 75.0 °C for a minute".to_owned(),
        ],
    }
}
