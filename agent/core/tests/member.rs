//! A node that has joined: what it signs, and whom it believes.
#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

mod common;
mod facts;

use common::{Small, hub_status, node};
use facts::FACTS;
use picket_node::{Heard, Membership, Refusal};
use picket_wire::section::{HUB_RUN, MAX_TEXT};
use picket_wire::sign::{self, SigningKey, VerifyError, VerifyingKey, Whose};
use picket_wire::{
    Facts, Flags, Frame, FrameWriter, Header, HubRun, MAX_FRAME, NodeId, Part, PartKind, RunBits,
    Section, SiteId,
};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn public(seed: u8) -> VerifyingKey {
    key(seed).verifying_key()
}

fn site(name: &str) -> SiteId {
    SiteId::parse(name).unwrap()
}

fn id(name: &str) -> NodeId {
    NodeId::parse(name).unwrap()
}

/// `pi-01` of `home` with key 1, whose hub has the keys 8 and 9.
fn member() -> Small {
    let mut node = node().with_membership(Membership {
        site: site("home"),
        key: key(1),
        hub_keys: [public(8), public(9)],
    });
    node.connected();
    node
}

fn signed(ordinal: u32, by: u8, of: &str, whose: Whose) -> Vec<u8> {
    let header = Frame::decode(&hub_status(ordinal, 0xAB)).unwrap().header;
    let header = Header {
        flags: Flags {
            signed: true,
            ..Flags::default()
        },
        ..header
    };
    let mut buf = [0; 256];
    let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
    writer.section(HUB_RUN, &HubRun { ordinal }).unwrap();
    sign::sign(writer, &key(by), &site(of), whose)
        .unwrap()
        .to_vec()
}

#[test]
fn a_members_facts_are_signed_for_its_site_and_name_and_for_no_other() {
    let mut node = member();
    let mut buf = [0; MAX_FRAME];
    let bytes = node.facts(5, &FACTS, [], &mut buf).unwrap();
    let frame = Frame::decode(bytes).unwrap();
    assert!(frame.header.flags.signed);
    let verdict = |key, of, whose| sign::verify(&frame, &key, &site(of), Whose::Node(id(whose)));
    assert_eq!(verdict(public(1), "home", "pi-01"), Ok(()));
    for (key, of, whose) in [
        (public(2), "home", "pi-01"),
        (public(1), "away", "pi-01"),
        (public(1), "home", "pi-02"),
    ] {
        assert_eq!(verdict(key, of, whose), Err(VerifyError::Mismatch));
    }
}

#[test]
fn the_longest_facts_of_a_member_have_room_for_their_signature() {
    let text = "x".repeat(MAX_TEXT);
    let facts = Facts {
        agent: &text,
        model: &text,
        os: &text,
        kernel: &text,
        arch: &text,
        every_ms: u32::MAX,
    };
    let parts = (1..=255).map(|number| Part {
        number,
        kind: PartKind::Disk.code(),
        id: &text,
        name: &text,
    });
    let mut node = member();
    node.hear_hub(&signed(u32::MAX, 8, "home", Whose::Hub), false, 0);
    let mut buf = [0; MAX_FRAME];
    let bytes = node.facts(u64::MAX, &facts, parts, &mut buf).unwrap();
    let frame = Frame::decode(bytes).unwrap();
    let whose = Whose::Node(id("pi-01"));
    assert_eq!(
        sign::verify(&frame, &public(1), &site("home"), whose),
        Ok(())
    );
    let parts = frame.sections().find_map(|section| match section.unwrap() {
        Section::Parts(parts) => Some(parts.count()),
        _ => None,
    });
    assert_eq!(parts, Some(27));
}

#[test]
fn a_member_believes_its_hub_by_either_of_its_keys() {
    for by in [8, 9] {
        let mut node = member();
        assert_eq!(
            node.hear_hub(&signed(4, by, "home", Whose::Hub), false, 0),
            Heard::NewRun
        );
        assert!(node.hub_listens());
        assert_eq!(node.following().ordinal(), 4);
    }
}

#[test]
fn a_member_believes_nobody_else() {
    let not_the_hub = |why| Heard::Refused(Refusal::NotTheHub(why));
    let pi = Whose::Node(id("pi-01"));
    let mut changed = signed(4, 8, "home", Whose::Hub);
    changed[16] ^= 1;
    let end = changed.len() - 4;
    // The CRC is no secret: whoever changes a frame mends it.
    let crc = crc32(&changed[..end]).to_le_bytes();
    changed[end..].copy_from_slice(&crc);
    for (payload, why) in [
        (hub_status(4, 0xAB), VerifyError::Unsigned),
        (signed(4, 7, "home", Whose::Hub), VerifyError::Mismatch),
        (signed(4, 8, "away", Whose::Hub), VerifyError::Mismatch),
        (signed(4, 8, "home", pi), VerifyError::Mismatch),
        (signed(4, 1, "home", Whose::Hub), VerifyError::Mismatch),
        (changed, VerifyError::Mismatch),
    ] {
        let mut node = member();
        assert_eq!(node.hear_hub(&payload, false, 0), not_the_hub(why));
        assert!(!node.hub_listens());
        assert_eq!(node.following().bits(), RunBits::NONE);
    }
}

#[test]
fn a_word_that_is_not_believed_does_not_end_the_belief_in_the_hub() {
    let mut node = member();
    node.hear_hub(&signed(4, 8, "home", Whose::Hub), false, 0);
    node.hear_hub(&signed(5, 7, "home", Whose::Hub), false, 1);
    assert!(node.hub_listens());
    assert_eq!(node.following().ordinal(), 4);
    assert_eq!(node.hear_hub(&[], false, 2), Heard::Left);
    assert!(!node.hub_listens());
}

#[test]
fn the_debug_form_of_a_member_shows_no_key() {
    let shown = format!("{:?}", member());
    assert!(shown.contains("Membership(home, …)"), "{shown}");
    assert!(!shown.contains("1, 1, 1"), "{shown}");
}

/// CRC-32/ISO-HDLC, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| match crc & 1 {
        0 => crc >> 1,
        _ => (crc >> 1) ^ 0xEDB8_8320,
    };
    !bytes
        .iter()
        .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
