//! A frame is filled to its last byte, and never beyond it.

#[path = "common/header.rs"]
mod header;

use header::HEADER;
use picket_wire::frame::{CRC_LEN, HEARTBEAT_LEN, SIGNATURE_LEN};
use picket_wire::{
    EncodeError, Flags, Frame, FrameWriter, HEADER_LEN, Header, MAX_FRAME, Quantity, Reading,
    Section, section, varint,
};

/// Four bytes on the wire.
const HEAT: Reading = Reading {
    quantity: Quantity::CPU_TEMPERATURE,
    part: 0,
    value: Ok(482),
};

#[test]
fn a_section_goes_into_a_buffer_of_exactly_its_length_and_no_shorter() {
    for content in 1..300usize {
        let len = HEARTBEAT_LEN + 1 + varint::len(content as u64) + content;
        let write = |buf: &mut [u8]| {
            let mut writer = FrameWriter::new(buf, &HEADER).unwrap();
            let result = writer.repeated(99, std::iter::repeat_n(0x55u8, content));
            (result, writer.finish().len())
        };
        assert_eq!(write(&mut vec![0; len]), (Ok(()), len), "{content} bytes");
        let full = (Err(EncodeError::Full), HEARTBEAT_LEN);
        assert_eq!(write(&mut vec![0; len - 1]), full, "{content} bytes");
    }
}

#[test]
fn readings_fill_a_buffer_of_any_length_as_far_as_whole_ones_go() {
    let head = HEARTBEAT_LEN + 1;
    for room in head + 1..600 {
        let mut buf = vec![0; room];
        let mut writer = FrameWriter::new(&mut buf, &HEADER).unwrap();
        let count = writer.readings(std::iter::repeat(HEAT)).unwrap();
        let fits = |count: usize| head + varint::len(count as u64 * 4) + count * 4 <= room;
        assert!(
            count == 0 || fits(count),
            "{count} readings in {room} bytes"
        );
        assert!(!fits(count + 1), "{count} readings in {room} bytes");
        let frame = Frame::decode(writer.finish()).unwrap();
        let read: usize = frame
            .sections()
            .map(|section| match section.unwrap() {
                Section::Readings(readings) => readings.count(),
                other => panic!("{other:?} in a report"),
            })
            .sum();
        assert_eq!(read, count);
    }
}

#[test]
fn content_of_no_bytes_leaves_no_section_behind() {
    let mut buf = [0; 64];
    let mut writer = FrameWriter::new(&mut buf, &HEADER).unwrap();
    assert_eq!(writer.readings([]), Ok(0));
    assert_eq!(writer.repeated::<u8>(section::PARTS, []), Ok(()));
    assert_eq!(writer.finish().len(), HEARTBEAT_LEN);
}

#[test]
fn a_reading_whose_code_no_frame_can_carry_ends_the_readings_before_it() {
    let alien = Reading {
        quantity: Quantity(u16::MAX),
        ..HEAT
    };
    let mut buf = [0; 64];
    let mut writer = FrameWriter::new(&mut buf, &HEADER).unwrap();
    assert_eq!(writer.readings([HEAT, alien, HEAT]), Ok(1));
}

#[test]
fn of_a_longer_buffer_no_more_is_used_than_a_frame_may_have() {
    let mut buf = [0; 2 * MAX_FRAME];
    let mut writer = FrameWriter::new(&mut buf, &HEADER).unwrap();
    writer
        .readings(std::iter::repeat_n(HEAT, 2 * MAX_FRAME))
        .unwrap();
    let frame = writer.finish();
    assert!(frame.len() > MAX_FRAME - 4 && frame.len() <= MAX_FRAME);
    assert!(Frame::decode(frame).is_ok());
}

#[test]
fn a_buffer_without_room_for_header_signature_and_crc_is_refused_at_once() {
    let signed = Header {
        flags: Flags {
            signed: true,
            backlog: false,
        },
        ..HEADER
    };
    let least = HEADER_LEN + SIGNATURE_LEN + CRC_LEN;
    let refused =
        |header: &Header, len: usize| FrameWriter::new(&mut vec![0; len], header).is_err();
    assert!(refused(&HEADER, HEARTBEAT_LEN - 1) && !refused(&HEADER, HEARTBEAT_LEN));
    assert!(refused(&signed, least - 1) && !refused(&signed, least));
}
