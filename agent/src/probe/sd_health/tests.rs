//! Cards that are asked, and the many more that are not.

use super::*;
use crate::testing::Tree;
use std::fs;
use std::path::Path;

/// A SanDisk, a Kingston whose health is told only after a write, and a card nobody knows.
const SANDISK: &str = "035344534431364780aabbccdd014a00";
const KINGSTON: &str = "4134325344313647307e3002af0102b5";
const SAMSUNG: &str = "1b534d30303030301012345678012300";

fn cid(text: &str) -> Cid {
    Cid::parse(text).unwrap()
}

fn disk(text: &str) -> Disk {
    let tree = card(text, "SD");
    disks::list(&tree.root()).unwrap().remove(0)
}

fn card(text: &str, kind: &str) -> Tree {
    Tree::new()
        .file("sys/block/mmcblk0/device/cid", text)
        .file("sys/block/mmcblk0/device/type", kind)
}

fn now() -> Now {
    Now {
        steady: Instant::now(),
        wall: SystemTime::now(),
        uptime_ms: SETTLED_MS,
    }
}

fn answer(used: u8) -> [u8; BLOCK] {
    let mut block = [0x20; BLOCK];
    block[..2].copy_from_slice(b"DS");
    block[8] = used;
    block
}

/// What a card answers, and the arguments of all commands that it was sent.
struct Double {
    /// The card that is in the slot, if another than the disk's.
    swapped: Option<Cid>,
    cid: Option<Cid>,
    answers: Vec<Result<[u8; BLOCK], Errno>>,
    sent: Vec<u32>,
}

impl Double {
    fn of(answers: &[Result<[u8; BLOCK], Errno>]) -> Double {
        Double {
            swapped: None,
            cid: None,
            answers: answers.to_vec(),
            sent: Vec::new(),
        }
    }

    fn used(&mut self, probe: &mut SdHealth, text: &str, now: Now) -> Value {
        self.cid = self.swapped.or(Cid::parse(text));
        probe.used(&disk(text), now, self)
    }
}

impl Slot for Double {
    fn cid(&self) -> Option<Cid> {
        self.cid
    }

    fn send(&mut self, arg: u32) -> Result<[u8; BLOCK], Errno> {
        let next = self.sent.len() % self.answers.len();
        self.sent.push(arg);
        self.answers[next]
    }
}

const EXT4: u32 = 0xef53;

/// A probe whose state is on a card, wherever the tests' files are.
fn allowing(text: &str, state: &Path) -> SdHealth {
    SdHealth {
        filesystem: |_| Ok(EXT4),
        ..SdHealth::new(vec![cid(text)], Some(state.to_owned()))
    }
}

fn files(state: &Path) -> Vec<String> {
    let entries = fs::read_dir(state.join("sd_health")).into_iter().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

const NOT_ASKED: Value = Err(Missing::NotSupported);

#[test]
fn a_card_that_the_owner_named_is_asked_twice_for_one_reading() {
    let state = tempfile::tempdir().unwrap();
    let mut double = Double::of(&[Ok(answer(7))]);
    let mut probe = allowing(SANDISK, state.path());
    assert_eq!(double.used(&mut probe, SANDISK, now()), Ok(7));
    assert_eq!(double.sent, [1, 1]);
    assert_eq!(files(state.path()), [format!("{SANDISK}.answer")]);
}

#[test]
fn a_card_that_is_not_named_or_not_known_or_has_no_memory_is_sent_nothing() {
    let state = tempfile::tempdir().unwrap();
    let without_state = SdHealth::new(vec![cid(SANDISK)], None);
    let garbled = SANDISK.replace("014a00", "014a4a");
    for (mut probe, text) in [
        (SdHealth::default(), SANDISK),
        (
            SdHealth::new(vec![], Some(state.path().to_owned())),
            SANDISK,
        ),
        (allowing(KINGSTON, state.path()), SANDISK),
        (without_state, SANDISK),
        (allowing(KINGSTON, state.path()), KINGSTON),
        (allowing(SAMSUNG, state.path()), SAMSUNG),
        (allowing(&garbled, state.path()), garbled.as_str()),
        (allowing(SANDISK, &state.path().join("nowhere")), SANDISK),
    ] {
        let mut double = Double::of(&[Ok(answer(7))]);
        for _ in 0..2 {
            assert_eq!(double.used(&mut probe, text, now()), NOT_ASKED, "{text}");
        }
        assert!(double.sent.is_empty(), "{text}");
    }
    assert_eq!(files(state.path()), [""; 0]);
}

#[test]
fn the_tombstone_stands_while_the_card_is_asked() {
    let state = tempfile::tempdir().unwrap();
    let mut probe = allowing(SANDISK, state.path());
    struct Watched<'a>(&'a Path);
    impl Slot for Watched<'_> {
        fn cid(&self) -> Option<Cid> {
            assert_eq!(files(self.0), [SANDISK]);
            Some(cid(SANDISK))
        }
        fn send(&mut self, _: u32) -> Result<[u8; BLOCK], Errno> {
            assert_eq!(files(self.0), [SANDISK]);
            Ok(answer(7))
        }
    }
    let seen = probe.used(&disk(SANDISK), now(), &mut Watched(state.path()));
    assert_eq!(seen, Ok(7));
}

#[test]
fn a_card_whose_tombstone_stands_is_not_asked_until_the_owner_deletes_it() {
    let state = tempfile::tempdir().unwrap();
    let mut double = Double::of(&[Ok(answer(7))]);
    let memory = Memory::of(state.path(), cid(SANDISK));
    // As a machine leaves it that crashed on the command.
    memory.bury().unwrap();
    for _ in 0..2 {
        let mut probe = allowing(SANDISK, state.path());
        assert_eq!(double.used(&mut probe, SANDISK, now()), NOT_ASKED);
    }
    assert!(double.sent.is_empty());
    fs::remove_file(&memory.tombstone).unwrap();
    let mut probe = allowing(SANDISK, state.path());
    assert_eq!(double.used(&mut probe, SANDISK, now()), Ok(7));
}

#[test]
fn where_a_boot_forgets_the_tombstone_no_card_is_asked() {
    let forgetful: [fn(&Path) -> io::Result<u32>; 4] = [
        |_| Ok(0x0102_1994),
        |_| Ok(0x8584_58f6),
        |_| Ok(0x794c_7630),
        |_| Err(io::ErrorKind::PermissionDenied.into()),
    ];
    for filesystem in forgetful {
        let state = tempfile::tempdir().unwrap();
        let mut double = Double::of(&[Ok(answer(7))]);
        let mut probe = SdHealth {
            filesystem,
            ..allowing(SANDISK, state.path())
        };
        assert_eq!(double.used(&mut probe, SANDISK, now()), NOT_ASKED);
        assert!(double.sent.is_empty());
        assert_eq!(files(state.path()), [""; 0]);
    }
    // Of procfs, which every machine has.
    let proc = memory::filesystem(Path::new("/proc"));
    assert_eq!(proc.unwrap(), 0x9fa0);
}

#[test]
fn another_card_in_the_slot_is_sent_nothing_and_the_named_one_is_not_buried() {
    let state = tempfile::tempdir().unwrap();
    let mut double = Double::of(&[Ok(answer(7))]);
    double.swapped = Some(cid(SAMSUNG));
    let mut probe = allowing(SANDISK, state.path());
    assert_eq!(double.used(&mut probe, SANDISK, now()), NOT_ASKED);
    assert!(double.sent.is_empty());
    assert_eq!(files(state.path()), [""; 0]);
    double.swapped = None;
    assert_eq!(double.used(&mut probe, SANDISK, now()), Ok(7));
}

#[test]
fn a_card_is_asked_ten_minutes_after_the_boot_and_one_that_answered_before_it_is_remembered() {
    let booted = |uptime_ms| Now { uptime_ms, ..now() };
    let state = tempfile::tempdir().unwrap();
    let mut double = Double::of(&[Ok(answer(7))]);
    let mut probe = allowing(SANDISK, state.path());
    for uptime_ms in [0, SETTLED_MS - 1] {
        let early = double.used(&mut probe, SANDISK, booted(uptime_ms));
        assert_eq!(early, Err(Missing::Busy));
    }
    assert!(double.sent.is_empty());
    assert_eq!(files(state.path()), [""; 0]);
    let settled = double.used(&mut probe, SANDISK, booted(SETTLED_MS));
    assert_eq!(settled, Ok(7));
    let mut after_a_boot = allowing(SANDISK, state.path());
    assert_eq!(double.used(&mut after_a_boot, SANDISK, booted(0)), Ok(7));
}

#[test]
fn a_card_that_does_not_answer_is_never_asked_again() {
    for answers in [
        vec![Err(Errno::ETIMEDOUT)],
        vec![Ok(answer(7)), Err(Errno::ETIMEDOUT)],
    ] {
        let state = tempfile::tempdir().unwrap();
        let mut double = Double::of(&answers);
        let mut probe = allowing(SANDISK, state.path());
        let first = double.used(&mut probe, SANDISK, now());
        assert_eq!(first, Err(Missing::TimedOut));
        let sent = double.sent.len();
        assert_eq!(sent, answers.len());
        let later = Now {
            steady: Instant::now() + 2 * DAY,
            wall: SystemTime::now() + 2 * DAY,
            ..now()
        };
        assert_eq!(double.used(&mut probe, SANDISK, later), NOT_ASKED);
        let mut restarted = allowing(SANDISK, state.path());
        assert_eq!(double.used(&mut restarted, SANDISK, later), NOT_ASKED);
        assert_eq!(double.sent.len(), sent);
    }
}

#[test]
fn a_process_without_the_right_leaves_no_tombstone() {
    for errno in [Errno::EPERM, Errno::EACCES, Errno::ENOENT] {
        let state = tempfile::tempdir().unwrap();
        let mut double = Double::of(&[Err(errno)]);
        let mut probe = allowing(SANDISK, state.path());
        let denied = double.used(&mut probe, SANDISK, now());
        assert_eq!(denied, Err(Missing::Denied));
        assert_eq!(files(state.path()), [""; 0]);
        assert_eq!(double.sent.len(), 1);
    }
}

#[test]
fn a_card_is_asked_once_a_day_over_restarts_too() {
    let state = tempfile::tempdir().unwrap();
    let begin = now();
    let after = |time: Duration| Now {
        steady: begin.steady + time,
        wall: begin.wall + time,
        ..begin
    };
    let mut double = Double::of(&[Ok(answer(7)), Ok(answer(7)), Ok(answer(8)), Ok(answer(8))]);
    let mut probe = allowing(SANDISK, state.path());
    let hour = Duration::from_secs(3600);
    assert_eq!(double.used(&mut probe, SANDISK, begin), Ok(7));
    assert_eq!(double.used(&mut probe, SANDISK, after(23 * hour)), Ok(7));
    let mut restarted = allowing(SANDISK, state.path());
    assert_eq!(double.used(&mut restarted, SANDISK, after(hour)), Ok(7));
    // The clock was set back over the restart.
    let mut set_back = after(hour);
    set_back.wall = begin.wall - 5 * hour;
    let mut restarted = allowing(SANDISK, state.path());
    assert_eq!(double.used(&mut restarted, SANDISK, set_back), Ok(7));
    assert_eq!(double.sent.len(), 2);
    assert_eq!(double.used(&mut probe, SANDISK, after(25 * hour)), Ok(8));
    assert_eq!(double.sent.len(), 4);
}

#[test]
fn nonsense_is_garbled_and_remembered_as_such() {
    let state = tempfile::tempdir().unwrap();
    let mut double = Double::of(&[Ok([0xff; BLOCK])]);
    for _ in 0..2 {
        let mut probe = allowing(SANDISK, state.path());
        let used = double.used(&mut probe, SANDISK, now());
        assert_eq!(used, Err(Missing::Garbled));
    }
    assert_eq!(double.sent.len(), 2);
}

#[test]
fn a_planted_link_is_a_tombstone() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("sd_health");
    fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink("/nowhere", folder.join(SANDISK)).unwrap();
    let mut double = Double::of(&[Ok(answer(7))]);
    let mut probe = allowing(SANDISK, state.path());
    assert_eq!(double.used(&mut probe, SANDISK, now()), NOT_ASKED);
    assert!(double.sent.is_empty());
}

fn values(probe: &mut SdHealth, tree: &Tree) -> Vec<Value> {
    let mut out = Found::default();
    probe.read(&tree.root(), &mut out);
    out.measured.into_iter().map(|m| m.value).collect()
}

#[test]
fn a_recorded_card_is_asked_for_real_and_an_emmc_never() {
    let state = tempfile::tempdir().unwrap();
    let recorded = "mmc 56 00000001 = 44 53 00*6 09 00*503\n";
    let sd = card(SANDISK, "SD").file("dev/mmcblk0", recorded);
    assert_eq!(values(&mut SdHealth::default(), &sd), [NOT_ASKED]);
    let mut probe = allowing(SANDISK, state.path());
    assert_eq!(values(&mut probe, &sd), [Ok(9)]);
    let emmc = card(SANDISK, "MMC").file("dev/mmcblk0", recorded);
    assert_eq!(values(&mut allowing(SANDISK, state.path()), &emmc), []);
}
