//! Requests as nodes and others would send them.

use super::*;
use crate::registrar::tests::support::{HEADER, key};
use picket_wire::Verifier;

fn site() -> SiteId {
    SiteId::parse("home").unwrap()
}

fn node(id: &str) -> NodeId {
    NodeId::parse(id).unwrap()
}

fn join(key: [u8; 32]) -> Join {
    Join {
        key,
        password: Verifier::new([1; 12], &[2; 64]),
    }
}

/// A frame with these sections, signed by `signer` for `whose` if the header says so.
fn frame(header: &Header, joins: &[Join], signer: &SigningKey, whose: Whose) -> Vec<u8> {
    let mut buffer = [0; MAX_FRAME];
    let mut writer = FrameWriter::new(&mut buffer, header).unwrap();
    for join in joins {
        writer.section(section::JOIN, join).unwrap();
    }
    match header.flags.signed {
        true => sign::sign(writer, signer, &site(), whose).unwrap().to_vec(),
        false => writer.finish().to_vec(),
    }
}

fn good() -> (Vec<u8>, Join) {
    let join = join(key(1).verifying_key().to_bytes());
    let whose = Whose::Node(node("pi-07"));
    (frame(&HEADER, &[join], &key(1), whose), join)
}

#[test]
fn a_request_is_read_by_its_own_key_for_its_own_site_and_node() {
    let (bytes, join) = good();
    let wanted = read(&bytes, &site(), node("pi-07")).unwrap();
    assert_eq!((wanted.join, wanted.key), (join, key(1).verifying_key()));
    let other_node = read(&bytes, &site(), node("pi-08"));
    assert_eq!(other_node, Err(Malformed::Signature(join.key)));
    let other_site = read(&bytes, &SiteId::parse("work").unwrap(), node("pi-07"));
    assert_eq!(other_site, Err(Malformed::Signature(join.key)));
}

#[test]
fn who_does_not_hold_the_key_is_refused() {
    let join = join(key(1).verifying_key().to_bytes());
    let whose = Whose::Node(node("pi-07"));
    let stolen = frame(&HEADER, &[join], &key(2), whose);
    let refused = read(&stolen, &site(), node("pi-07")).unwrap_err();
    assert_eq!(refused, Malformed::Signature(join.key));
    assert_eq!(refused.key(), Some(join.key));
    let unsigned = Header {
        flags: Flags::default(),
        ..HEADER
    };
    let unsigned = frame(&unsigned, &[join], &key(1), whose);
    let refused = read(&unsigned, &site(), node("pi-07"));
    assert_eq!(refused, Err(Malformed::Signature(join.key)));
}

#[test]
fn keys_of_small_order_are_refused() {
    // The neutral element, and the point of order two.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut two = [0xff; 32];
    two[0] = 0xec;
    two[31] = 0x7f;
    for weak in [neutral, two, [0; 32]] {
        let whose = Whose::Node(node("pi-07"));
        let bytes = frame(&HEADER, &[join(weak)], &key(1), whose);
        let refused = read(&bytes, &site(), node("pi-07"));
        assert_eq!(refused, Err(Malformed::Key(weak)));
    }
}

#[test]
fn what_is_no_single_request_is_refused_without_a_key_to_answer() {
    let (bytes, join) = good();
    let whose = Whose::Node(node("pi-07"));
    let facts = Header {
        kind: Kind::Facts,
        ..HEADER
    };
    for wrong in [
        Vec::new(),
        b"rubbish".to_vec(),
        bytes[..bytes.len() - 1].to_vec(),
        frame(&HEADER, &[], &key(1), whose),
        frame(&HEADER, &[join, join], &key(1), whose),
        frame(&facts, &[join], &key(1), whose),
    ] {
        let refused = read(&wrong, &site(), node("pi-07")).unwrap_err();
        assert_eq!(refused, Malformed::NoRequest);
        assert_eq!(refused.key(), None);
    }
}

#[test]
fn an_answer_is_signed_by_the_hub_for_one_node_and_names_its_key() {
    let mut answers = Answers::new(BootId(7), SessionId(8));
    let mut write = |answer| {
        let own = (&key(9), [4; 32], &site());
        let to = (node("pi-07"), [3; 32]);
        answers.write(to, answer, own, Moment(5)).unwrap()
    };
    let (first, second) = (write(Answer::Welcome), write(Answer::TokenUsed));
    let first = Frame::decode(&first).unwrap();
    let hub = key(9).verifying_key();
    sign::verify(&first, &hub, &site(), Whose::Node(node("pi-07"))).unwrap();
    sign::verify(&first, &hub, &site(), Whose::Node(node("pi-08"))).unwrap_err();
    assert_eq!((first.header.kind, first.header.seq), (Kind::Join, 0));
    let Some(Ok(Section::Joined(joined))) = first.sections().next() else {
        panic!("{first:?}")
    };
    assert_eq!((joined.key, joined.next_hub_key), ([3; 32], [4; 32]));
    assert_eq!(joined.answer(), Answer::Welcome);
    let second = Frame::decode(&second).unwrap();
    assert_eq!(second.header.seq, 1);
    let Some(Ok(Section::Joined(joined))) = second.sections().next() else {
        panic!("{second:?}")
    };
    assert_eq!(joined.answer(), Answer::TokenUsed);
}
