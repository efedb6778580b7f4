//! A node's uptime in the hub's own time, learned from live frames only.
//!
//! A frame arrives later than it was sampled, never earlier, so that the smallest
//! (arrival − uptime) is nearest to the truth. The two clocks drift apart by seconds a day, so that
//! the smallest of the last six to twelve hours is used, not that of a boot months ago.

use crate::time::{Millis, Moment};
use picket_wire::BootId;

/// How long the smallest difference is collected before it gives way to newer ones.
pub(crate) const SPAN: Millis = Millis::from_s(6 * 3600);

/// The map of one boot of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeMap {
    boot: BootId,
    /// When the present span began.
    began: Moment,
    /// Smallest (arrival − uptime) of the present span, in milliseconds.
    smallest_ms: i64,
    /// That of the span before.
    before_ms: Option<i64>,
}

impl TimeMap {
    /// Learns from a live frame. A new boot begins anew.
    pub(crate) fn learn(map: &mut Option<TimeMap>, boot: BootId, uptime_ms: u64, now: Moment) {
        let ahead_ms = signed(now.0).saturating_sub(signed(uptime_ms));
        let next = match *map {
            Some(known) if known.boot == boot && now.since(known.began) < SPAN => TimeMap {
                smallest_ms: known.smallest_ms.min(ahead_ms),
                ..known
            },
            Some(known) if known.boot == boot => TimeMap {
                began: now,
                smallest_ms: ahead_ms,
                before_ms: Some(known.smallest_ms),
                boot,
            },
            Some(_) | None => TimeMap {
                boot,
                began: now,
                smallest_ms: ahead_ms,
                before_ms: None,
            },
        };
        *map = Some(next);
    }

    /// When an uptime of a boot was, in the hub's time; none if that boot was not heard live.
    /// Never later than `now`.
    pub(crate) fn moment(&self, boot: BootId, uptime_ms: u64, now: Moment) -> Option<Moment> {
        if boot != self.boot {
            return None;
        }
        let ahead_ms = self
            .before_ms
            .map_or(self.smallest_ms, |b| b.min(self.smallest_ms));
        let at = signed(uptime_ms).saturating_add(ahead_ms);
        Some(Moment(u64::try_from(at).unwrap_or(0)).min(now))
    }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOT: BootId = BootId(1);

    fn learned(frames: &[(u64, u64)]) -> TimeMap {
        let mut map = None;
        for &(uptime_ms, arrival) in frames {
            TimeMap::learn(&mut map, BOOT, uptime_ms, Moment(arrival));
        }
        map.unwrap()
    }

    #[test]
    fn the_frame_that_travelled_least_sets_the_map() {
        let map = learned(&[(1_000, 50_400), (2_000, 51_030), (3_000, 52_900)]);
        let at = map.moment(BOOT, 1_000, Moment(60_000));
        assert_eq!(at, Some(Moment(50_030)));
    }

    #[test]
    fn another_boot_has_no_moment() {
        let map = learned(&[(1_000, 50_000)]);
        assert_eq!(map.moment(BootId(2), 1_000, Moment(60_000)), None);
    }

    #[test]
    fn a_slow_clock_is_followed_after_two_spans() {
        let mut map = None;
        // The node's clock loses 100 ms an hour, far more than a crystal does.
        for hour in 0..48_u64 {
            let uptime_ms = hour * (3_600_000 - 100);
            TimeMap::learn(&mut map, BOOT, uptime_ms, Moment(hour * 3_600_000));
        }
        let now = Moment(47 * 3_600_000);
        let at = map
            .unwrap()
            .moment(BOOT, 47 * (3_600_000 - 100), now)
            .unwrap();
        assert!(now.since(at) <= Millis(1_200), "{:?} behind", now.since(at));
    }

    #[test]
    fn an_uptime_that_lies_stays_within_the_hubs_time() {
        let map = learned(&[(1_000_000, 500)]);
        assert_eq!(map.moment(BOOT, 0, Moment(900)), Some(Moment(0)));
        assert_eq!(map.moment(BOOT, u64::MAX, Moment(900)), Some(Moment(900)));
    }
}
