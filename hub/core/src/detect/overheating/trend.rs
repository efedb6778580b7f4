//! Where the temperatures of the last minutes lead to.

use crate::time::{Millis, Moment};
use std::collections::VecDeque;

/// The temperatures of so long are looked at.
pub(crate) const SPAN: Millis = Millis::from_s(5 * 60);
/// Temperatures that lie nearer together than this are one.
pub(crate) const APART: Millis = Millis::from_s(10);
/// Most temperatures that are looked at: [`SPAN`] by [`APART`], and both ends.
pub(crate) const MAX_POINTS: usize = 31;
/// Fewer temperatures than this lead nowhere.
const FEWEST: usize = 5;
/// Degrees beyond are nonsense, in tenths of a degree Celsius.
const POSSIBLE: core::ops::RangeInclusive<i64> = -600..=2_000;

/// The temperatures of the last [`SPAN`], in tenths of a degree Celsius, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Trend {
    points: VecDeque<(Moment, i64)>,
}

impl Trend {
    /// Nobody looked.
    pub(crate) fn forget(&mut self) {
        self.points.clear();
    }

    /// Takes a temperature; gives whether it is a point of its own, so that the answer may be another.
    #[must_use]
    pub(crate) fn note(&mut self, deci_celsius: i64, at: Moment) -> bool {
        let near = |(last, _): &(Moment, i64)| at.since(*last) < APART;
        if !POSSIBLE.contains(&deci_celsius) || self.points.back().is_some_and(near) {
            return false;
        }
        while self.points.len() >= MAX_POINTS
            || self
                .points
                .front()
                .is_some_and(|(t, _)| at.since(*t) > SPAN)
        {
            self.points.pop_front();
        }
        self.points.push_back((at, deci_celsius));
        true
    }

    /// Whether the processor reaches a limit within so long, if it goes on as in the whole span and
    /// as in its newer half, and if a rise that slows down is taken to slow down further.
    ///
    /// A slope is the median of those between any two points (Theil, Sen), which does not see a
    /// step that is over, such as that of a new load.
    pub(crate) fn leads_to(&self, deci_celsius: i64, within: Millis) -> bool {
        let (Some((oldest, _)), Some((newest, now))) = (self.points.front(), self.points.back())
        else {
            return false;
        };
        if self.points.len() < FEWEST || newest.since(*oldest).0 < SPAN.0 / 2 {
            return false;
        }
        let half = self.points.len() / 2;
        let slopes = [(0, MAX_POINTS), (0, half + 1), (half, MAX_POINTS)];
        let [Some(whole), Some(older), Some(newer)] =
            slopes.map(|(skip, end)| self.slope_per_hour(skip, end))
        else {
            return false;
        };
        let needed = i128::from(deci_celsius.saturating_sub(*now).max(1)) * HOUR_MS;
        let in_time = whole.min(newer) * i128::from(within.0) >= needed;
        // Of gains that shrink by the same factor from half to half, a geometric series is left.
        let half_ms = i128::from(newest.since(*oldest).0 / 2);
        let not_settling = newer >= older || newer * newer * half_ms >= needed * (older - newer);
        in_time && not_settling
    }

    /// The median slope between any two of the points from one number to before another, in tenths
    /// of a degree an hour.
    fn slope_per_hour(&self, skip: usize, end: usize) -> Option<i128> {
        let mut slopes = Vec::new();
        for (nth, (from, low)) in self.points.iter().enumerate().take(end).skip(skip) {
            for (to, high) in self.points.iter().take(end).skip(nth + 1) {
                let length_ms = i128::from(to.since(*from).0);
                if length_ms == 0 {
                    return None;
                }
                slopes.push(i128::from(high - low) * HOUR_MS / length_ms);
            }
        }
        slopes.sort_unstable();
        slopes.get(slopes.len() / 2).copied()
    }
}

const HOUR_MS: i128 = 3_600_000;

#[cfg(test)]
mod tests {
    use super::*;

    const TEN_MINUTES: Millis = Millis::from_s(600);

    /// Whether a course of so many points, ten seconds apart, leads to 85 °C.
    fn leads(points: usize, course: impl Fn(i64) -> i64) -> bool {
        let mut trend = Trend::default();
        for nth in 0..points {
            assert!(trend.note(course(nth as i64), Moment(nth as u64 * 10_000)));
        }
        trend.leads_to(850, TEN_MINUTES)
    }

    #[test]
    fn a_steady_rise_leads_to_the_limit_and_other_courses_do_not() {
        // From 70.0 °C on, 0.3 °C each ten seconds.
        assert!(leads(31, |n| 650 + n * 3));
        assert!(leads(16, |n| 650 + n * 3));
        assert!(!leads(15, |n| 650 + n * 3), "not seen for long enough");
        assert!(!leads(31, |n| 700 + n / 3), "too slow");
        assert!(!leads(31, |n| 760 + n % 2 * 15), "noise");
        assert!(!leads(31, |n| 790 - n * 3), "it falls");
    }

    #[test]
    fn a_step_leads_nowhere_whenever_it_was() {
        for step in 0..31 {
            let course = |n| if n < step { 600 } else { 790 };
            assert!(!leads(31, course), "step after {step}");
        }
    }

    #[test]
    fn a_rise_that_comes_to_rest_leads_to_the_limit_only_if_that_is_above_it() {
        // As a cooler that settles, from 45.0 °C on, by so many parts of the rest each ten seconds.
        for (rest, parts, expected) in [
            (780.0, 8.0, false),
            (780.0, 24.0, false),
            (1000.0, 48.0, true),
        ] {
            let mut deci_celsius = 450.0;
            let mut course = Vec::new();
            while deci_celsius < f64::min(rest - 5.0, 845.0) {
                course.push(deci_celsius as i64);
                deci_celsius += (rest - deci_celsius) / parts;
            }
            let hot = (31..course.len()).filter(|end| course[*end - 1] >= 700);
            let ends: Vec<bool> = hot
                .map(|end| leads(31, |n| course[end - 31 + n as usize]))
                .collect();
            assert!(
                !ends.is_empty() && ends.iter().all(|leads| *leads == expected),
                "{rest} {parts} {ends:?}"
            );
        }
    }

    #[test]
    fn points_are_bounded_and_what_is_near_or_nonsense_is_none() {
        let mut trend = Trend::default();
        for nth in 0..10_000 {
            let is_point = trend.note(700, Moment(nth * 1_000));
            assert_eq!(is_point, nth % 10 == 0, "{nth} s");
            assert!(!trend.note(i64::MAX, Moment(nth * 1_000)));
        }
        assert_eq!(trend.points.len(), MAX_POINTS);
        assert!(!trend.note(700, Moment(0)), "time that runs backwards");
        assert_eq!(trend.points.len(), MAX_POINTS);
    }
}
