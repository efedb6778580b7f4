//! Frames as they travel in an ordinary house, one of each sort.

use crate::content::Content;
use picket_wire::{
    Answer, Board, BootId, Facts, Finding, Flags, Header, Holds, HubRun, Join, Joined, Kind, Loss,
    Machine, Medium, MediumKind, Missing, Package, Part, PartKind, Quantity, Reading, Returns,
    RunBits, SessionId, Value, Verifier, Witness, Writer, quantity,
};

/// A frame by what it says.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) header: Header,
    pub(crate) contents: Vec<Content<'static>>,
}

/// Frames of a Raspberry Pi 5 that has heard a hub.
const HEADER: Header = Header {
    kind: Kind::Report,
    flags: Flags {
        signed: false,
        backlog: false,
    },
    boot: BootId(0x1a2b_3c4d),
    session: SessionId(0x5e6f),
    seq: 7,
    run: RunBits(0x8a9b_acbd),
    uptime_ms: 123_456_789,
};

pub(crate) fn samples() -> Vec<Sample> {
    let of = |kind| Header { kind, ..HEADER };
    let sample = |name, header, contents| Sample {
        name,
        header,
        contents,
    };
    vec![
        sample("heartbeat", HEADER, vec![]),
        sample("heartbeat_of_no_run", no_run(), vec![]),
        sample(
            "report_pi5",
            HEADER,
            vec![Content::Readings(readings_pi5())],
        ),
        sample(
            "report_missing",
            HEADER,
            vec![Content::Readings(readings_missing())],
        ),
        sample("facts", of(Kind::Facts), vec![facts(), parts(), holds(3)]),
        sample(
            "facts_of_board",
            of(Kind::Facts),
            vec![facts(), holds(3), board(), parts(), media()],
        ),
        sample(
            "writers",
            HEADER,
            vec![writers(), Content::Readings(readings_pi5())],
        ),
        sample(
            "scrub",
            HEADER,
            vec![findings(), packages(), Content::Readings(readings_pi5())],
        ),
        sample(
            "facts_of_machine",
            of(Kind::Facts),
            vec![facts(), holds(3), machine(), witnesses()],
        ),
        sample(
            "loss",
            HEADER,
            vec![loss(), Content::Readings(readings_pi5())],
        ),
        sample("hub_status", of(Kind::HubStatus), vec![hub_run(4)]),
        sample(
            "backlog",
            backlog(),
            vec![Content::Readings(readings_pi5())],
        ),
        sample("signed", signed(), vec![facts(), holds(u32::MAX)]),
        sample("join", joining(), vec![join()]),
        sample("joined", joining(), vec![joined()]),
    ]
}

/// The node has heard no hub yet, and everything else is at its end.
fn no_run() -> Header {
    Header {
        boot: BootId(u32::MAX),
        session: SessionId(u16::MAX),
        seq: u32::MAX,
        run: RunBits::NONE,
        uptime_ms: picket_wire::header::MAX_UPTIME_MS,
        ..HEADER
    }
}

fn backlog() -> Header {
    Header {
        flags: Flags {
            signed: false,
            backlog: true,
        },
        ..HEADER
    }
}

fn signed() -> Header {
    Header {
        kind: Kind::Facts,
        flags: Flags {
            signed: true,
            backlog: false,
        },
        ..HEADER
    }
}

fn reading(quantity: Quantity, part: u8, value: Value) -> Reading {
    Reading {
        quantity,
        part,
        value,
    }
}

/// Twelve readings as a Pi 5 of 8 GB with a card of 128 GB has them: part 1 is the card, part 2 the
/// root filesystem.
fn readings_pi5() -> Vec<Reading> {
    vec![
        reading(Quantity::CPU_TEMPERATURE, 0, Ok(482)),
        reading(Quantity::LOAD_1MIN, 0, Ok(112)),
        reading(Quantity::LOAD_5MIN, 0, Ok(87)),
        reading(Quantity::LOAD_15MIN, 0, Ok(64)),
        reading(Quantity::MEMORY_TOTAL, 0, Ok(8_245_248)),
        reading(Quantity::MEMORY_AVAILABLE, 0, Ok(7_312_384)),
        reading(Quantity::SWAP_TOTAL, 0, Ok(204_784)),
        reading(Quantity::SWAP_USED, 0, Ok(0)),
        reading(Quantity::UPTIME, 0, Ok(123_456)),
        reading(Quantity::DISK_WRITTEN, 1, Ok(20_971_520)),
        reading(Quantity::FILESYSTEM_SIZE, 2, Ok(120_586_240)),
        reading(Quantity::FILESYSTEM_AVAILABLE, 2, Ok(98_566_144)),
    ]
}

/// Every reason for having no value, and the values at their ends.
fn readings_missing() -> Vec<Reading> {
    let reasons = [
        Missing::NotFitted,
        Missing::NotSupported,
        Missing::Denied,
        Missing::Busy,
        Missing::Garbled,
        Missing::TimedOut,
        Missing::Unknown(0),
        Missing::Unknown(255),
    ];
    let mut readings = vec![
        reading(Quantity::CPU_TEMPERATURE, 0, Ok(-55)),
        reading(Quantity::FILESYSTEM_ERRORS, 255, Ok(i64::MAX)),
        reading(Quantity::FILESYSTEM_READ_ONLY, 255, Ok(i64::MIN)),
        reading(Quantity(quantity::MAX_CODE), 1, Ok(-1)),
    ];
    readings.extend(reasons.map(|why| reading(Quantity::SWAP_USED, 0, Err(why))));
    readings
}

fn facts() -> Content<'static> {
    Content::Facts(Facts {
        agent: "picket-agent 0.1.0",
        model: "Raspberry Pi 5 Model B Rev 1.0",
        os: "Debian GNU/Linux 12 (bookworm)",
        kernel: "6.12.47+rpt-rpi-2712",
        arch: "aarch64",
        every_ms: 10_000,
    })
}

fn parts() -> Content<'static> {
    let part = |number, kind: PartKind, id, name| Part {
        number,
        kind: kind.code(),
        id,
        name,
    };
    Content::Parts(vec![
        part(0, PartKind::Node, "", "node"),
        part(
            1,
            PartKind::Disk,
            "cid/41343253443132384d0000000000000a",
            "mmcblk0",
        ),
        part(
            2,
            PartKind::Filesystem,
            "uuid/0b1c2d3e-0001-4c5d-8e9f-001122334455",
            "/",
        ),
        part(3, PartKind::Sensor, "w1/28-000005e2fdc3", "grüner Fühler"),
        part(255, PartKind::Unknown(99), "x", ""),
    ])
}

/// Values of a Raspberry Pi 5, and those at their ends.
fn board() -> Content<'static> {
    Content::Board(Board {
        revision: 0x00d0_4170,
        serial: "10000000a1b2c3d4",
        boot_loader: "2bb2ae640058a2f3aa8dcbdc2da33302e509668c",
        boot_loader_built_s: u32::MAX,
        reset_reason: "power-on",
        reset_source: "rsts 0x1000",
        returns: Returns::No.code(),
        returns_because: "WAIT_FOR_POWER_BUTTON=1",
    })
}

fn media() -> Content<'static> {
    let card = Medium {
        part: 1,
        kind: MediumKind::Sd.code(),
        maker: 0x41,
        oem: 0x3432,
        product: "SD16G",
        serial: "0x7e3002af",
        revision: "hw 0x3 fw 0x0",
        made_year: 2016,
        made_month: 2,
        size_kib: 15_388_672,
    };
    let unknown = Medium {
        part: 255,
        kind: 99,
        maker: u32::MAX,
        oem: u16::MAX,
        product: "",
        serial: "",
        revision: "",
        made_year: u16::MAX,
        made_month: u8::MAX,
        size_kib: u64::MAX,
    };
    Content::Media(vec![card, unknown])
}

fn findings() -> Content<'static> {
    let rot = Finding {
        part: 1,
        kind: 1,
        state: 0,
        truth: 2,
        flags: Finding::CACHED_COPY_IS_GOOD,
        found_unix_s: 1_790_000_000,
        block: 3,
        blocks: 1,
        sector: 1_234_560,
        path_hash: [0xa5; 32],
        path: "usr/lib/aarch64-linux-gnu/libc.so.6",
        package: "libc6:arm64",
    };
    let unknown = Finding {
        part: u8::MAX,
        kind: u8::MAX,
        state: u8::MAX,
        truth: u8::MAX,
        flags: u8::MAX,
        found_unix_s: u64::MAX,
        block: u64::MAX,
        blocks: u32::MAX,
        sector: u64::MAX,
        path_hash: [0xff; 32],
        path: "",
        package: "",
    };
    Content::Findings(vec![rot, unknown])
}

fn packages() -> Content<'static> {
    Content::Packages(vec![
        Package {
            name: "base-files",
            key: 0x0123_4567_89ab_cdef,
            content: u64::MAX,
        },
        Package {
            name: "",
            key: 0,
            content: 0,
        },
    ])
}

fn machine() -> Content<'static> {
    Content::Machine(Machine {
        id: 0x0123_4567_89ab_cdef,
    })
}

fn witnesses() -> Content<'static> {
    Content::Witnesses(vec![Witness {
        disk: u64::MAX,
        lineage: 0x1a2b_3c4d,
        generation: 41,
    }])
}

fn writers() -> Content<'static> {
    let writer = |part, name, written_kib, over_s| Writer {
        part,
        name,
        written_kib,
        over_s,
    };
    Content::Writers(vec![
        writer(1, "influxdb.service", 786_432, 3600),
        writer(0, "docker-0123456789ab.scope", u64::MAX, u32::MAX),
    ])
}

fn holds(run_ordinal: u32) -> Content<'static> {
    Content::Holds(Holds { run_ordinal })
}

fn hub_run(ordinal: u32) -> Content<'static> {
    Content::HubRun(HubRun { ordinal })
}

/// Both directions of joining are signed; a node that joins has heard no hub yet.
fn joining() -> Header {
    Header {
        kind: Kind::Join,
        run: RunBits::NONE,
        seq: 0,
        ..signed()
    }
}

fn join() -> Content<'static> {
    Content::Join(Join {
        key: [0x11; 32],
        password: Verifier::new([0x22; 12], &[0x33; 64]),
    })
}

fn joined() -> Content<'static> {
    Content::Joined(Joined {
        key: [0x11; 32],
        answer: Answer::NameTaken.code(),
        next_hub_key: [0x44; 32],
    })
}

fn loss() -> Content<'static> {
    let kind = Kind::Report.code();
    Content::Loss(vec![
        Loss {
            kind,
            first: 2,
            last: 4_098,
            count: 4_000,
        },
        Loss {
            kind,
            first: 5_000,
            last: 5_000,
            count: 1,
        },
        Loss {
            kind: 77,
            first: 0,
            last: u32::MAX,
            count: u32::MAX,
        },
    ])
}
