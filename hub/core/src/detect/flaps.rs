//! Something bad that comes and goes, and must neither be missed nor told each time: by duration or
//! by repetition it is one incident, until it was seen well for half an hour.
//!
//! What it looks at are signs of four kinds, none of which every node has: whether it is so now,
//! how often the agent saw it begin, whether the firmware saw it since boot, and how often the
//! kernel said it. What was before the first look is past: of a sticky bit and of a count only the
//! rise is an event.

use super::lasting::{LastLook, Lasting, Repeats};
use crate::time::{Millis, Moment};

/// So many events within [`REPEATED_WITHIN`] are a fault.
pub(crate) const REPEATED: usize = 3;
/// See [`REPEATED`].
pub(crate) const REPEATED_WITHIN: Millis = Millis::from_s(10 * 60);
/// One that lasts so long is a fault.
pub(crate) const LASTING: Millis = Millis::from_s(60);
/// Over when it was seen well for so long, without an event.
pub(crate) const HEALTHY_AFTER: Millis = Millis::from_s(30 * 60);

/// What one report says; none where it says nothing, or nothing that can be believed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signs {
    /// Whether it was so at any time since the report before.
    pub(crate) now: Option<bool>,
    /// How often it began since the agent started.
    pub(crate) events: Option<u64>,
    /// Whether it was so since boot.
    pub(crate) since_boot: Option<bool>,
    /// How often the kernel said it since boot.
    pub(crate) messages: Option<u64>,
}

/// What is to be said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It is a fault, and there is news of it.
    Bad,
    /// It was seen well for long enough.
    Well,
    /// Neither.
    Unsure,
}

/// What is remembered of it.
#[derive(Debug, Default)]
pub(crate) struct Flaps {
    /// What the present session said last.
    said: Signs,
    look: LastLook,
    on: Lasting,
    well: Lasting,
    repeats: Repeats<REPEATED>,
    /// Events since it was well.
    count: u64,
    faulty: bool,
}

impl Flaps {
    /// Another session counts anew, and its sticky bits may be of another boot.
    pub(crate) fn new_session(&mut self) {
        self.said = Signs::default();
        self.on.forget();
        self.well.forget();
    }

    /// Whether it is a fault that was not seen well for long enough since.
    pub(crate) fn is_faulty(&self) -> bool {
        self.faulty
    }

    /// How often it happened since it was well, as far as anybody saw.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Looks at a report. One in which it is not known whether it is so now is none of a bad or a
    /// good time, which goes on if such reports are few.
    pub(crate) fn look(&mut self, signs: Signs, at: Moment, every: Millis) -> State {
        let events = self.events(signs);
        self.remember(signs);
        self.count = self.count.saturating_add(events);
        let mut ago = Millis(0);
        if events > 0 {
            // What began since the report before was not so all the time.
            self.on.forget();
        }
        if let Some(now) = signs.now {
            let (last, far) = self.look.note(at, every);
            if far {
                self.on.forget();
                self.well.forget();
            }
            ago = last;
            self.on.note(now, at);
            self.well.note(!now, at);
        }
        if events > 0 {
            self.well.forget();
        }
        self.repeats.happened(lately(events, ago), at);
        let repeated = events > 0 && self.repeats.within(REPEATED_WITHIN, at);
        let is_on = signs.now == Some(true);
        // That nothing began since the report before says that it was so then, and no more: a short
        // one at the time of a report is in two of them.
        let lasts = self.on.lasts(LASTING, at) && self.on.lasts(Millis(1), at - ago);
        self.faulty |= repeated || (is_on && lasts);
        if signs.now == Some(false) && self.well.lasts(HEALTHY_AFTER, at) {
            (self.faulty, self.count) = (false, 0);
            State::Well
        } else if self.faulty && (events > 0 || is_on) {
            State::Bad
        } else {
            State::Unsure
        }
    }

    /// How often it happened since the report before. The signs tell of the same events, so that
    /// they are not added up; the kernel says less than it knows, and counts where nobody else does.
    fn events(&self, signs: Signs) -> u64 {
        let rose = |before: Option<u64>, now: Option<u64>| match (before, now) {
            (Some(before), Some(now)) => now.saturating_sub(before),
            _ => 0,
        };
        let began = signs.now == Some(true) && self.said.now != Some(true);
        let stuck = signs.since_boot == Some(true) && self.said.since_boot == Some(false);
        let counted = signs.events.or(self.said.events).is_some();
        let said = if counted {
            0
        } else {
            rose(self.said.messages, signs.messages)
        };
        rose(self.said.events, signs.events)
            .max(u64::from(began))
            .max(u64::from(stuck))
            .max(said)
    }

    fn remember(&mut self, signs: Signs) {
        self.said = Signs {
            now: signs.now.or(self.said.now),
            events: signs.events.or(self.said.events),
            since_boot: signs.since_boot.or(self.said.since_boot),
            messages: signs.messages.or(self.said.messages),
        };
    }
}

/// How many of the events since a sampling so long ago fell into the last [`REPEATED_WITHIN`], if
/// they came evenly.
fn lately(events: u64, ago: Millis) -> u64 {
    if ago <= REPEATED_WITHIN {
        return events;
    }
    let share = u128::from(events) * u128::from(REPEATED_WITHIN.0) / u128::from(ago.0);
    u64::try_from(share).unwrap_or(events)
}

#[cfg(test)]
mod tests;
