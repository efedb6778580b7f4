//! What the core task is connected by: as whom, what it hears there, and its last word.

use crate::broker_url::BrokerUrl;
use crate::mqtt::{MAX_PACKET, Options, Will};
use picket_wire::topic;

/// For everything but power.
pub(crate) fn reports(url: BrokerUrl, client_id: &str) -> Options {
    Options {
        url,
        client_id: client_id.to_owned(),
        will: Some(Will {
            topic: topic::HUB_STATUS.to_owned(),
            payload: Vec::new(),
            retained: true,
        }),
        subscriptions: topic::HUB_SUBSCRIPTIONS.map(str::to_owned).to_vec(),
        max_packet: MAX_PACKET,
    }
}

/// For power alone: what a UPS says does not wait behind a backlog, and of an earlier connection
/// nothing is left.
pub(crate) fn power(url: BrokerUrl, client_id: &str) -> Options {
    Options {
        url,
        client_id: format!("{client_id}-power"),
        will: None,
        subscriptions: vec![topic::HUB_POWER_SUBSCRIPTION.to_owned()],
        max_packet: MAX_PACKET,
    }
}
