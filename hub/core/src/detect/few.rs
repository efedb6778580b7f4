//! A few things of one node that are told apart: one is found again, or made while there is room.

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
}
