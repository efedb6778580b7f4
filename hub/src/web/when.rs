//! A time as the page shows it: for people by the hub's own time zone, for machines in RFC 3339.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use picket_hub_core::time::{Millis, Now, Wall};

use crate::view::time;
use crate::view::words;

/// One point in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct When {
    /// For machines.
    pub(super) iso: String,
    /// For people: the date only if it is another day.
    pub(super) local: String,
    /// How long ago that was.
    pub(super) ago: String,
}

impl When {
    /// `wall` as seen at `now` in the time zone `zone`.
    pub(super) fn of(wall: Wall, now: &Now, zone: &TimeZone) -> When {
        When::at(time::timestamp(wall), now, zone)
    }

    /// A time by another clock than the hub's.
    pub(super) fn at(at: Timestamp, now: &Now, zone: &TimeZone) -> When {
        let there = at.to_zoned(zone.clone());
        let here = time::timestamp(now.wall).to_zoned(zone.clone());
        let same_day = there.date() == here.date();
        let format = if same_day {
            "%H:%M:%S"
        } else {
            "%Y-%m-%d %H:%M"
        };
        let ago_ms = now.wall.unix_ms.saturating_sub(at.as_millisecond());
        When {
            iso: at.to_string(),
            local: there.strftime(format).to_string(),
            ago: ago(Millis(u64::try_from(ago_ms).unwrap_or(0))),
        }
    }
}

/// How long ago something was, in words.
pub(super) fn ago(length: Millis) -> String {
    format!("{} ago", words::duration(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_hub_core::time::Moment;

    #[test]
    fn today_needs_no_date_and_yesterday_does() {
        let wall = |unix_ms| Wall {
            unix_ms,
            synchronised: true,
        };
        let now = Now {
            moment: Moment(0),
            wall: wall(1_795_244_333_000),
        };
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let today = When::of(wall(1_795_244_333_000 - 61_000), &now, &zone);
        assert_eq!(today.iso, "2026-11-21T06:57:52Z");
        assert_eq!(
            (today.local.as_str(), today.ago.as_str()),
            ("08:57:52", "1 min 1 s ago")
        );
        let earlier = When::of(wall(1_795_244_333_000 - 9 * 3_600_000), &now, &zone);
        assert_eq!(earlier.local, "2026-11-20 23:58");
        let ahead = When::of(wall(1_795_244_334_000), &now, &zone);
        assert_eq!(ahead.ago, "0 s ago");
    }
}
