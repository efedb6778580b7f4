//! How much is written a day: the median of the slopes between all pairs of days (Theil–Sen), which
//! one day unlike the others does not move far. The quartiles of the slopes are its spread.

/// The newest days that count.
pub(crate) const MOST_DAYS: i64 = 90;
/// If these newest days are unlike the whole, the load has changed, and they count alone.
pub(crate) const RECENT_DAYS: i64 = 14;
/// Less history says nothing yet.
pub(crate) const LEAST_DAYS: u32 = 3;

/// Fewer points say nothing of their spread.
const LEAST_POINTS: usize = 3;

/// What was written until a day began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Days since 1970-01-01, in UTC.
    pub number: i64,
    /// Written since the disk was first seen.
    pub written_kib: u64,
}

/// How much is written a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    /// The median of the slopes.
    pub(crate) per_day_kib: u64,
    /// Their lower quartile.
    pub(crate) low_kib: u64,
    /// Their upper quartile.
    pub(crate) high_kib: u64,
    /// From the first to the last day that counted.
    pub(crate) over_days: u32,
}

impl Rate {
    /// The rate by days, oldest first; none if their history is too short.
    pub(crate) fn of(days: &[Day]) -> Option<Rate> {
        let all = Rate::over(days, MOST_DAYS)?;
        let recent = Rate::over(days, RECENT_DAYS).unwrap_or(all);
        let changed = recent.low_kib > all.high_kib || recent.high_kib < all.low_kib;
        Some(if changed { recent } else { all })
    }

    fn over(days: &[Day], most_days: i64) -> Option<Rate> {
        let last = days.last()?.number;
        let first = days.partition_point(|d| d.number < last.saturating_sub(most_days));
        let days = days.get(first..)?;
        let over_days = last.saturating_sub(days.first()?.number);
        let over_days = u32::try_from(over_days).ok()?;
        if over_days < LEAST_DAYS || days.len() < LEAST_POINTS {
            return None;
        }
        let mut slopes = Vec::with_capacity(days.len() * days.len() / 2);
        for (at, from) in days.iter().enumerate() {
            let later = days.iter().skip(at + 1);
            slopes.extend(later.filter_map(|to| slope(from, to)));
        }
        slopes.sort_unstable();
        let quartile = |n: usize| slopes.get(slopes.len() * n / 4).copied();
        Some(Rate {
            per_day_kib: quartile(2)?,
            low_kib: quartile(1)?,
            high_kib: quartile(3)?,
            over_days,
        })
    }
}

fn slope(from: &Day, to: &Day) -> Option<u64> {
    let days = u64::try_from(to.number.checked_sub(from.number)?).ok()?;
    to.written_kib
        .saturating_sub(from.written_kib)
        .checked_div(days)
}
