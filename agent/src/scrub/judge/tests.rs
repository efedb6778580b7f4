//! Every case of the table, with who is accused of what.

use super::*;
use crate::scrub::manifest::record::Fault;
use FindingKind::{Checksum, Flapping, Stable, Transient, Unreadable};
use FindingState::{GoodAgain, Open, Rewritten};

const NOW_S: u64 = 1000;
const FOUND_S: u64 = 500;

/// Contents, by a letter; `!` is an error of the medium, `#` one of the filesystem's checksum.
fn read(letter: char, word: Option<Word>) -> Read {
    let failure = |kind| {
        Seen::Failed(Failure {
            kind,
            block: 1,
            blocks: 1,
        })
    };
    let seen = match letter {
        '!' => failure(Unreadable),
        '#' => failure(Checksum),
        letter => Seen::Bytes(content(letter)),
    };
    Read { seen, word }
}

fn content(letter: char) -> Content {
    Content {
        digest: [letter as u8; 32],
        blocks: vec![1, letter as u32, 3],
    }
}

fn stamp(ctime_ns: i64, mtime_ns: i64) -> Stamp {
    Stamp {
        inode: 5,
        size: 12_000,
        mtime_ns,
        ctime_ns,
    }
}

const AS_BEFORE: (i64, i64) = (10, 10);
const TOUCHED: (i64, i64) = (20, 10);
const WRITTEN: (i64, i64) = (20, 20);

fn old(trust: Trust, letter: char) -> Record {
    Record {
        path: b"a".to_vec(),
        segment: 0,
        stamp: stamp(10, 10),
        trust,
        attested: false,
        digest: content(letter).digest,
        blocks: content(letter).blocks,
        fault: None,
    }
}

fn with(kind: FindingKind, truth: GroundTruth, old: Record) -> Record {
    let fault = Fault {
        kind,
        state: Open,
        truth,
        found_unix_s: FOUND_S,
        block: 1,
        blocks: 1,
        sector: 0,
        cached_copy_is_good: false,
        times_are_weak: false,
    };
    Record {
        fault: Some(fault),
        ..old
    }
}

struct Case<'a> {
    old: Option<&'a Record>,
    times: (i64, i64),
    is_settled: bool,
    words: [Option<Word>; 3],
}

impl Case<'_> {
    /// What becomes of reads, the later ones of which happen only where the first is not enough.
    fn judge(&self, letters: &str) -> Judged {
        let (ctime_ns, mtime_ns) = self.times;
        let reads: Vec<_> = letters
            .chars()
            .zip(self.words)
            .map(|(letter, word)| read(letter, word))
            .collect();
        let look = |reads| Look {
            old: self.old,
            path: b"a",
            segment: 0,
            stamp: stamp(ctime_ns, mtime_ns),
            is_settled: self.is_settled,
            now_unix_s: NOW_S,
            reads,
        };
        let more = needs_more(&look(&reads[..1]));
        assert_eq!(more, reads.len() == READS, "{letters}");
        judge(&look(&reads))
    }
}

fn at(old: Option<&Record>, times: (i64, i64)) -> Case<'_> {
    Case {
        old,
        times,
        is_settled: true,
        words: [None; 3],
    }
}

/// Trust, content and what is against it.
fn check(
    case: &Case,
    reads: &str,
    trust: Trust,
    letter: char,
    fault: Option<(FindingKind, FindingState)>,
) {
    let judged = case.judge(reads);
    let record = judged.record;
    let of = record.fault.map(|fault| (fault.kind, fault.state));
    assert_eq!((record.trust, of), (trust, fault), "{reads}");
    let digest = match letter {
        '-' => [0; 32],
        letter => content(letter).digest,
    };
    assert_eq!(record.digest, digest, "{reads}");
    let was = case
        .old
        .and_then(|old| old.fault)
        .is_some_and(|fault| fault.state == Open);
    if let Some(fault) = record.fault {
        assert_eq!(
            fault.found_unix_s,
            if was { FOUND_S } else { NOW_S },
            "{reads}"
        );
        assert_eq!(fault.block, 1, "{reads}");
    }
    assert!(!judged.is_changing, "{reads}");
}

use Trust::{Candidate, Truth, Unsettled};

#[test]
fn what_nobody_knows_is_a_candidate_and_two_scrubs_make_it_a_truth() {
    let candidate = old(Candidate, 'a');
    let unsettled = old(Unsettled, 'x');
    check(&at(None, WRITTEN), "a", Candidate, 'a', None);
    check(&at(Some(&unsettled), AS_BEFORE), "a", Candidate, 'a', None);
    check(&at(Some(&candidate), AS_BEFORE), "a", Truth, 'a', None);
    check(&at(Some(&candidate), WRITTEN), "b", Candidate, 'b', None);
    check(&at(Some(&candidate), TOUCHED), "a", Truth, 'a', None);
}

#[test]
fn nobody_is_accused_on_the_word_of_one_scrub() {
    let candidate = old(Candidate, 'a');
    let case = at(Some(&candidate), AS_BEFORE);
    check(&case, "bbb", Candidate, 'b', None);
    check(&case, "baa", Truth, 'a', Some((Transient, GoodAgain)));
    for reads in ["bcd", "bab", "bba", "bcc"] {
        check(&case, reads, Candidate, 'a', Some((Flapping, Open)));
    }
}

#[test]
fn a_truth_accuses_after_three_reads() {
    let truth = old(Truth, 'a');
    let case = at(Some(&truth), AS_BEFORE);
    check(&case, "a", Truth, 'a', None);
    check(&case, "bbb", Truth, 'a', Some((Stable, Open)));
    check(&case, "baa", Truth, 'a', Some((Transient, GoodAgain)));
    check(&case, "!aa", Truth, 'a', Some((Transient, GoodAgain)));
    for reads in ["bcb", "bba", "bab", "bcd", "!bb", "!ab"] {
        check(&case, reads, Truth, 'a', Some((Flapping, Open)));
    }
    for reads in ["!!!", "!!b", "b!!", "bb!"] {
        check(&case, reads, Truth, 'a', Some((Unreadable, Open)));
    }
    check(&case, "###", Truth, 'a', Some((Checksum, Open)));
    // Somebody changed it: no accusation.
    check(&at(Some(&truth), WRITTEN), "b", Candidate, 'b', None);
    check(&at(Some(&truth), TOUCHED), "b", Candidate, 'b', None);
    check(&at(Some(&truth), WRITTEN), "a", Truth, 'a', None);
}

#[test]
fn what_cannot_be_read_needs_no_truth() {
    check(
        &at(None, WRITTEN),
        "!!!",
        Unsettled,
        '-',
        Some((Unreadable, Open)),
    );
    check(
        &at(None, WRITTEN),
        "!aa",
        Candidate,
        'a',
        Some((Transient, GoodAgain)),
    );
    check(
        &at(None, WRITTEN),
        "!ab",
        Unsettled,
        'a',
        Some((Flapping, Open)),
    );
    let gone = with(Unreadable, GroundTruth::None, old(Unsettled, 'x'));
    let case = at(Some(&gone), AS_BEFORE);
    check(&case, "!!!", Unsettled, 'x', Some((Unreadable, Open)));
    check(&case, "aaa", Candidate, 'a', Some((Unreadable, GoodAgain)));
    check(&case, "aba", Unsettled, 'x', Some((Flapping, Open)));
    let known = with(Unreadable, GroundTruth::None, old(Truth, 'a'));
    let case = at(Some(&known), AS_BEFORE);
    check(&case, "aaa", Truth, 'a', Some((Unreadable, GoodAgain)));
    check(&case, "bbb", Truth, 'a', Some((Stable, Open)));
    let case = at(Some(&known), WRITTEN);
    check(&case, "bbb", Candidate, 'b', Some((Unreadable, Rewritten)));
}

#[test]
fn what_is_open_stays_open_until_it_is_good_three_times_or_written() {
    let rot = with(Stable, GroundTruth::Manifest, old(Truth, 'a'));
    let case = at(Some(&rot), AS_BEFORE);
    check(&case, "bbb", Truth, 'a', Some((Stable, Open)));
    check(&case, "ccc", Truth, 'a', Some((Stable, Open)));
    check(&case, "bcb", Truth, 'a', Some((Flapping, Open)));
    check(&case, "baa", Truth, 'a', Some((Flapping, Open)));
    check(&case, "!!!", Truth, 'a', Some((Unreadable, Open)));
    check(&case, "aaa", Truth, 'a', Some((Stable, GoodAgain)));
    // Its rights were changed, and the same block is as wrong as before.
    check(
        &at(Some(&rot), TOUCHED),
        "bbb",
        Truth,
        'a',
        Some((Stable, Open)),
    );
    // So it is with one more block wrong.
    let fault = rot.fault.map(|fault| Fault { blocks: 2, ..fault });
    let more = Record {
        fault,
        ..rot.clone()
    };
    check(
        &at(Some(&more), TOUCHED),
        "bbb",
        Truth,
        'a',
        Some((Stable, Open)),
    );
    let case = at(Some(&rot), WRITTEN);
    check(&case, "bbb", Candidate, 'b', Some((Stable, Rewritten)));
    check(&case, "aaa", Truth, 'a', Some((Stable, GoodAgain)));
    let flaps = with(Flapping, GroundTruth::None, old(Candidate, 'a'));
    let case = at(Some(&flaps), AS_BEFORE);
    check(&case, "aaa", Truth, 'a', Some((Flapping, GoodAgain)));
    check(&case, "aab", Candidate, 'a', Some((Flapping, Open)));
    // Nobody knows what is right: one scrub that reads the same three times does not tell.
    check(&case, "bbb", Candidate, 'b', Some((Flapping, Open)));
    let flaps = with(Flapping, GroundTruth::None, old(Unsettled, 'a'));
    let case = at(Some(&flaps), AS_BEFORE);
    check(&case, "aaa", Candidate, 'a', Some((Flapping, Open)));
    let case = at(Some(&flaps), WRITTEN);
    check(&case, "bbb", Candidate, 'b', Some((Flapping, Rewritten)));
}

#[test]
fn what_is_young_is_neither_a_baseline_nor_accused_and_ends_nothing() {
    let (candidate, truth) = (old(Candidate, 'a'), old(Truth, 'a'));
    let rot = with(Stable, GroundTruth::Manifest, old(Truth, 'a'));
    for (old, times, letter, trust, kept, is_changing) in [
        (None, WRITTEN, "a", Unsettled, 'a', true),
        (Some(&truth), WRITTEN, "b", Unsettled, 'b', true),
        (Some(&truth), AS_BEFORE, "a", Truth, 'a', false),
        (Some(&truth), AS_BEFORE, "b", Truth, 'a', true),
        (Some(&candidate), AS_BEFORE, "a", Candidate, 'a', false),
        (Some(&rot), WRITTEN, "b", Truth, 'a', true),
    ] {
        let case = Case {
            is_settled: false,
            ..at(old, times)
        };
        let judged = case.judge(letter);
        let record = judged.record;
        assert_eq!((record.trust, judged.is_changing), (trust, is_changing));
        assert_eq!(record.digest, content(kept).digest);
        assert_eq!(record.fault, old.and_then(|old| old.fault));
    }
}

/// What a package's words make of three reads: trust, content, and what is against it.
fn by_package(
    old: Option<&Record>,
    times: (i64, i64),
    reads: &str,
    words: [Word; 3],
) -> (
    Trust,
    bool,
    Option<(FindingKind, FindingState, GroundTruth)>,
) {
    let case = Case {
        words: words.map(Some),
        ..at(old, times)
    };
    let record = case.judge(reads).record;
    let of = |fault: Fault| (fault.kind, fault.state, fault.truth);
    (record.trust, record.attested, record.fault.map(of))
}

#[test]
fn a_package_knows_what_no_scrub_has_seen() {
    use GroundTruth::{Manifest, Package, PackageList};
    use Word::{Agrees, ListAtFault, Rotted, Silent};
    let (candidate, truth) = (old(Candidate, 'a'), old(Truth, 'a'));
    let none = |reads, words| by_package(None, WRITTEN, reads, words);
    assert_eq!(none("a", [Agrees; 3]), (Truth, true, None));
    assert_eq!(none("a", [Silent; 3]), (Candidate, false, None));
    let rot = Some((Stable, Open, Package));
    assert_eq!(none("aaa", [Rotted; 3]), (Candidate, false, rot));
    let list = Some((Stable, Open, PackageList));
    assert_eq!(none("aaa", [ListAtFault; 3]), (Candidate, false, list));
    let passed = Some((Transient, GoodAgain, Package));
    assert_eq!(none("baa", [Rotted, Agrees, Agrees]), (Truth, true, passed));
    let flaps = Some((Flapping, Open, Package));
    assert_eq!(none("bab", [Rotted, Agrees, Rotted]).2, flaps);

    // The first scrub misread, or it did not.
    let first = |reads, words| by_package(Some(&candidate), AS_BEFORE, reads, words);
    assert_eq!(first("bbb", [Agrees; 3]), (Truth, true, None));
    assert_eq!(first("bbb", [Rotted; 3]), (Candidate, false, rot));
    assert_eq!(first("aaa", [Rotted; 3]), (Candidate, false, rot));
    assert_eq!(
        first("baa", [Rotted, Agrees, Agrees]),
        (Truth, true, passed)
    );
    let truly = |reads, words| by_package(Some(&truth), AS_BEFORE, reads, words);
    assert_eq!(truly("bbb", [Rotted; 3]).2, Some((Stable, Open, Manifest)));
}

#[test]
fn what_a_package_has_against_a_file_ends_by_the_package_or_by_writing() {
    use GroundTruth::{Package, PackageList};
    use Word::{Agrees, ListAtFault, Rotted, Silent};
    let rot = with(Stable, Package, old(Candidate, 'a'));
    let list = with(Stable, PackageList, old(Candidate, 'a'));
    let open = Some((Stable, Open, Package));
    let says = |old, times, reads, word| by_package(Some(old), times, reads, [word; 3]);
    for word in [Rotted, Silent] {
        assert_eq!(says(&rot, AS_BEFORE, "aaa", word).2, open);
        assert_eq!(says(&rot, TOUCHED, "aaa", word).2, open);
    }
    let good = Some((Stable, GoodAgain, Package));
    assert_eq!(says(&rot, WRITTEN, "bbb", Agrees), (Truth, true, good));
    let written = Some((Stable, Rewritten, Package));
    assert_eq!(
        says(&rot, WRITTEN, "bbb", Silent),
        (Candidate, false, written)
    );
    let of_list = Some((Stable, Open, PackageList));
    // What the list is at fault for becomes a truth of the manifest like any other file.
    assert_eq!(
        says(&list, AS_BEFORE, "aaa", ListAtFault),
        (Truth, false, of_list)
    );
    let good = Some((Stable, GoodAgain, PackageList));
    assert_eq!(says(&list, AS_BEFORE, "aaa", Agrees), (Truth, true, good));
    let list = with(Stable, PackageList, old(Truth, 'a'));
    let found = says(&list, AS_BEFORE, "bbb", ListAtFault).2;
    assert_eq!(found, Some((Stable, Open, GroundTruth::Manifest)));
}
