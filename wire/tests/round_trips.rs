//! Whatever is written is read back the same, and no bytes whatever are read wrongly.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is wrong"
)]

#[path = "../fuzz/body.rs"]
mod body;
#[path = "common/content.rs"]
mod content;

use content::Content;
use picket_wire::frame::mark_backlog;
use picket_wire::header::MAX_UPTIME_MS;
use picket_wire::section::MAX_TEXT;
use picket_wire::*;
use proptest::collection::vec;
use proptest::prelude::*;

fn any_header() -> impl Strategy<Value = Header> {
    let flags = (any::<bool>(), any::<bool>());
    let numbers = (any::<u32>(), any::<u16>(), any::<u32>(), any::<u32>());
    (1u8..=6, flags, numbers, 0..=MAX_UPTIME_MS).prop_map(
        |(kind, (signed, backlog), (boot, session, seq, run), uptime_ms)| Header {
            kind: Kind::from_code(kind).unwrap(),
            flags: Flags { signed, backlog },
            boot: BootId(boot),
            session: SessionId(session),
            seq,
            run: RunBits(run),
            uptime_ms,
        },
    )
}

fn any_reading() -> impl Strategy<Value = Reading> {
    // Shifted, so that small values are as frequent as large ones.
    let number = (any::<i64>(), 0u32..64).prop_map(|(value, shift)| Ok(value >> shift));
    let missing = any::<u8>().prop_map(|code| Err(Missing::from_code(code)));
    let value = prop_oneof![3 => number, 1 => missing];
    (0..=quantity::MAX_CODE, any::<u8>(), value).prop_map(|(code, part, value)| Reading {
        quantity: Quantity(code),
        part,
        value,
    })
}

fn any_text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| section::cut(&text).to_owned())
}

/// Number, kind, id and name.
fn any_part() -> impl Strategy<Value = (u8, u8, String, String)> {
    (any::<u8>(), any::<u8>(), any_text(), any_text())
}

fn any_loss() -> impl Strategy<Value = Loss> {
    (any::<u8>(), any::<u32>(), any::<u32>(), any::<u32>()).prop_map(|(kind, one, other, count)| {
        let (first, last) = (one.min(other), one.max(other));
        let count = count.clamp(1, (last - first).saturating_add(1));
        Loss {
            kind,
            first,
            last,
            count,
        }
    })
}

fn any_id() -> impl Strategy<Value = String> {
    "[a-z0-9_-]{1,32}".prop_filter("reserved", |id| !id::RESERVED.contains(&id.as_str()))
}

fn any_status() -> impl Strategy<Value = StatusText> {
    let word = prop_oneof![
        Just(StatusWord::Online),
        Just(StatusWord::Stopping),
        Just(StatusWord::Halted),
        Just(StatusWord::Offline),
    ];
    (word, any::<u16>(), any::<u32>()).prop_map(|(word, session, number)| StatusText {
        word,
        connection: Connection {
            session: SessionId(session),
            number,
        },
    })
}

proptest! {
    #[test]
    fn a_header_is_read_back(header in any_header()) {
        prop_assert_eq!(Header::decode(&header.encode()), Ok(header));
    }

    #[test]
    fn an_uptime_beyond_48_bits_stays_at_the_highest(
        header in any_header(),
        uptime_ms in MAX_UPTIME_MS..,
    ) {
        let bytes = Header { uptime_ms, ..header }.encode();
        prop_assert_eq!(Header::decode(&bytes).unwrap().uptime_ms, MAX_UPTIME_MS);
    }

    #[test]
    fn a_frame_of_readings_losses_and_runs_is_read_back(
        header in any_header(),
        readings in vec(any_reading(), 1..100),
        losses in vec(any_loss(), 1..20),
        ordinal: u32,
    ) {
        let contents = vec![
            Content::Loss(losses),
            Content::Readings(readings),
            Content::Holds(Holds { run_ordinal: ordinal }),
            Content::HubRun(HubRun { ordinal }),
            Content::Unknown(99),
        ];
        let bytes = content::encode(&header, &contents);
        prop_assert_eq!(content::decode(&bytes), (header, contents));
    }

    #[test]
    fn facts_and_parts_are_read_back(
        header in any_header(),
        texts in [any_text(), any_text(), any_text(), any_text(), any_text()],
        every_ms: u32,
        parts in vec(any_part(), 1..20),
    ) {
        let [agent, model, os, kernel, arch] = &texts;
        let parts = parts.iter().map(|(number, kind, id, name)| {
            Part { number: *number, kind: *kind, id, name }
        });
        let contents = vec![
            Content::Facts(Facts { agent, model, os, kernel, arch, every_ms }),
            Content::Parts(parts.collect()),
        ];
        let bytes = content::encode(&header, &contents);
        prop_assert_eq!(content::decode(&bytes), (header, contents));
    }

    #[test]
    fn a_frame_takes_as_many_readings_as_fit_and_says_how_many(
        header in any_header(),
        readings in vec(any_reading(), 1..200),
        room in 100usize..1_000,
    ) {
        let mut buf = vec![0; room];
        let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
        let count = writer.readings(readings.iter().copied()).unwrap();
        let bytes = writer.finish();
        prop_assert!(bytes.len() <= room);
        let taken = content::decode(bytes).1;
        // No readings leave no section behind.
        let section = (count > 0).then(|| Content::Readings(readings[..count].to_vec()));
        prop_assert_eq!(taken, Vec::from_iter(section));
        if count < readings.len() {
            let one_more = Content::Readings(readings[..=count].to_vec());
            prop_assert!(content::encode(&header, &[one_more]).len() > room);
        }
    }

    #[test]
    fn what_does_not_fit_leaves_the_frame_as_it_was(header in any_header(), room in 92usize..150) {
        let mut buf = vec![0; room];
        let mut writer = FrameWriter::new(&mut buf, &header).unwrap();
        let long = "x".repeat(MAX_TEXT);
        let part = Part { number: 1, kind: 1, id: &long, name: &long };
        prop_assert_eq!(writer.repeated(section::PARTS, [part]), Err(EncodeError::Full));
        prop_assert_eq!(writer.section(128, &0u8), Err(EncodeError::Tag(128)));
        prop_assert_eq!(content::decode(writer.finish()), (header, vec![]));
    }

    #[test]
    fn a_backlog_mark_changes_the_flag_and_nothing_else(
        header in any_header(),
        readings in vec(any_reading(), 1..20),
    ) {
        let contents = vec![Content::Readings(readings)];
        let mut bytes = content::encode(&header, &contents);
        let before = bytes.clone();
        if header.flags.signed {
            prop_assert!(!mark_backlog(&mut bytes));
            prop_assert_eq!(bytes, before);
        } else {
            prop_assert!(mark_backlog(&mut bytes));
            let flags = Flags { signed: false, backlog: true };
            prop_assert_eq!(content::decode(&bytes), (Header { flags, ..header }, contents));
        }
    }

    #[test]
    fn one_flipped_bit_is_never_read_as_the_same_frame(
        header in any_header(),
        readings in vec(any_reading(), 0..20),
        bit: prop::sample::Index,
    ) {
        let mut bytes = content::encode(&header, &[Content::Readings(readings)]);
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(Frame::decode(&bytes).is_err());
    }

    #[test]
    fn a_number_has_one_spelling(value: u64, shift in 0u32..64) {
        let value = value >> shift;
        let mut out = [0; varint::MAX_LEN];
        let used = varint::write(value, &mut out).unwrap();
        prop_assert_eq!(used, varint::len(value));
        prop_assert_eq!(varint::read(&out), Some((value, &out[used..])));
        prop_assert_eq!(varint::write(value, &mut out[..used - 1]), None);
        // The same number in one byte more, a zero after it, is refused.
        let mut longer = out[..used].to_vec();
        longer[used - 1] |= 0x80;
        longer.push(0);
        prop_assert_eq!(varint::read(&longer), None);
    }

    #[test]
    fn small_numbers_of_both_signs_stay_small(value: i64) {
        prop_assert_eq!(varint::unzigzag(varint::zigzag(value)), value);
        prop_assert!(varint::zigzag(value) / 2 <= value.unsigned_abs());
    }

    #[test]
    fn a_status_text_is_read_back(status in any_status()) {
        let text = status.to_text();
        prop_assert_eq!(StatusText::parse(text.as_bytes()), Some(status));
        prop_assert_eq!(text.as_str(), status.to_string());
    }

    #[test]
    fn an_id_and_the_topics_of_its_node_are_read_back(text in any_id()) {
        let node = NodeId::parse(&text).unwrap();
        prop_assert_eq!(node.as_str(), text.as_str());
        let site = SiteId::parse(&text).unwrap();
        prop_assert_eq!(site.as_str(), text.as_str());
        for topic in [
            NodeTopic::Status,
            NodeTopic::Facts,
            NodeTopic::Report,
            NodeTopic::Power,
            NodeTopic::Order,
            NodeTopic::Join,
            NodeTopic::Joined,
        ] {
            prop_assert_eq!(Topic::parse(&topic.of(node)), Topic::Node(node, topic));
        }
    }

    #[test]
    fn ids_sort_like_their_texts(one in any_id(), other in any_id()) {
        let order = NodeId::parse(&one).unwrap().cmp(&NodeId::parse(&other).unwrap());
        prop_assert_eq!(order, one.cmp(&other));
    }

    #[test]
    fn a_host_name_in_upper_case_with_a_domain_is_the_same_node(
        id in any_id(),
        domain in "[a-z.]{0,20}",
    ) {
        let host_name = format!("{}.{domain}", id.to_ascii_uppercase());
        prop_assert_eq!(NodeId::from_host_name(&host_name), NodeId::parse(&id));
    }

    #[test]
    fn any_text_is_an_id_or_refused_for_a_reason(text: String) {
        let plain = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-');
        let allowed = !text.is_empty() && text.len() <= 32 && text.chars().all(plain);
        prop_assert_eq!(SiteId::parse(&text).is_ok(), allowed);
        if let Err(IdError::Character(c)) = SiteId::parse(&text) {
            prop_assert!(text.contains(c) && !plain(c));
        }
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..600)) {
        body::check(&bytes);
    }

    #[test]
    fn any_body_in_a_frame_is_read_without_a_panic(
        header in any_header(),
        body in vec(any::<u8>(), 0..600),
    ) {
        body::check(&[header.encode().as_slice(), &body].concat());
    }

    #[test]
    fn any_content_of_a_known_section_is_read_without_a_panic(
        header in any_header(),
        tag in prop::sample::select(&[1u8, 2, 3, 4, 5, 7, 11, 12, 15, 16, 17, 18, 19][..]),
        content in vec(any::<u8>(), 0..128),
        tail: [u8; 4],
    ) {
        let head = [tag, content.len() as u8];
        body::check(&[header.encode().as_slice(), &head, &content, &tail].concat());
    }
}
