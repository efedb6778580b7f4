//! Which bytes are the hub's answer, and what the request carries.

use super::*;
use crate::testing::Tree;
use picket_wire::section::JOINED;
use picket_wire::sign::SigningKey;
use picket_wire::{BootId, SessionId, SiteId};

const BOOT_ID: &str = "5f1c1d43-4b0e-4a5e-9d43-0d8c9f8f8a11\n";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn node(name: &str) -> NodeId {
    NodeId::parse(name).unwrap()
}

/// `pi-07` asks the hub of key 8.
fn request() -> Request {
    let site = SiteId::parse("home").unwrap();
    let own = Own::make(site, node("pi-07"), key(8).verifying_key()).unwrap();
    let tree = Tree::new().file("proc/sys/kernel/random/boot_id", BOOT_ID);
    Request::new(&own, &tree.root()).unwrap()
}

/// What a frame is made of.
struct Answered {
    by: u8,
    site: &'static str,
    whose: Whose,
    kind: Kind,
    key: [u8; 32],
    answer: Answer,
}

impl Answered {
    fn to(request: &Request) -> Answered {
        Answered {
            by: 8,
            site: "home",
            whose: Whose::Node(node("pi-07")),
            kind: Kind::Join,
            key: request.own.key.verifying_key().to_bytes(),
            answer: Answer::Welcome,
        }
    }

    fn frame(&self) -> Vec<u8> {
        let header = Header {
            kind: self.kind,
            flags: Flags {
                signed: true,
                ..Flags::default()
            },
            boot: BootId(1),
            session: SessionId(1),
            seq: 0,
            run: RunBits(7),
            uptime_ms: 1,
        };
        let joined = Joined {
            key: self.key,
            answer: self.answer.code(),
            next_hub_key: key(9).verifying_key().to_bytes(),
        };
        let mut buf = [0; MAX_REQUEST];
        let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
        writer.section(JOINED, &joined).unwrap();
        let site = SiteId::parse(self.site).unwrap();
        sign::sign(writer, &key(self.by), &site, self.whose)
            .unwrap()
            .to_vec()
    }
}

#[test]
fn a_request_brings_the_key_that_signed_it_and_what_proves_the_password() {
    let request = request();
    let frame = Frame::decode(&request.frame).unwrap();
    assert_eq!(frame.header.kind, Kind::Join);
    assert_eq!(frame.header.run, RunBits::NONE);
    let Some(Ok(Section::Join(join))) = frame.sections().next() else {
        panic!("{frame:?}")
    };
    let public = request.own.key.verifying_key();
    assert_eq!(join.key, public.to_bytes());
    let whose = Whose::Node(node("pi-07"));
    let site = SiteId::parse("home").unwrap();
    assert_eq!(sign::verify(&frame, &public, &site, whose), Ok(()));
    let expected = verifier(request.own.password.reveal(), join.password.salt);
    assert_eq!(join.password, expected);
    let shown = format!("{request:?}");
    assert!(!shown.contains(request.own.password.reveal()), "{shown}");
}

#[test]
fn a_verifier_is_what_mosquitto_would_write() {
    // The first bytes of Python's hashlib.pbkdf2_hmac("sha512", b"password", b"saltsaltsalt", 101).
    let hash = verifier("password", *b"saltsaltsalt").hash();
    assert_eq!(hash[..8], [20, 33, 187, 16, 26, 60, 204, 152]);
}

#[test]
fn the_hubs_answer_to_this_key_is_taken() {
    let request = request();
    let joined = request.answer(&Answered::to(&request).frame()).unwrap();
    assert_eq!(joined.answer(), Answer::Welcome);
    assert_eq!(joined.next_hub_key, key(9).verifying_key().to_bytes());
}

#[test]
fn what_the_hub_has_not_signed_for_this_node_and_key_is_no_answer() {
    let request = request();
    let right = || Answered::to(&request);
    for (what, answered) in [
        ("another hub's", Answered { by: 7, ..right() }),
        (
            "another site's",
            Answered {
                site: "away",
                ..right()
            },
        ),
        (
            "to another node",
            Answered {
                whose: Whose::Node(node("pi-08")),
                ..right()
            },
        ),
        (
            "to everybody",
            Answered {
                whose: Whose::Hub,
                ..right()
            },
        ),
        (
            "to another key",
            Answered {
                key: [5; 32],
                ..right()
            },
        ),
        (
            "of another kind",
            Answered {
                kind: Kind::HubStatus,
                ..right()
            },
        ),
    ] {
        assert_eq!(request.answer(&answered.frame()), None, "{what}");
    }
    assert_eq!(request.answer(&request.frame), None, "the request itself");
    assert_eq!(request.answer(b"garbage"), None);
    let mut cut = right().frame();
    cut.truncate(cut.len() - 1);
    assert_eq!(request.answer(&cut), None);
}

#[test]
fn only_a_refusal_of_the_key_itself_makes_it_useless() {
    let request = request();
    for (answer, for_good) in [
        (Answer::TokenUsed, true),
        (Answer::NameTaken, true),
        (Answer::Malformed, false),
        (Answer::NotKept, false),
        (Answer::Unknown(77), false),
    ] {
        let answered = Answered {
            answer,
            ..Answered::to(&request)
        };
        let joined = request.answer(&answered.frame()).unwrap();
        let refused = verdict(joined).unwrap_err();
        assert_eq!(refused.for_good, for_good, "{answer:?}");
        assert_eq!(refused.why, format!("the hub refused: {answer}"));
    }
}
