//! What the manifest shows of a card that went back.

use super::*;

#[test]
fn a_manifest_that_is_not_the_last_one_is_a_disk_that_went_back() {
    // Passes and root of the next boot, and what is said of them.
    let table = [
        (5, 0xAAAA, None),
        (6, 0xBBBB, None),
        (
            4,
            0xAAAA,
            Some(
                "Picket's list of what it read back: that of scrub 5 was confirmed before this boot, that of \
             scrub 4 is found now",
            ),
        ),
        (
            5,
            0xBBBB,
            Some(
                "Picket's list of what it read back: that of scrub 5 is another one than before this boot",
            ),
        ),
    ];
    for canary in [None, Some((11, 11))] {
        for (passes, root, told) in table {
            let mut pi = Pi::new();
            pi.scrub.canary = canary;
            pi.says(&[]);
            pi.reboot();
            (pi.scrub.passes, pi.scrub.root) = (passes, root);
            pi.says(&[]);
            let evidence = pi
                .world
                .hub
                .incidents()
                .next()
                .map(|i| i.evidence[0].as_str());
            assert_eq!(evidence, told, "{passes} {root:x}");
            if told.is_some() {
                assert_eq!(open(&pi), rolled_back(Severity::Ticket));
                pi.reboot();
                pi.says(&[]);
                assert!(open(&pi).is_empty());
            }
        }
    }
}

#[test]
fn what_comes_late_or_without_a_root_takes_back_nothing_of_what_was_confirmed() {
    let mut pi = Pi::new();
    pi.scrub.passes = 4;
    pi.says(&[]);
    pi.reboot();
    pi.says(&[]);
    assert_eq!(open(&pi), rolled_back(Severity::Ticket), "5 were confirmed");

    let mut pi = Pi::new();
    let readings = pi.scrub.readings();
    let others = readings
        .into_iter()
        .filter(|reading| reading.quantity != Quantity::SCRUB_ROOT);
    let none = reading(Quantity::SCRUB_ROOT, DISK, Err(Missing::Busy));
    let readings: Vec<Reading> = others.chain([none]).collect();
    pi.sends(false, &readings, &[]);
    pi.reboot();
    pi.scrub.root = 0xBBBB;
    pi.says(&[]);
    assert_eq!(
        open(&pi),
        rolled_back(Severity::Ticket),
        "it had another root"
    );
}
