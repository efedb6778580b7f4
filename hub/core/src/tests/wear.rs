//! Stories of disks that are written to, worn out and replaced.

mod kept;
mod replaced;
mod says;

use crate::Severity::Ticket;
use crate::test_util::*;
use crate::wear::{Endurance, Forecast, MAX_DISKS, WhichDisk};
use crate::{ClosedBy, Config, Detector, Effect, FrameTopic, Save, Saved};
use picket_wire::{
    FrameWriter, Kind, MAX_FRAME, Medium, MediumKind, Missing, Part, PartKind, Quantity, Reading,
    Writer, section,
};

/// Reports come every six hours.
const EVERY_MS: u64 = 6 * 3_600_000;
const A_DAY: usize = 4;
/// 20 GB.
const KIB_A_DAY: i64 = 19_531_250;
/// 10 TB.
const TEN_TB_KIB: u64 = 9_765_625_000;
const OLD: &str = "cid/0353";
const NEW: &str = "cid/1b53";

fn stated(kib: u64) -> Config {
    let endurance = Endurance {
        disk: WhichDisk::Id(OLD.to_owned()),
        node: None,
        kib,
        written_before_kib: 0,
    };
    Config {
        endurance: [endurance].into(),
        ..Config::default()
    }
}

/// A Pi with a card, whose counter stands where a machine that is long up has it.
struct Pi {
    world: World,
    board: Board,
    written_kib: i64,
}

impl Pi {
    fn new(config: Config) -> Pi {
        let mut board = Board::new("pi-01");
        board.every_ms = EVERY_MS as u32;
        board.parts = vec![(1, PartKind::Disk, OLD)];
        board.names = vec![(1, "mmcblk0"), (2, "mmcblk0"), (3, "mmcblk1")];
        let mut pi = Pi {
            world: World::restored(Saved::default(), config),
            board,
            written_kib: 777_000_000,
        };
        pi.world.meet(&mut pi.board);
        pi
    }

    fn says(&mut self, readings: &[Reading]) {
        self.world.reports(&mut self.board, 1, readings);
    }

    /// Days of reports in which so much is written a day.
    fn days(&mut self, count: usize, kib_a_day: i64) {
        for _ in 0..count * A_DAY {
            self.written_kib += kib_a_day / A_DAY as i64;
            self.says(&[written(self.written_kib)]);
        }
    }

    fn wear(&self) -> Forecast {
        let node = self.world.hub.node(self.board.id).unwrap();
        let mut all = node.wear();
        let first = all.next().unwrap();
        assert!(all.next().is_none());
        first
    }

    fn days_left(&self) -> Option<u32> {
        self.wear().days_left
    }

    fn restart_hub(&mut self, config: Config) {
        let saved = self.world.saved();
        self.world = World::at(self.world.moment, saved, config);
        self.world.meet(&mut self.board);
    }

    fn reboot(&mut self) {
        self.world.status(&self.board, "stopping");
        self.board.reboot(self.world.moment);
        self.world.meet(&mut self.board);
    }

    fn says_its_medium(&mut self, product: &str) {
        let mut buf = [0; MAX_FRAME];
        let seq = self.board.facts_seq;
        self.board.facts_seq += 1;
        let now = self.world.moment;
        let header = self.board.header(Kind::Facts, seq, false, now);
        let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
        let part = Part {
            number: 1,
            kind: PartKind::Disk.code(),
            id: OLD,
            name: "mmcblk0",
        };
        let medium = Medium {
            part: 1,
            kind: MediumKind::Sd.code(),
            maker: 3,
            oem: 0x5344,
            product,
            serial: "1",
            revision: "8.0",
            made_year: 2024,
            made_month: 5,
            size_kib: 31_166_976,
        };
        writer.repeated(section::PARTS, [part]).unwrap();
        writer.repeated(section::MEDIA, [medium]).unwrap();
        let bytes = writer.finish().to_vec();
        let topic = FrameTopic::Facts(self.board.id);
        self.world.frame(topic, &bytes, false);
    }

    fn writers(&mut self, writers: &[Writer<'_>]) {
        self.world.wait(EVERY_MS);
        let mut buf = [0; MAX_FRAME];
        let header = self
            .board
            .header(Kind::Report, self.board.seq, false, self.world.moment);
        self.board.seq += 1;
        let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
        writer.readings([written(self.written_kib)]).unwrap();
        writer.repeated(section::WRITERS, writers).unwrap();
        let bytes = writer.finish().to_vec();
        let topic = FrameTopic::Report(self.board.id);
        self.world.frame(topic, &bytes, false);
    }
}

fn written(kib: i64) -> Reading {
    reading(Quantity::DISK_WRITTEN, 1, Ok(kib))
}

fn life(percent: i64) -> Reading {
    reading(Quantity::DISK_LIFE_USED, 1, Ok(percent))
}

#[test]
fn a_card_written_at_20_gb_a_day_against_10_tb_lasts_500_days_and_is_a_ticket_at_the_end() {
    let mut pi = Pi::new(stated(TEN_TB_KIB));
    pi.writers(&[
        Writer {
            part: 1,
            name: "journald",
            written_kib: 10_000,
            over_s: 3_600,
        },
        Writer {
            part: 1,
            name: "influxdb.service",
            written_kib: 736_000,
            over_s: 3_600,
        },
        Writer {
            part: 7,
            name: "of another disk",
            written_kib: 9_736_000,
            over_s: 3_600,
        },
    ]);
    pi.days(1, KIB_A_DAY);
    assert_eq!(pi.days_left(), None);
    let rests_on = pi.wear().rests_on;
    assert!(
        rests_on.contains("days of history are needed"),
        "{rests_on}"
    );
    pi.days(3, KIB_A_DAY);
    for day in 5_u32..=430 {
        pi.days(1, KIB_A_DAY);
        let left = pi.days_left().unwrap();
        let right = 500 - day;
        assert!(left.abs_diff(right) * 50 <= right, "day {day}: {left} left");
        assert!(pi.world.open().is_empty(), "day {day}");
    }
    while pi.days_left().unwrap() > 45 {
        pi.days(1, KIB_A_DAY);
    }
    assert_eq!(pi.world.open(), [("wear", "disk/cid/0353", Ticket)]);
    let id = pi.world.open_id();
    let incident = pi.world.hub.incident(&id).unwrap();
    assert_eq!(incident.summary, "the disk mmcblk0 has about 45 days left");
    assert!(incident.advice.contains("influxdb.service"), "{incident:?}");
    let evidence = incident.evidence.join("\n");
    for part in [
        "20.0 GB a day",
        "over 90 days",
        "10.0 TB stated in hub.toml",
        "9.1 TB seen written",
        "45 to 45 days left",
        "influxdb.service wrote 18.1 GB a day, by its last 60 min",
    ] {
        assert!(evidence.contains(part), "{part}: {evidence}");
    }
    assert!(!evidence.contains("another disk"), "{evidence}");
    pi.days(60, KIB_A_DAY);
    assert_eq!(pi.days_left(), Some(0));
    assert_eq!(pi.world.open_id(), id);
}

#[test]
fn without_a_stated_endurance_there_is_a_rate_and_no_verdict() {
    let mut pi = Pi::new(Config::default());
    pi.days(300, 50 * KIB_A_DAY);
    let wear = pi.wear();
    assert_eq!(wear.per_day_kib, Some(976_562_500));
    assert_eq!((wear.days_left, wear.days_left_range), (None, None));
    assert!(wear.rests_on.contains("nobody has stated its endurance"));
    assert!(pi.world.open().is_empty());
}

#[test]
fn an_endurance_of_a_product_is_of_the_disk_that_says_so() {
    for (product, is_stated) in [("SD32G", true), ("SD64G", false)] {
        let endurance = Endurance {
            disk: WhichDisk::Product(product.to_owned()),
            node: None,
            kib: TEN_TB_KIB,
            written_before_kib: TEN_TB_KIB / 2,
        };
        let mut pi = Pi::new(Config {
            endurance: [endurance].into(),
            ..Config::default()
        });
        pi.says_its_medium("SD32G");
        pi.days(5, KIB_A_DAY);
        let left = pi.days_left();
        assert_eq!(left.is_some(), is_stated, "{product}");
        assert!(
            left.is_none_or(|left| (240..250).contains(&left)),
            "{left:?}"
        );
    }
}

#[test]
fn a_card_to_which_nothing_is_written_has_no_end_and_no_nonsense() {
    let mut pi = Pi::new(stated(TEN_TB_KIB));
    pi.days(20, 0);
    assert_eq!(pi.days_left(), Some(crate::wear::MOST_DAYS_LEFT));
    assert!(pi.world.open().is_empty());
}

#[test]
fn a_card_whose_endurance_is_used_up_has_no_days_left_at_first_sight() {
    let mut config = stated(TEN_TB_KIB);
    config.endurance = config
        .endurance
        .iter()
        .cloned()
        .map(|stated| Endurance {
            written_before_kib: TEN_TB_KIB,
            ..stated
        })
        .collect();
    let mut pi = Pi::new(config);
    pi.days(1, 0);
    assert_eq!(pi.world.open_detectors(), ["wear"]);
    pi.days(9, 0);
    assert_eq!(pi.days_left(), Some(0));
    assert_eq!(pi.wear().days_left_range, Some((0, 0)));
    // What the disk itself says was ever written goes before what its owner remembers.
    pi.says(&[reading(Quantity::DISK_WRITTEN_EVER, 1, Ok(5_000))]);
    assert_eq!(pi.days_left(), Some(crate::wear::MOST_DAYS_LEFT));
}

#[test]
fn a_ticket_ends_above_75_days_for_a_day_and_not_before() {
    let mut pi = Pi::new(stated(70 * KIB_A_DAY as u64));
    pi.days(15, KIB_A_DAY);
    assert_eq!(pi.world.open_detectors(), ["wear"]);
    // The writer is moved away: after some days the new load is the load.
    let mut days = 0;
    while pi.days_left().unwrap() <= 75 {
        assert_eq!(pi.world.open_detectors(), ["wear"], "after {days} days");
        pi.days(1, KIB_A_DAY / 100);
        days += 1;
        assert!(days < 20);
    }
    assert_eq!(pi.world.open_detectors(), ["wear"]);
    pi.days(2, KIB_A_DAY / 100);
    assert!(pi.world.open().is_empty());
}
