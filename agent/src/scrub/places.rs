//! What is told of a disk on which several scrubbed folders lie: one place for each part.

use super::finding::{Finding, MAX_TOLD};
use super::standing::Place;
use picket_wire::Value;

/// One place for each part. Counts add up, those of the passes too: a root that is another one after as many passes is
/// wrong, and the hub says so. Eras and roots are what the manifests have together, so that each of
/// them shows a change.
pub fn by_part(places: Vec<Place>) -> Vec<Place> {
    let mut all: Vec<Place> = Vec::new();
    for place in places {
        match all.iter_mut().find(|known| known.part == place.part) {
            Some(known) => join(known, place),
            None => all.push(place),
        }
    }
    for place in &mut all {
        newest_first(&mut place.findings);
    }
    all
}

fn join(known: &mut Place, other: Place) {
    known.corrupt = sum(known.corrupt, other.corrupt);
    known.flapping = sum(known.flapping, other.flapping);
    known.unreadable = sum(known.unreadable, other.unreadable);
    known.transient = sum(known.transient, other.transient);
    known.passes = both(known.passes, other.passes, i64::saturating_add);
    known.era = both(known.era, other.era, |one, other| one ^ other);
    known.root = both(known.root, other.root, |one, other| one ^ other);
    known.findings.extend(other.findings);
}

/// Nothing found in one folder is no answer while another one was not looked at; something found is.
fn sum(one: Value, other: Value) -> Value {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok(one.saturating_add(other)),
        (Ok(found), Err(_)) | (Err(_), Ok(found)) if found > 0 => Ok(found),
        (Err(why), _) | (_, Err(why)) => Err(why),
    }
}

fn both(one: Value, other: Value, joined: fn(i64, i64) -> i64) -> Value {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok(joined(one, other)),
        (Err(why), _) | (_, Err(why)) => Err(why),
    }
}

/// What is open before what is over, the newest first; at most [`MAX_TOLD`].
pub fn newest_first(findings: &mut Vec<Finding>) {
    findings.sort_by_key(Finding::rank);
    findings.truncate(MAX_TOLD);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::Named;
    use crate::scrub::finding::path_hash;
    use picket_wire::{FindingKind, FindingState, GroundTruth, Missing, PartKind};

    fn place(disk: &str, corrupt: Value, era: i64) -> Place {
        Place {
            part: Named::new(PartKind::Disk, disk, disk),
            corrupt,
            flapping: Ok(0),
            unreadable: Ok(0),
            transient: Ok(1),
            era: Ok(era),
            passes: Ok(era),
            root: Ok(era),
            findings: Vec::new(),
        }
    }

    fn finding(path: &str, found_unix_s: u64, state: FindingState) -> Finding {
        Finding {
            kind: FindingKind::Stable,
            state,
            truth: GroundTruth::Manifest,
            cached_copy_is_good: false,
            times_are_weak: false,
            found_unix_s,
            block: 0,
            blocks: 1,
            sector: 0,
            path_hash: path_hash(path.as_bytes()),
            path: path.to_owned(),
            package: String::new(),
        }
    }

    #[test]
    fn two_folders_of_one_disk_are_one_place_and_two_disks_are_two() {
        let busy = Err(Missing::Busy);
        let all = by_part(vec![
            place("a", Ok(2), 5),
            place("b", Ok(7), 1),
            place("a", Ok(3), 6),
        ]);
        let told: Vec<_> = all
            .iter()
            .map(|place| (place.corrupt, place.transient, place.passes, place.era))
            .collect();
        let expected = [
            (Ok(5), Ok(2), Ok(11), Ok(5 ^ 6)),
            (Ok(7), Ok(1), Ok(1), Ok(1)),
        ];
        assert_eq!(told, expected);
        for (one, other, both) in [
            (Ok(0), busy, busy),
            (busy, Ok(0), busy),
            (Ok(1), busy, Ok(1)),
            (busy, Ok(1), Ok(1)),
        ] {
            let all = by_part(vec![place("a", one, 1), place("a", other, 1)]);
            assert_eq!(all.first().map(|place| place.corrupt), Some(both));
        }
    }

    #[test]
    fn what_is_open_is_told_before_what_is_over_and_the_newest_first() {
        let mut all: Vec<Finding> = (0..MAX_TOLD as u64)
            .map(|s| finding("/over", 1000 + s, FindingState::Deleted))
            .collect();
        all.push(finding("/old", 1, FindingState::Open));
        all.push(finding("/new", 2, FindingState::Open));
        newest_first(&mut all);
        let first: Vec<&str> = all.iter().take(3).map(|one| one.path.as_str()).collect();
        assert_eq!(first, ["/new", "/old", "/over"]);
        assert_eq!(all.len(), MAX_TOLD);
        assert_eq!(all.get(2).map(|one| one.found_unix_s), Some(1063));
    }
}
