//! Counters that only their differences tell something of, summed over the last half to whole hour.
//!
//! Two snapshots are kept: the window begins at the older one, and when that is an hour old the
//! younger one takes its place.

use std::collections::BTreeMap;

/// Most writers that are told apart; further ones are left out.
pub(super) const MAX_WRITERS: usize = 512;
/// Longest window.
const LONGEST_MS: u64 = 3_600_000;

/// Who writes where: a unit or a program, and the disk: by the id of its part, and as `cgroup` reads
/// it still by its number (`MAJ:MIN`). Empty if unknown.
pub(super) type Key = (String, String);

/// A counter as it stood at the last look, and what it has grown by since the first.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    at: u64,
    total: u64,
}

/// Sums at a moment.
#[derive(Debug)]
struct Snapshot {
    at_ms: u64,
    totals: BTreeMap<Key, u64>,
}

/// The counters of all writers.
#[derive(Debug, Default)]
pub(super) struct Window {
    counters: BTreeMap<Key, Counter>,
    begin: Option<Snapshot>,
    middle: Option<Snapshot>,
}

impl Window {
    /// Takes what all counters say now, in bytes. A counter that was not there before counts from
    /// 0 if somebody has looked before, because it came up since; one that runs backwards belongs
    /// to something new of the same name.
    pub(super) fn look(&mut self, now_ms: u64, seen: BTreeMap<Key, u64>) {
        let is_first = self.begin.is_none();
        // What has gone, and wrote nothing in the window, makes room.
        let begin = self.begin.as_ref().map(|snapshot| &snapshot.totals);
        self.counters.retain(|key, counter| {
            let before = begin.and_then(|totals| totals.get(key)).copied();
            seen.contains_key(key) || counter.total > before.unwrap_or(0)
        });
        for (key, bytes) in seen {
            if let Some(counter) = self.counters.get_mut(&key) {
                let grown = bytes.checked_sub(counter.at).unwrap_or(bytes);
                counter.total = counter.total.saturating_add(grown);
                counter.at = bytes;
            } else if self.counters.len() < MAX_WRITERS {
                let total = if is_first { 0 } else { bytes };
                self.counters.insert(key, Counter { at: bytes, total });
            }
        }
        self.turn(now_ms);
    }

    fn turn(&mut self, now_ms: u64) {
        let age_ms = |snapshot: &Option<Snapshot>| {
            snapshot
                .as_ref()
                .map(|snapshot| now_ms.saturating_sub(snapshot.at_ms))
        };
        if self.begin.is_none() {
            self.begin = Some(self.snapshot(now_ms));
        } else if age_ms(&self.begin).is_some_and(|age_ms| age_ms >= LONGEST_MS) {
            self.begin = self.middle.take().or_else(|| self.begin.take());
        }
        let half_over = age_ms(&self.begin).is_some_and(|age_ms| age_ms >= LONGEST_MS / 2);
        if half_over && self.middle.is_none() {
            self.middle = Some(self.snapshot(now_ms));
        }
    }

    fn snapshot(&self, at_ms: u64) -> Snapshot {
        let totals = self.counters.iter();
        Snapshot {
            at_ms,
            totals: totals.map(|(key, c)| (key.clone(), c.total)).collect(),
        }
    }

    /// Who wrote anything in the window, in bytes, most first, and the window's length in seconds;
    /// none before a second look.
    pub(super) fn top(&self, now_ms: u64, count: usize) -> Option<(u32, Vec<(&Key, u64)>)> {
        let begin = self.begin.as_ref()?;
        let over_s = u32::try_from(now_ms.saturating_sub(begin.at_ms) / 1000).ok()?;
        if over_s == 0 {
            return None;
        }
        let written = |(key, counter): (&'_ Key, &Counter)| {
            let before = begin.totals.get(key).copied().unwrap_or(0);
            counter.total.saturating_sub(before)
        };
        let mut top: Vec<_> = self
            .counters
            .iter()
            .map(|(key, counter)| (key, written((key, counter))))
            .filter(|(_, bytes)| *bytes > 0)
            .collect();
        top.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
        top.truncate(count);
        Some((over_s, top))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: u64 = 60_000;

    fn seen(counters: &[(&str, u64)]) -> BTreeMap<Key, u64> {
        let key = |name: &str| (name.to_owned(), "179:0".to_owned());
        counters.iter().map(|(n, bytes)| (key(n), *bytes)).collect()
    }

    fn top(window: &Window, now_ms: u64) -> Option<(u32, Vec<(String, u64)>)> {
        let (over_s, top) = window.top(now_ms, 2)?;
        let named = |((name, _), bytes): (&Key, u64)| (name.clone(), bytes);
        Some((over_s, top.into_iter().map(named).collect()))
    }

    fn over(seconds: u32, top: &[(&str, u64)]) -> Option<(u32, Vec<(String, u64)>)> {
        let owned = |&(name, bytes): &(&str, u64)| (name.to_owned(), bytes);
        Some((seconds, top.iter().map(owned).collect()))
    }

    #[test]
    fn what_was_written_before_the_first_look_does_not_count() {
        let mut window = Window::default();
        window.look(0, seen(&[("a", 500), ("b", 7), ("c", 0)]));
        assert_eq!(top(&window, 0), None);
        window.look(
            MINUTE_MS,
            seen(&[("a", 510), ("b", 27), ("c", 1), ("d", 0)]),
        );
        let expected = over(60, &[("b", 20), ("a", 10)]);
        assert_eq!(top(&window, MINUTE_MS), expected);
    }

    #[test]
    fn a_counter_that_runs_backwards_or_comes_up_counts_from_nothing() {
        let mut window = Window::default();
        window.look(0, seen(&[("restarts", 500)]));
        window.look(MINUTE_MS, seen(&[("restarts", 30), ("new", 8)]));
        let expected = over(60, &[("restarts", 30), ("new", 8)]);
        assert_eq!(top(&window, MINUTE_MS), expected);
    }

    #[test]
    fn a_writer_that_has_ended_stays_in_the_window_that_it_wrote_in() {
        let mut window = Window::default();
        window.look(0, seen(&[("job", 0), ("idle", 3)]));
        window.look(MINUTE_MS, seen(&[("job", 90), ("idle", 3)]));
        window.look(2 * MINUTE_MS, seen(&[]));
        assert_eq!(top(&window, 2 * MINUTE_MS), over(120, &[("job", 90)]));
        assert_eq!(window.counters.len(), 1);
    }

    #[test]
    fn the_window_is_half_an_hour_to_an_hour_long_once_that_has_passed() {
        let mut window = Window::default();
        for minute in 0..600 {
            window.look(minute * MINUTE_MS, seen(&[("a", minute * 100)]));
            let Some((over_s, top)) = top(&window, minute * MINUTE_MS) else {
                assert_eq!(minute, 0);
                continue;
            };
            let written = u64::from(over_s) / 60 * 100;
            assert_eq!(top, [("a".to_owned(), written)], "{minute}");
            assert!(over_s <= 3600, "{minute}: {over_s}");
            assert!(minute < 60 || over_s >= 1800, "{minute}: {over_s}");
        }
    }

    #[test]
    fn no_more_writers_than_the_bound_are_kept_and_those_that_are_gone_make_room() {
        let many = |prefix: &str| {
            let key = |i| (format!("{prefix}{i}"), String::new());
            (0..2 * MAX_WRITERS).map(|i| (key(i), 1)).collect()
        };
        let mut window = Window::default();
        window.look(0, many("old"));
        assert_eq!(window.counters.len(), MAX_WRITERS);
        window.look(MINUTE_MS, many("new"));
        assert_eq!(window.counters.len(), MAX_WRITERS);
        assert!(
            window
                .counters
                .keys()
                .all(|(name, _)| name.starts_with("new"))
        );
    }
}
