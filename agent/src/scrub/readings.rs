//! How the scrub stands as readings: the pass about the node, the rest about each place.

use super::standing::{Canary, Pass, Place, Standing};
use crate::parts::Named;
use crate::probe::Measured;
use picket_wire::{Missing, Quantity, Value};

/// What the pass says.
const OF_PASS: [Quantity; 7] = [
    Quantity::SCRUB_PROGRESS,
    Quantity::SCRUB_FILES,
    Quantity::SCRUB_READ,
    Quantity::SCRUB_REMAINING,
    Quantity::SCRUB_UNREAD,
    Quantity::SCRUB_AGE,
    Quantity::SCRUB_PERIOD,
];

/// What each place says.
const OF_PLACE: [Quantity; 7] = [
    Quantity::SCRUB_PASSES,
    Quantity::SCRUB_ERA,
    Quantity::SCRUB_ROOT,
    Quantity::CORRUPT_FILES,
    Quantity::FLAPPING_FILES,
    Quantity::UNREADABLE_FILES,
    Quantity::TRANSIENT_MISREADS,
];

/// What the canary says of its disk.
const OF_CANARY: [Quantity; 5] = [
    Quantity::CANARY_GENERATION,
    Quantity::CANARY_FOUND,
    Quantity::CANARY_LINEAGE,
    Quantity::CANARY_DROPPED,
    Quantity::CANARY_REFUSED,
];

/// Everything that a scrub of files says.
pub fn quantities() -> impl Iterator<Item = Quantity> {
    OF_PASS.into_iter().chain(OF_PLACE).chain(OF_CANARY)
}

/// Whether it changes from second to second while all is as it was, so that its change is no news.
pub fn creeps(quantity: Quantity) -> bool {
    OF_PASS.contains(&quantity)
}

/// The readings of a scrub that stands so.
pub fn of(standing: &Standing) -> Vec<Measured> {
    let pass = OF_PASS.into_iter().zip(pass(&standing.pass));
    let mut all: Vec<Measured> = pass
        .map(|(quantity, value)| Measured::of_node(quantity, value))
        .collect();
    let later = |quantity| Measured::of_node(quantity, Err(Missing::Busy));
    if standing.places.is_empty() {
        all.extend(OF_PLACE.map(later));
    }
    for place in &standing.places {
        all.extend(rows(&place.part, OF_PLACE, of_place(place)));
    }
    match &standing.canary {
        Some((part, of_part)) => all.extend(rows(part, OF_CANARY, canary(of_part))),
        None if standing.places.is_empty() => all.extend(OF_CANARY.map(later)),
        None => {}
    }
    all
}

fn rows<const N: usize>(
    part: &Named,
    quantities: [Quantity; N],
    values: [Value; N],
) -> impl Iterator<Item = Measured> {
    let rows = quantities.into_iter().zip(values);
    rows.map(move |(quantity, value)| Measured::of_part(quantity, part, value))
}

/// The readings of a scrub that reads no file, and why: nothing else tells whether files are what
/// was written.
pub fn of_none(why: Missing) -> Vec<Measured> {
    quantities()
        .map(|quantity| Measured::of_node(quantity, Err(why)))
        .collect()
}

fn pass(pass: &Pass) -> [Value; 7] {
    // Between the first start and the first pass there is nothing to tell of one.
    let has_begun = pass.running || pass.age_s.is_some();
    let of_pass = |count| match has_begun {
        true => Ok(whole(count)),
        false => Err(Missing::Busy),
    };
    let unread = &pass.unread;
    let unread = [unread.denied, unread.cached, unread.changing, unread.other];
    [
        match pass {
            Pass {
                running: true,
                bytes_expected: 0,
                ..
            } => Err(Missing::Busy),
            pass => of_pass(progress(pass)),
        },
        of_pass(pass.files),
        of_pass(pass.bytes / 1024),
        match (pass.running, pass.remaining_s) {
            (true, Some(remaining_s)) => Ok(whole(remaining_s)),
            (true, None) => Err(Missing::Busy),
            (false, _) => of_pass(0),
        },
        of_pass(unread.into_iter().fold(0, u64::saturating_add)),
        pass.age_s.map(whole).ok_or(Missing::Busy),
        Ok(whole(pass.period_s)),
    ]
}

/// In hundredths of a percent. What there is to read is an estimate: a pass that is not over is not
/// whole.
fn progress(pass: &Pass) -> u64 {
    const WHOLE: u64 = 10_000;
    if !pass.running {
        return WHOLE;
    }
    let expected = u128::from(pass.bytes_expected.max(1));
    let done = u128::from(pass.bytes) * u128::from(WHOLE) / expected;
    u64::try_from(done).map_or(WHOLE - 1, |done| done.min(WHOLE - 1))
}

fn of_place(place: &Place) -> [Value; 7] {
    [
        place.passes,
        place.era,
        place.root,
        place.corrupt,
        place.flapping,
        place.unreadable,
        place.transient,
    ]
}

fn canary(canary: &Canary) -> [Value; 5] {
    [
        canary.generation,
        canary.found,
        canary.lineage,
        canary.dropped,
        canary.refused,
    ]
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::About;
    use picket_wire::PartKind;

    fn value(standing: &Standing, quantity: Quantity) -> Vec<Value> {
        let rows = of(standing).into_iter();
        let rows = rows.filter(|row| row.quantity == quantity);
        rows.map(|row| row.value).collect()
    }

    #[test]
    fn before_the_first_pass_only_the_period_is_known() {
        let pass = Pass {
            period_s: 604_800,
            ..Pass::default()
        };
        let standing = Standing {
            pass,
            ..Standing::default()
        };
        let known: Vec<_> = of(&standing)
            .into_iter()
            .filter(|row| row.value != Err(Missing::Busy))
            .collect();
        let period = Measured::of_node(Quantity::SCRUB_PERIOD, Ok(604_800));
        assert_eq!(known, [period]);
        let told: Vec<_> = of(&standing).iter().map(|row| row.quantity).collect();
        assert_eq!(told, quantities().collect::<Vec<_>>());
    }

    #[test]
    fn a_pass_is_whole_only_when_it_is_over() {
        let pass = Pass {
            running: true,
            files: 3,
            bytes: 5_000_000,
            bytes_expected: 20_000_000,
            remaining_s: Some(60),
            ..Pass::default()
        };
        let mut standing = Standing {
            pass,
            ..Standing::default()
        };
        assert_eq!(value(&standing, Quantity::SCRUB_PROGRESS), [Ok(2500)]);
        assert_eq!(value(&standing, Quantity::SCRUB_READ), [Ok(4882)]);
        assert_eq!(value(&standing, Quantity::SCRUB_REMAINING), [Ok(60)]);
        assert_eq!(value(&standing, Quantity::SCRUB_AGE), [Err(Missing::Busy)]);
        standing.pass.bytes_expected = 0;
        let nobody_knows = [Err(Missing::Busy)];
        assert_eq!(value(&standing, Quantity::SCRUB_PROGRESS), nobody_knows);
        for expected in [1, 5_000_000] {
            standing.pass.bytes_expected = expected;
            assert_eq!(value(&standing, Quantity::SCRUB_PROGRESS), [Ok(9999)]);
        }
        standing.pass.running = false;
        standing.pass.age_s = Some(5);
        assert_eq!(value(&standing, Quantity::SCRUB_PROGRESS), [Ok(10_000)]);
        assert_eq!(value(&standing, Quantity::SCRUB_REMAINING), [Ok(0)]);
        assert_eq!(value(&standing, Quantity::SCRUB_AGE), [Ok(5)]);
    }

    #[test]
    fn what_a_place_says_is_about_its_part_and_what_the_canary_says_about_its_own() {
        let part = Named::new(PartKind::Disk, "cid/1", "mmcblk0");
        let place = Place {
            part: part.clone(),
            corrupt: Ok(2),
            flapping: Ok(0),
            unreadable: Err(Missing::Busy),
            transient: Ok(1),
            era: Ok(77),
            passes: Ok(9),
            root: Ok(1 << 47),
            findings: Vec::new(),
        };
        let mut standing = Standing {
            places: vec![place],
            ..Standing::default()
        };
        let of_part: Vec<_> = of(&standing)
            .into_iter()
            .filter(|row| row.about == About::Part(part.clone()))
            .map(|row| (row.quantity, row.value))
            .collect();
        assert_eq!(of_part.len(), OF_PLACE.len());
        assert!(of_part.contains(&(Quantity::CORRUPT_FILES, Ok(2))));
        assert!(of_part.contains(&(Quantity::SCRUB_ROOT, Ok(1 << 47))));
        let canary = Canary {
            generation: Ok(12),
            found: Ok(11),
            lineage: Ok(5),
            dropped: Ok(0),
            refused: Ok(1),
        };
        let card = Named::new(PartKind::Disk, "cid/2", "mmcblk1");
        standing.canary = Some((card.clone(), canary));
        for places in [1, 0] {
            standing.places.truncate(places);
            let of_card: Vec<_> = of(&standing)
                .into_iter()
                .filter(|row| row.about == About::Part(card.clone()))
                .map(|row| (row.quantity, row.value))
                .collect();
            let values = [Ok(12), Ok(11), Ok(5), Ok(0), Ok(1)];
            let expected: Vec<_> = OF_CANARY.into_iter().zip(values).collect();
            assert_eq!(of_card, expected);
            let found = value(&standing, Quantity::CANARY_FOUND);
            assert_eq!(found, [Ok(11)], "and of nothing else");
        }
    }
}
