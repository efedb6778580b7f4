//! Ids, topics and status texts as they are written by hand.

use picket_wire::{
    Connection, IdError, NodeId, NodeTopic, SessionId, SiteId, StatusText, StatusWord, Topic, topic,
};

const LONGEST: &str = "n23456789_123456789_123456789_12";
const TOO_LONG: &str = "n23456789_123456789_123456789_123";

#[test]
fn an_id_is_refused_for_what_is_wrong_with_it() {
    for (text, why) in [
        ("", IdError::Empty),
        ("hub", IdError::Reserved),
        ("ask", IdError::Reserved),
        ("Pi-01", IdError::Character('P')),
        ("pi/01", IdError::Character('/')),
        ("pi+", IdError::Character('+')),
        ("pi 01", IdError::Character(' ')),
        ("küche", IdError::Character('ü')),
        ("pi\0", IdError::Character('\0')),
        (TOO_LONG, IdError::TooLong),
    ] {
        assert_eq!(NodeId::parse(text), Err(why), "{text:?}");
    }
    assert_eq!(NodeId::parse(LONGEST).unwrap().as_str(), LONGEST);
    assert_eq!(SiteId::parse(TOO_LONG), Err(IdError::TooLong));
    // What is reserved is a level of topics, in which sites do not occur.
    assert_eq!(SiteId::parse("hub").unwrap().as_str(), "hub");
}

#[test]
fn a_host_name_becomes_an_id_or_says_why_not() {
    let id = |host_name: &str| NodeId::from_host_name(host_name).map(|id| id.to_string());
    assert_eq!(id("Pi-01.lan.example"), Ok("pi-01".to_owned()));
    assert_eq!(id("raspberrypi"), Ok("raspberrypi".to_owned()));
    assert_eq!(id("HUB"), Err(IdError::Reserved));
    assert_eq!(id(".lan"), Err(IdError::Empty));
    assert_eq!(id(TOO_LONG), Err(IdError::TooLong));
    assert_eq!(id(&"x".repeat(300)), Err(IdError::TooLong));
    assert_eq!(id("Küche"), Err(IdError::Character('ü')));
}

#[test]
fn a_topic_is_taken_apart_only_as_a_whole() {
    let pi_01 = NodeId::parse("pi-01").unwrap();
    for (text, meaning) in [
        (
            "picket/v1/pi-01/status",
            Topic::Node(pi_01, NodeTopic::Status),
        ),
        (
            "picket/v1/pi-01/order",
            Topic::Node(pi_01, NodeTopic::Order),
        ),
        (topic::HUB_STATUS, Topic::HubStatus),
        (topic::HUB_AVAILABLE, Topic::Unknown),
        ("picket/v1/hub/report", Topic::BadId(IdError::Reserved)),
        ("picket/v1//report", Topic::BadId(IdError::Empty)),
        ("picket/v1/Pi/report", Topic::BadId(IdError::Character('P'))),
        ("picket/v1/pi-01/report/", Topic::Unknown),
        ("picket/v1/pi-01/reports", Topic::Unknown),
        ("picket/v1/pi-01", Topic::Unknown),
        ("picket/v2/pi-01/report", Topic::Unknown),
        ("/picket/v1/pi-01/report", Topic::Unknown),
        ("", Topic::Unknown),
    ] {
        assert_eq!(Topic::parse(text), meaning, "{text}");
    }
}

#[test]
fn the_longest_topic_is_not_cut() {
    let node = NodeId::parse(LONGEST).unwrap();
    let text = NodeTopic::Status.of(node);
    assert_eq!(text.as_str(), format!("picket/v1/{LONGEST}/status"));
    assert_eq!(text.len(), topic::MAX_LEN);
}

#[test]
fn the_hub_hears_everything_that_a_node_says_and_power_on_a_connection_of_its_own() {
    let node = NodeId::parse("pi-01").unwrap();
    for topic in [
        NodeTopic::Status,
        NodeTopic::Facts,
        NodeTopic::Report,
        NodeTopic::Join,
    ] {
        let filter = topic.of(node).replace("pi-01", "+");
        assert!(
            topic::HUB_SUBSCRIPTIONS.contains(&filter.as_str()),
            "{filter}"
        );
    }
    let power = NodeTopic::Power.of(node).replace("pi-01", "+");
    assert_eq!(topic::HUB_POWER_SUBSCRIPTION, power);
    assert!(!topic::HUB_SUBSCRIPTIONS.contains(&power.as_str()));
}

#[test]
fn a_status_text_is_exactly_a_word_a_session_and_a_connection() {
    let status = |word, session, number| StatusText {
        word,
        connection: Connection {
            session: SessionId(session),
            number,
        },
    };
    for (text, meaning) in [
        ("online 1a2b.3", status(StatusWord::Online, 0x1a2b, 3)),
        (
            "stopping ffff.4294967295",
            status(StatusWord::Stopping, 0xffff, u32::MAX),
        ),
        ("halted 0000.0", status(StatusWord::Halted, 0, 0)),
        ("offline 000a.10", status(StatusWord::Offline, 10, 10)),
    ] {
        assert_eq!(StatusText::parse(text.as_bytes()), Some(meaning), "{text}");
        assert_eq!(meaning.to_string(), text);
    }
    for text in [
        "",
        "online",
        "online ",
        "online 1a2b",
        "online 1a2b.",
        "online 1a2.3",
        "online 01a2b.3",
        "online 1A2B.3",
        "online 1a2b.03",
        "online 1a2b.+3",
        "online 1a2b.4294967296",
        "online 1a2b.3 ",
        "online 1a2b.3\n",
        "online  1a2b.3",
        "Online 1a2b.3",
        "gone 1a2b.3",
    ] {
        assert_eq!(StatusText::parse(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(StatusText::parse(b"online \xff\xff\xff\xff.3"), None);
}
