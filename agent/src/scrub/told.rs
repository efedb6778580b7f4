//! What of a scrub's standing goes out as lists: all findings of all places, bounded.

use super::finding::MAX_TOLD;
use super::message::piece::Located;
use super::standing::Standing;

/// The findings of all places: what is open before what is over, the newest first; at most
/// [`MAX_TOLD`].
pub fn located(standing: &Standing) -> Vec<Located> {
    let of_place = |place: &'_ super::standing::Place| -> Vec<Located> {
        let place_of = |finding: &super::finding::Finding| Located {
            place: place.part.clone(),
            finding: finding.clone(),
        };
        place.findings.iter().map(place_of).collect()
    };
    let mut all: Vec<Located> = standing.places.iter().flat_map(of_place).collect();
    all.sort_by_key(|one| one.finding.rank());
    all.truncate(MAX_TOLD);
    all
}
