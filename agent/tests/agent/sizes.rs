//! What a report costs on the wire, measured on the tree of a Raspberry Pi 5, which has most to say.

use crate::fixtures::fixture;
use picket_agent::parts::Parts;
use picket_agent::probe::{self, About, Found, Measured};
use picket_agent::root::Root;
use picket_wire::{
    BootId, Flags, FrameWriter, HEADER_LEN, Header, Kind, MAX_FRAME, Quantity, Reading, RunBits,
    SessionId,
};
use std::time::Duration;

/// What an owner looks at first: quantity and part.
const MAIN: [(Quantity, &str); 12] = [
    (Quantity::CPU_TEMPERATURE, "node"),
    (Quantity::UNDER_VOLTAGE_NOW, "node"),
    (Quantity::THROTTLED_NOW, "node"),
    (Quantity::UNDER_VOLTAGE_EVENTS, "node"),
    (Quantity::CPU_FREQUENCY, "node"),
    (Quantity::CORE_VOLTAGE, "node"),
    (Quantity::INPUT_VOLTAGE, "node"),
    (Quantity::FAN_SPEED, "pwmfan fan1"),
    (Quantity::IO_PRESSURE, "node"),
    (Quantity::DISK_WRITTEN, "mmcblk0"),
    (Quantity::FILESYSTEM_READ_ONLY, "/"),
    (Quantity::FILESYSTEM_ERRORS, "/"),
];

/// The bytes of a frame's body that carries these readings.
fn body_bytes(readings: &[Reading]) -> usize {
    let header = Header {
        kind: Kind::Report,
        flags: Flags::default(),
        boot: BootId(0x1234_5678),
        session: SessionId(0x9abc),
        seq: 100_000,
        run: RunBits(0x1234_5678),
        uptime_ms: 86_400_000,
    };
    let mut buf = [0; MAX_FRAME];
    let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
    let written = writer.readings(readings.iter().copied()).unwrap();
    assert_eq!(written, readings.len(), "they fit into one frame");
    writer.finish().len() - HEADER_LEN
}

/// What the probes say that want to be asked so often or oftener.
fn measured(board: &str, every: Duration) -> Vec<Measured> {
    let root = Root::moved_to(&fixture(board)).unwrap();
    let groups = [
        probe::of_the_kernel(),
        probe::of_the_firmware(),
        probe::of_media(),
        probe::with_rights(),
    ];
    let mut found = Found::default();
    for mut probe in groups.into_iter().flatten() {
        if probe.every() <= every {
            probe.read(&root, &mut found);
        }
    }
    found.measured
}

fn numbered(measured: &[Measured]) -> Vec<Reading> {
    let mut parts = Parts::default();
    let reading = |m: &Measured| Reading {
        quantity: m.quantity,
        part: match &m.about {
            About::Node => 0,
            About::Part(part) => parts.number(part).unwrap(),
        },
        value: m.value,
    };
    measured.iter().map(reading).collect()
}

#[test]
fn twelve_main_readings_of_a_pi_5_take_at_most_96_bytes() {
    let all = measured("pi-5", probe::RARE);
    let main = MAIN.map(|(quantity, part)| {
        let is =
            |m: &&Measured| m.quantity == quantity && picket_agent::show::part(&m.about) == part;
        let found = all.iter().find(is);
        let found = found.unwrap_or_else(|| panic!("no {quantity} of {part}"));
        assert!(found.value.is_ok(), "{found:?}");
        found.clone()
    });
    let bytes = body_bytes(&numbered(&main));
    println!("12 main readings of a Pi 5: {bytes} bytes");
    assert!(bytes <= 96, "{bytes} bytes");
}

#[test]
fn a_whole_report_of_each_board_fits_into_one_frame() {
    for board in crate::fixtures::BOARDS {
        for (what, every) in [
            ("each sampling", Duration::ZERO),
            ("with the slow ones", probe::SLOW),
            ("with the rare ones", probe::RARE),
        ] {
            let readings = numbered(&measured(board, every));
            let bytes = body_bytes(&readings);
            println!(
                "{board}, {what}: {} readings, {bytes} bytes",
                readings.len()
            );
        }
    }
}
