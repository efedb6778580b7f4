//! A signature holds for one frame at one place, and for nothing else.

use super::*;
use crate::{BootId, Flags, Header, Kind, RunBits, SessionId, section};

const HEADER: Header = Header {
    kind: Kind::Facts,
    flags: Flags {
        signed: true,
        backlog: false,
    },
    boot: BootId(1),
    session: SessionId(2),
    seq: 3,
    run: RunBits(4),
    uptime_ms: 5,
};

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn home() -> SiteId {
    SiteId::parse("home").unwrap()
}

fn pi_01() -> Whose {
    Whose::Node(NodeId::parse("pi-01").unwrap())
}

/// A frame of pi-01 at home with one section, signed by [`key`].
fn signed(buf: &mut [u8]) -> &[u8] {
    let mut writer = FrameWriter::new(buf, &HEADER).unwrap();
    writer
        .section(section::HOLDS, &section::Holds { run_ordinal: 12 })
        .unwrap();
    sign(writer, &key(), &home(), pi_01()).unwrap()
}

fn check(frame: &[u8], key: &SigningKey, site: &str, whose: Whose) -> Result<(), VerifyError> {
    let frame = Frame::decode(frame).unwrap();
    verify(
        &frame,
        &key.verifying_key(),
        &SiteId::parse(site).unwrap(),
        whose,
    )
}

#[test]
fn a_signed_frame_is_believed_at_its_own_place_only() {
    let mut buf = [0; 128];
    let frame = signed(&mut buf);
    assert_eq!(check(frame, &key(), "home", pi_01()), Ok(()));

    let other_node = Whose::Node(NodeId::parse("pi-02").unwrap());
    let other_key = SigningKey::from_bytes(&[8; 32]);
    let mismatch = Err(VerifyError::Mismatch);
    assert_eq!(check(frame, &key(), "home", other_node), mismatch);
    assert_eq!(check(frame, &key(), "home", Whose::Hub), mismatch);
    assert_eq!(check(frame, &key(), "cabin", pi_01()), mismatch);
    assert_eq!(check(frame, &other_key, "home", pi_01()), mismatch);
}

#[test]
fn letters_do_not_move_between_site_and_node() {
    let mut buf = [0; 128];
    let writer = FrameWriter::new(&mut buf, &HEADER).unwrap();
    let site = SiteId::parse("a").unwrap();
    let whose = Whose::Node(NodeId::parse("bc").unwrap());
    let frame = sign(writer, &key(), &site, whose).unwrap();
    let moved = Whose::Node(NodeId::parse("c").unwrap());
    assert_eq!(
        check(frame, &key(), "ab", moved),
        Err(VerifyError::Mismatch)
    );
}

#[test]
fn a_frame_changed_in_any_byte_is_not_believed_if_it_decodes_at_all() {
    let mut buf = [0; 128];
    let len = signed(&mut buf).len();
    for at in 0..len - crate::frame::CRC_LEN {
        let mut changed = buf;
        changed[at] ^= 1 << (at % 8);
        crate::frame::write::seal(&mut changed[..len]);
        if let Ok(frame) = Frame::decode(&changed[..len]) {
            let result = verify(&frame, &key().verifying_key(), &home(), pi_01());
            assert!(result.is_err(), "byte {at} of the frame was changed");
        }
    }
}

#[test]
fn an_unsigned_frame_is_told_from_a_wrong_signature() {
    let mut buf = [0; 128];
    let header = Header {
        flags: Flags::default(),
        ..HEADER
    };
    let unsigned = FrameWriter::new(&mut buf, &header).unwrap().finish();
    assert_eq!(
        check(unsigned, &key(), "home", pi_01()),
        Err(VerifyError::Unsigned)
    );

    // The flag is set, but nobody signed.
    let mut buf = [0; 128];
    let empty = FrameWriter::new(&mut buf, &HEADER).unwrap().finish();
    assert_eq!(
        check(empty, &key(), "home", pi_01()),
        Err(VerifyError::Mismatch)
    );
}

#[test]
fn a_frame_without_room_for_a_signature_is_not_signed() {
    let mut buf = [0; 128];
    let header = Header {
        flags: Flags::default(),
        ..HEADER
    };
    let writer = FrameWriter::new(&mut buf, &header).unwrap();
    assert_eq!(
        sign(writer, &key(), &home(), pi_01()),
        Err(SignError::NotPromised)
    );
}

#[test]
fn the_longest_frame_of_the_longest_names_is_signed_and_believed() {
    let mut buf = [0; MAX_FRAME];
    let mut writer = FrameWriter::new(&mut buf, &HEADER).unwrap();
    let reading = crate::Reading {
        quantity: crate::Quantity::UPTIME,
        part: 0,
        value: Ok(1),
    };
    writer
        .readings(core::iter::repeat_n(reading, MAX_FRAME))
        .unwrap();
    let name = "n23456789_123456789_123456789_12";
    let whose = Whose::Node(NodeId::parse(name).unwrap());
    let frame = sign(writer, &key(), &SiteId::parse(name).unwrap(), whose).unwrap();
    assert!(frame.len() > MAX_FRAME - 3);
    assert_eq!(check(frame, &key(), name, whose), Ok(()));
}

#[test]
fn a_key_of_small_order_is_refused() {
    // The neutral element: R and key the same point, S zero, fits every content unless checked.
    let mut weak = [0; 32];
    weak[0] = 1;
    let key = VerifyingKey::from_bytes(&weak).unwrap();
    let mut buf = [0; 128];
    let writer = FrameWriter::new(&mut buf, &HEADER).unwrap();
    let mut signature = [0; SIGNATURE_LEN];
    signature[0] = 1;
    let frame = Frame::decode(writer.end(&signature)).unwrap();
    let result = verify(&frame, &key, &home(), pi_01());
    assert_eq!(result, Err(VerifyError::Mismatch));
}
