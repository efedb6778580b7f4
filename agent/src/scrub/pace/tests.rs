//! How much is read, and what makes a pass rest.

use super::*;

const WEEK: Duration = Duration::from_secs(7 * 86_400);
const MIB: u64 = 1024 * 1024;

fn quiet() -> Signs {
    Signs::default()
}

#[test]
fn a_pass_takes_four_fifths_of_its_period_and_a_small_card_less() {
    let pace = Pace::new(4_000_000_000_000, WEEK);
    let seconds = 4_000_000_000_000 / pace.rate();
    assert_eq!(seconds / 3600, 134, "of the 168 hours of a week");
    assert_eq!(Pace::new(8_000_000_000, WEEK).rate(), SLOWEST);
    assert_eq!(Pace::new(0, Duration::ZERO).rate(), SLOWEST);
    assert_eq!(pace.remaining_s(0), 0);
    assert_eq!(Pace::new(0, WEEK).remaining_s(10 * MIB + 1), 11);
}

#[test]
fn what_is_read_faster_than_it_may_be_is_napped_off() {
    let mut pace = Pace::new(0, WEEK);
    let (mut bytes, mut clock) = (0, Duration::ZERO);
    // A disk of 20 MiB/s, and files of 16 KiB to 16 MiB.
    for i in 0..5_000_u64 {
        let size = (16 * 1024) << (i % 11);
        let took = Duration::from_nanos(size * 1_000_000_000 / (20 * MIB));
        pace.read(size, took);
        bytes += size;
        clock += took;
        if let Some(nap) = pace.nap() {
            assert!((SHORTEST_NAP..=LONGEST_NAP).contains(&nap));
            clock += nap;
            assert_eq!(pace.napped(nap, &quiet()), None);
        }
    }
    let rate = bytes / clock.as_secs();
    assert!((MIB * 99 / 100..MIB * 101 / 100).contains(&rate), "{rate}");
}

#[test]
fn a_disk_that_is_slower_than_the_pace_is_looked_at_all_the_same() {
    let mut pace = Pace::new(0, WEEK);
    let naps = (0..100).filter(|_| {
        pace.read(1, Duration::from_millis(500));
        let nap = pace.nap();
        if let Some(nap) = nap {
            pace.napped(nap, &quiet());
        }
        nap == Some(SHORTEST_NAP)
    });
    assert_eq!(naps.count(), 5, "each 10 s of 50");
}

#[test]
fn it_rests_on_battery_when_hot_and_when_others_wait_and_not_because_of_itself() {
    let mut pace = Pace::new(0, WEEK);
    let mut at = |signs: Signs| pace.napped(REST, &signs);
    let temperature = |now| Signs {
        temperature: Some(now),
        ..quiet()
    };
    let waited = |percent| Signs {
        waited: Some(percent),
        ..quiet()
    };
    for (signs, expected) in [
        (quiet(), None),
        (temperature(HOT - 1), None),
        (temperature(HOT), Some(Why::Hot)),
        (temperature(COOL), Some(Why::Hot)),
        (temperature(COOL - 1), None),
        (temperature(COOL), None),
        (waited(BUSY - 1), None),
        (waited(BUSY), Some(Why::Busy)),
        (waited(IDLE), Some(Why::Busy)),
        (waited(IDLE - 1), None),
        (
            Signs {
                is_throttled: true,
                ..quiet()
            },
            Some(Why::Hot),
        ),
        (
            Signs {
                on_battery: true,
                temperature: Some(HOT),
                ..waited(100)
            },
            Some(Why::OnBattery),
        ),
        (quiet(), None),
    ] {
        assert_eq!(at(signs), expected, "{signs:?}");
    }
}

#[test]
fn what_only_takes_the_processor_naps_too() {
    let mut pace = Pace::new(0, WEEK);
    let (mut looked, mut napped) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..100_000 {
        let took = Duration::from_micros(500);
        pace.looked(took);
        looked += took;
        if let Some(nap) = pace.nap() {
            pace.napped(nap, &quiet());
            napped += nap;
        }
    }
    assert!(napped >= looked * 3, "{napped:?} for {looked:?}");
}

#[test]
fn where_others_always_wait_files_are_read_a_segment_each_ten_minutes() {
    let mut pace = Pace::new(0, WEEK);
    let busy = Signs {
        waited: Some(100),
        ..quiet()
    };
    let rests: Vec<u64> = (0..3)
        .map(|_| {
            let mut rests = 0;
            while pace.napped(REST, &busy).is_some() {
                rests += 1;
            }
            rests
        })
        .collect();
    assert_eq!(rests, [LONGEST_BUSY.as_secs() / REST.as_secs(); 3]);
}
