//! What MQTT's topic filters match (MQTT 3.1.1, 4.7), and what two of them have in common.

use std::str::Split;

/// What a shared subscription begins with.
const SHARE: &str = "$share/";

/// The filter of a shared subscription `$share/GROUP/FILTER`; any other as it is.
pub(super) fn without_share(filter: &str) -> &str {
    let shared = filter
        .strip_prefix(SHARE)
        .and_then(|rest| rest.split_once('/'));
    shared.map_or(filter, |(_group, filter)| filter)
}

/// Whether `outer` matches every topic that `inner` matches; a topic is the filter that matches
/// itself alone.
pub(super) fn covers(outer: &str, inner: &str) -> bool {
    let hidden = inner.starts_with('$') && outer.starts_with(['+', '#']);
    !hidden && levels_cover(outer.split('/'), inner.split('/'))
}

fn levels_cover(mut outer: Split<'_, char>, mut inner: Split<'_, char>) -> bool {
    loop {
        match (outer.next(), inner.next()) {
            // "a/#" matches "a" as well.
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(level)) if level != "#" => {}
            (Some(outer), Some(inner)) if outer == inner => {}
            _ => return false,
        }
    }
}

/// Whether there is a topic that both match.
pub(super) fn overlaps(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (one.split('/'), other.split('/'));
    loop {
        match (one.next(), other.next()) {
            (Some("#"), _) | (_, Some("#")) | (None, None) => return true,
            (Some("+"), Some(_)) | (Some(_), Some("+")) => {}
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_covers_what_it_matches_and_no_more() {
        for (outer, inner, covered) in [
            ("a/b", "a/b", true),
            ("a/b", "a/c", false),
            ("a/b", "a/b/c", false),
            ("a/b/c", "a/b", false),
            ("a/+", "a/b", true),
            ("a/+", "a/+", true),
            ("a/+", "a/#", false),
            ("a/+", "a", false),
            ("a/+", "a/", true),
            ("a/+/c", "a/b/c", true),
            ("a/+/c", "a/b/d", false),
            ("a/#", "a", true),
            ("a/#", "a/b/c", true),
            ("a/#", "a/+/c", true),
            ("a/#", "a/#", true),
            ("a/#", "+/b", false),
            ("a/#", "#", false),
            ("a/b", "a/+", false),
            ("#", "$SYS/x", false),
        ] {
            assert_eq!(covers(outer, inner), covered, "{outer} {inner}");
        }
    }

    #[test]
    fn two_filters_overlap_if_one_topic_matches_both() {
        for (one, other, common) in [
            ("a/+/join", "#", true),
            ("a/+/join", "+/b/+", true),
            ("a/+/join", "a/b/#", true),
            ("a/+/join", "a/b/join/#", true),
            ("a/+/join", "a/b/joined", false),
            ("a/+/join", "a/b", false),
            ("a/+/join", "a/b/join/c", false),
            ("a/+/join", "b/#", false),
        ] {
            assert_eq!(overlaps(one, other), common, "{one} {other}");
            assert_eq!(overlaps(other, one), common, "{other} {one}");
        }
    }

    #[test]
    fn a_shared_subscription_is_looked_through() {
        assert_eq!(without_share("$share/group/a/b"), "a/b");
        assert_eq!(without_share("$share/group"), "$share/group");
        assert_eq!(without_share("a/b"), "a/b");
    }
}
