//! A few things of one node that are told apart: one is found again, or made while there is room.

use crate::time::{Millis, Moment};

/// What nobody looked at for so long may give its place to another one. What is there is looked at
/// far more often, so that made-up things do not take its place.
pub(crate) const MAKES_ROOM_AFTER: Millis = Millis::from_s(24 * 3600);

/// The first of `known` that it is; else a new one, unless there are `most` already.
pub(crate) fn of<T>(
    known: &mut Vec<T>,
    most: usize,
    is_it: impl FnMut(&T) -> bool,
    new: impl FnOnce() -> T,
) -> Option<&mut T> {
    let at = match known.iter().position(is_it) {
        Some(at) => at,
        None if known.len() < most => {
            known.push(new());
            known.len() - 1
        }
        None => return None,
    };
    known.get_mut(at)
}

/// One of a few, and when it was looked at last.
#[derive(Debug)]
pub(crate) struct Looked<T> {
    last: Moment,
    it: T,
}

impl<T> Looked<T> {
    /// One that is taken up at a moment, as if it was looked at then.
    pub(crate) fn new(it: T, at: Moment) -> Looked<T> {
        Looked { last: at, it }
    }

    pub(crate) fn it(&self) -> &T {
        &self.it
    }

    pub(crate) fn it_mut(&mut self) -> &mut T {
        &mut self.it
    }
}

/// As [`of`], at a look at it. Where there is no room the one that was looked at longest ago makes
/// it, if that is [`MAKES_ROOM_AFTER`] ago.
pub(crate) fn lasting<T>(
    known: &mut Vec<Looked<T>>,
    most: usize,
    at: Moment,
    mut is_it: impl FnMut(&T) -> bool,
    new: impl FnOnce() -> T,
) -> Option<&mut T> {
    if known.len() >= most && !known.iter().any(|one| is_it(&one.it)) {
        let ages = known.iter().map(|one| one.last).enumerate();
        let (oldest, last) = ages.min_by_key(|(_, last)| *last)?;
        if at.since(last) < MAKES_ROOM_AFTER {
            return None;
        }
        known.remove(oldest);
    }
    let new = || Looked::new(new(), at);
    let one = of(known, most, |one| is_it(&one.it), new)?;
    one.last = at;
    Some(&mut one.it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_found_again_and_a_new_one_made_only_while_there_is_room() {
        let mut known = Vec::new();
        for (key, expected) in [("a", Some(1)), ("b", Some(1)), ("a", Some(2)), ("c", None)] {
            let one = of(&mut known, 2, |(of, _)| *of == key, || (key, 0));
            let counted = one.map(|(_, count)| {
                *count += 1;
                *count
            });
            assert_eq!(counted, expected, "{key}");
        }
        assert_eq!(known, [("a", 2), ("b", 1)]);
    }

    #[test]
    fn what_was_looked_at_longest_ago_makes_room_after_a_day() {
        let day_ms = MAKES_ROOM_AFTER.0;
        // When which one is looked at, and how often it was looked at then.
        let table = [
            (0, "a", Some(1)),
            (1, "b", Some(1)),
            (2, "a", Some(2)),
            (day_ms, "c", None),
            (day_ms + 1, "c", Some(1)),
            (day_ms + 1, "b", None),
            (day_ms + 2, "b", Some(1)),
            (day_ms + 3, "a", None),
            (day_ms + 3, "c", Some(2)),
        ];
        let mut known = Vec::new();
        for (at_ms, key, expected) in table {
            let one = lasting(
                &mut known,
                2,
                Moment(at_ms),
                |(of, _)| *of == key,
                || (key, 0),
            );
            let counted = one.map(|(_, count)| {
                *count += 1;
                *count
            });
            assert_eq!(counted, expected, "{key} at {at_ms}");
        }
        assert_eq!(known.len(), 2);
    }
}
