//! A short connection: to say one thing and hear the answer, or to be let in and leave.

pub use super::lost::{Lost, in_words};
use super::{Door, lost};
use rumqttc::{AsyncClient, ClientError, Event, EventLoop, Outgoing, Packet, QoS};

/// Most messages handed over and not sent: a subscription, a request, its repetitions, a good-bye.
const MAX_UNSENT: usize = 8;

/// What happened on the connection.
#[derive(Debug)]
pub enum Happened {
    /// The broker accepted it.
    Accepted,
    /// The broker has the subscription.
    Subscribed,
    /// The broker did not accept it.
    Refused(Lost),
    /// A message arrived.
    Heard {
        /// Its topic.
        topic: String,
        /// It may be anything.
        payload: Vec<u8>,
    },
    /// It was accepted, and is gone now.
    Ended(String),
}

/// A connection without a kept session and without a will.
pub struct Exchange {
    door: Door,
    client: AsyncClient,
    event_loop: EventLoop,
    accepted: bool,
}

impl Exchange {
    /// Prepares a connection as `client`, which is also the user name; [`Exchange::next`] makes it.
    pub fn open(door: &Door, client: &str) -> Exchange {
        let mut options = door.options(client);
        options.set_clean_session(true);
        let (client, event_loop) = AsyncClient::new(options, MAX_UNSENT);
        Exchange {
            door: door.clone(),
            client,
            event_loop,
            accepted: false,
        }
    }

    /// The next thing that happened; after an end or a refusal there is nothing more. Nothing is
    /// lost if the future is dropped after the connection was accepted.
    pub async fn next(&mut self) -> Happened {
        loop {
            match self.event_loop.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    self.accepted = true;
                    return Happened::Accepted;
                }
                Ok(Event::Incoming(Packet::SubAck(_))) => return Happened::Subscribed,
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    return Happened::Heard {
                        topic: publish.topic,
                        payload: publish.payload.to_vec(),
                    };
                }
                // It has left this machine then. Not every broker closes the connection after it, as
                // the hub's own.
                Ok(Event::Outgoing(Outgoing::Disconnect)) => {
                    return Happened::Ended("this side has said good-bye".to_owned());
                }
                Ok(_) => {}
                Err(error) if self.accepted => return Happened::Ended(error.to_string()),
                Err(error) => return Happened::Refused(lost::why(&self.door.broker, &error)),
            }
        }
    }

    /// Subscribes, QoS 1.
    ///
    /// # Errors
    /// The client takes no more.
    pub fn subscribe(&self, topic: &str) -> Result<(), String> {
        let handed = self.client.try_subscribe(topic, QoS::AtLeastOnce);
        handed.map_err(|error| full(&error))
    }

    /// Publishes, QoS 1 and not retained.
    ///
    /// # Errors
    /// The client takes no more.
    pub fn publish(&self, topic: &str, payload: &[u8]) -> Result<(), String> {
        let qos = QoS::AtLeastOnce;
        let handed = self.client.try_publish(topic, qos, false, payload);
        handed.map_err(|error| full(&error))
    }

    /// Says good-bye; the connection has ended when [`Exchange::next`] says so.
    pub fn leave(&self) {
        // Without a will a good-bye that is not heard makes no difference.
        let _ = self.client.try_disconnect();
    }
}

fn full(error: &ClientError) -> String {
    format!("the MQTT client took no more messages: {error}")
}
