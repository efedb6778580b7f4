//! Times for people: RFC 3339, and whether the clock that they come from can be trusted.

use jiff::Timestamp;
use picket_hub_core::time::{Moment, Now, Wall};

/// The word for a clock that was set from outside.
pub const SYNCHRONISED: &str = "synchronised";
/// The word for a clock that may show anything: the hub may be a machine without one.
pub const UNSYNCHRONISED: &str = "unsynchronised";

/// What `clock` says beside a time.
pub fn clock(synchronised: bool) -> String {
    let word = if synchronised {
        SYNCHRONISED
    } else {
        UNSYNCHRONISED
    };
    word.to_owned()
}

/// The point in time, in the range that a calendar has; what lies outside is its nearest end.
pub fn timestamp(wall: Wall) -> Timestamp {
    Timestamp::from_millisecond(wall.unix_ms).unwrap_or(if wall.unix_ms < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// The time in RFC 3339, UTC, with as many digits of the second as it has.
pub fn rfc3339(wall: Wall) -> String {
    timestamp(wall).to_string()
}

/// The hub's moment at a point in time, by the wall clock of now; the clock's zero at the earliest.
pub fn moment_at(now: &Now, at: Timestamp) -> Moment {
    let ago_ms = now.wall.unix_ms.saturating_sub(at.as_millisecond());
    let moment_ms = i64::try_from(now.moment.0).unwrap_or(i64::MAX);
    Moment(u64::try_from(moment_ms.saturating_sub(ago_ms)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wall(unix_ms: i64) -> Wall {
        Wall {
            unix_ms,
            synchronised: true,
        }
    }

    #[test]
    fn any_wall_time_has_a_text() {
        assert_eq!(rfc3339(wall(1_795_244_333_000)), "2026-11-21T06:58:53Z");
        assert_eq!(rfc3339(wall(1_795_244_333_250)), "2026-11-21T06:58:53.25Z");
        assert!(rfc3339(wall(i64::MAX)).starts_with("9999-12-3"));
        assert!(rfc3339(wall(i64::MIN)).starts_with("-009999-01-0"));
    }

    #[test]
    fn a_point_in_time_becomes_the_moment_at_which_the_hub_lived_it() {
        let now = Now {
            moment: Moment(60_000),
            wall: wall(1_000_000),
        };
        let at = |unix_ms| moment_at(&now, Timestamp::from_millisecond(unix_ms).unwrap());
        assert_eq!(at(990_000), Moment(50_000));
        assert_eq!(at(1_001_000), Moment(61_000));
        assert_eq!(at(0), Moment(0), "before the hub's machine booted");
        for moment in [Moment(0), Moment(50_000), Moment(61_000)] {
            assert_eq!(at(now.wall_at(moment).unix_ms), moment);
        }
    }
}
