//! Times that detectors remember: since when something holds, and the last few times that
//! something happened.

use crate::time::{Millis, Moment};

/// Since when something holds, as far as it was looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lasting {
    since: Option<Moment>,
}

impl Lasting {
    /// At a sampling it holds, or does not.
    pub(crate) fn note(&mut self, holds: bool, at: Moment) {
        self.since = holds.then(|| self.since.unwrap_or(at));
    }

    /// Nobody looked.
    pub(crate) fn forget(&mut self) {
        self.since = None;
    }

    /// Whether it holds for so long.
    pub(crate) fn lasts(&self, span: Millis, at: Moment) -> bool {
        self.since.is_some_and(|since| at.since(since) >= span)
    }
}

/// How long something was seen to hold. Longer times in which nobody looked are not counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SeenFor {
    since: Option<Moment>,
    look: LastLook,
}

/// Looks that lie no further apart than three times this see all that is between them.
const SEEN_EVERY: Millis = Millis::from_s(20 * 60);

impl SeenFor {
    /// At a sampling it holds, or does not.
    pub(crate) fn note(&mut self, holds: bool, at: Moment, every: Millis) {
        let (ago, far) = self.look.note(at, every.max(SEEN_EVERY));
        let unseen = if far { ago } else { Millis(0) };
        self.since = holds.then(|| self.since.map_or(at, |since| since + unseen));
    }

    /// Whether it was seen to hold for so long.
    pub(crate) fn lasts(&self, span: Millis, at: Moment) -> bool {
        self.since.is_some_and(|since| at.since(since) >= span)
    }
}

/// The last time of a look: whether nobody looked for a while is seen at the next.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LastLook {
    last: Option<Moment>,
}

impl LastLook {
    /// There is a sampling. Gives how long ago the one before was, and whether that is so long, or
    /// so strange, that what lasted until then is not known to have lasted since.
    pub(crate) fn note(&mut self, at: Moment, every: Millis) -> (Millis, bool) {
        let Some(last) = self.last.replace(at) else {
            return (Millis(0), false);
        };
        let longest = Millis(every.0.saturating_mul(3)).max(LONGEST_UNSEEN);
        let ago = at.since(last);
        (ago, at < last || ago > longest)
    }
}

/// Samplings that lie this far apart, or three times as far as they are due, leave unknown what
/// was between them.
const LONGEST_UNSEEN: Millis = Millis::from_s(60);

/// When something happened the last `N` times: enough to know whether it happened `N` times within
/// a span, however often it happened before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repeats<const N: usize> {
    /// The oldest first.
    times: [Option<Moment>; N],
}

impl<const N: usize> Default for Repeats<N> {
    fn default() -> Repeats<N> {
        Repeats { times: [None; N] }
    }
}

impl<const N: usize> Repeats<N> {
    /// It happened so many times.
    pub(crate) fn happened(&mut self, times: u64, at: Moment) {
        for _ in 0..times.min(N as u64) {
            self.times.rotate_left(1);
            if let Some(newest) = self.times.last_mut() {
                *newest = Some(at);
            }
        }
    }

    /// Whether the last `N` times were within a span that ends now.
    pub(crate) fn within(&self, span: Millis, at: Moment) -> bool {
        let oldest = self.times.first().copied().flatten();
        oldest.is_some_and(|oldest| at.since(oldest) <= span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_lasts_until_it_does_not_or_nobody_looked() {
        let mut lasting = Lasting::default();
        let minute = Millis::from_s(60);
        lasting.note(true, Moment(0));
        lasting.note(true, Moment(59_999));
        assert!(!lasting.lasts(minute, Moment(59_999)));
        assert!(lasting.lasts(minute, Moment(60_000)));
        lasting.note(false, Moment(60_000));
        lasting.note(true, Moment(60_001));
        assert!(!lasting.lasts(minute, Moment(60_002)));
    }

    #[test]
    fn what_was_seen_to_hold_did_not_hold_unseen() {
        let hour = Millis::from_s(3600);
        let at_min = |minutes: u64| Moment(minutes * 60_000);
        let mut seen = SeenFor::default();
        for minutes in [0, 20, 50, 50 + 1_000, 50 + 1_009] {
            seen.note(true, at_min(minutes), Millis::from_s(10));
            assert!(!seen.lasts(hour, at_min(minutes)), "{minutes}");
        }
        seen.note(true, at_min(1_060), Millis::from_s(10));
        assert!(seen.lasts(hour, at_min(1_060)));
        seen.note(false, at_min(1_061), Millis::from_s(10));
        assert!(!seen.lasts(hour, at_min(9_999)));
    }

    #[test]
    fn a_look_is_far_from_the_last_one_or_before_it() {
        let table = [
            (10_000, 70_000, false),
            (10_000, 70_001, true),
            (60_000, 190_000, false),
            (60_000, 190_001, true),
            (10_000, 9_999, true),
        ];
        for (every_ms, at_ms, far) in table {
            let mut look = LastLook::default();
            assert!(!look.note(Moment(10_000), Millis(every_ms)).1);
            let (_, is_far) = look.note(Moment(at_ms), Millis(every_ms));
            assert_eq!(is_far, far, "every {every_ms} at {at_ms}");
        }
    }

    #[test]
    fn three_times_within_a_span_are_the_last_three() {
        let span = Millis(100);
        let mut repeats = Repeats::<3>::default();
        repeats.happened(2, Moment(0));
        assert!(!repeats.within(span, Moment(0)));
        repeats.happened(1, Moment(101));
        assert!(!repeats.within(span, Moment(101)));
        repeats.happened(1, Moment(150));
        assert!(!repeats.within(span, Moment(150)));
        repeats.happened(u64::MAX, Moment(200));
        assert!(repeats.within(span, Moment(300)));
        assert!(!repeats.within(span, Moment(301)));
    }
}
