//! Every case of the verdict.
use super::*;

const GOOD: [u8; 16] = [0x5a; 16];
const BAD: [u8; 16] = [0xc3; 16];
/// When the package was built, and when it was unpacked.
const BUILT_NS: i64 = 1_700_000_000 * SECOND_NS;
const UNPACKED_NS: i64 = 1_750_000_000 * SECOND_NS + 123_456_789;

fn file() -> Stamp {
    Stamp {
        inode: 1,
        size: 2,
        mtime_ns: BUILT_NS - 7 * SECOND_NS,
        ctime_ns: UNPACKED_NS - 2 * SECOND_NS,
    }
}

fn times() -> Times {
    Times {
        list_mtime_ns: UNPACKED_NS,
        list_ctime_ns: UNPACKED_NS + 40_000_000,
        sums_mtime_ns: BUILT_NS,
        sums_ctime_ns: UNPACKED_NS + 80_000_000,
    }
}

fn of(stamp: Stamp, times: Times) -> Word {
    of_sums(GOOD, BAD, stamp, times, false)
}

fn of_sums(
    listed: [u8; 16],
    md5: [u8; 16],
    stamp: Stamp,
    times: Times,
    times_are_weak: bool,
) -> Word {
    let listed = Listed {
        package: 0,
        md5: listed,
    };
    let computed = Computed {
        md5,
        stamp,
        times_are_weak,
    };
    judge(&listed, &computed, &times)
}

#[test]
fn a_file_that_stands_as_it_was_unpacked_has_rotted() {
    let stamp = file();
    assert_eq!(of(stamp, times()), Word::Rotted);
    assert_eq!(of_sums(GOOD, GOOD, stamp, times(), false), Word::Agrees);
    let weak = of_sums(GOOD, BAD, stamp, times(), true);
    assert_eq!(weak, Word::Rotted);
}

#[test]
fn whoever_writes_a_file_is_seen_by_one_of_its_times() {
    let later_ns = UNPACKED_NS + 3600 * SECOND_NS;
    for (how, mtime_ns, ctime_ns) in [
        ("written by an editor", later_ns, later_ns),
        (
            "overwritten by cp -p, rsync or prelink",
            file().mtime_ns,
            later_ns,
        ),
        ("overwritten by touch -d", 0, later_ns),
        ("chown by dpkg-statoverride", file().mtime_ns, later_ns),
        (
            "written while the clock was back",
            UNPACKED_NS - 9_876_543_211,
            UNPACKED_NS - 9_876_543_000,
        ),
        (
            "given an odd time before the copy",
            BUILT_NS - 1,
            UNPACKED_NS - 1,
        ),
        (
            "built later than its package",
            BUILT_NS + 60 * SECOND_NS,
            UNPACKED_NS - 1,
        ),
    ] {
        let stamp = Stamp {
            mtime_ns,
            ctime_ns,
            ..file()
        };
        assert_eq!(of(stamp, times()), Word::Silent, "{how}");
    }
}

#[test]
fn the_times_that_dpkg_left_are_its_own() {
    assert!(times().are_of_dpkg());
    let early = Times {
        list_ctime_ns: UNPACKED_NS - 1,
        ..times()
    };
    assert!(!early.are_of_dpkg());
}

#[test]
fn a_list_that_was_written_again_later_hides_no_writer() {
    let again = Times {
        list_mtime_ns: UNPACKED_NS + 9000 * SECOND_NS,
        list_ctime_ns: UNPACKED_NS + 9000 * SECOND_NS,
        ..times()
    };
    let between = Stamp {
        ctime_ns: UNPACKED_NS + 3600 * SECOND_NS,
        ..file()
    };
    assert_eq!(of(between, again), Word::Silent);
    assert_eq!(of(file(), again), Word::Rotted);
}

#[test]
fn a_system_that_was_copied_is_known_by_its_lists() {
    let copied_ns = UNPACKED_NS + 86_400 * SECOND_NS;
    let times = Times {
        list_ctime_ns: copied_ns,
        sums_ctime_ns: copied_ns,
        ..times()
    };
    assert!(!times.are_of_dpkg());
    let stamp = Stamp {
        ctime_ns: copied_ns - 1_000_001,
        ..file()
    };
    assert_eq!(of(stamp, times), Word::Rotted);
    let edited = Stamp {
        mtime_ns: UNPACKED_NS + 99,
        ..stamp
    };
    assert_eq!(of(edited, times), Word::Silent);
    let after = Stamp {
        ctime_ns: copied_ns + 1,
        ..file()
    };
    assert_eq!(of(after, times), Word::Silent);
}

#[test]
fn times_of_change_that_an_image_maker_chose_are_not_dpkgs() {
    let made = Times {
        list_mtime_ns: BUILT_NS + 86_400 * SECOND_NS,
        list_ctime_ns: BUILT_NS + 86_400 * SECOND_NS,
        sums_mtime_ns: BUILT_NS,
        sums_ctime_ns: BUILT_NS,
    };
    let stamp = Stamp {
        ctime_ns: BUILT_NS,
        mtime_ns: BUILT_NS,
        ..file()
    };
    assert_eq!(of(stamp, made), Word::Rotted);
    assert!(!made.are_of_dpkg());
}

#[test]
fn a_sum_that_is_nearly_right_has_rotted_itself() {
    let mut listed = BAD;
    for digit in 0..MAX_DIGITS as usize {
        listed[digit / 2] ^= if digit % 2 == 0 { 0x10 } else { 0x01 };
        let verdict = of_sums(listed, BAD, file(), times(), false);
        assert_eq!(verdict, Word::ListAtFault);
    }
    listed[15] ^= 0x80;
    let verdict = of_sums(listed, BAD, file(), times(), false);
    assert_eq!(verdict, Word::Rotted);
}

#[test]
fn no_times_overflow() {
    for ns in [i64::MIN, -1, 0, i64::MAX] {
        let stamp = Stamp {
            mtime_ns: ns,
            ctime_ns: ns,
            ..file()
        };
        let times = Times {
            list_mtime_ns: ns,
            list_ctime_ns: !ns,
            sums_mtime_ns: !ns,
            sums_ctime_ns: ns,
        };
        assert_ne!(of(stamp, times), Word::Agrees);
    }
}
