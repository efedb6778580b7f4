//! Why there is no connection: told apart as far as it makes a difference to what is to be done.

use crate::broker::Broker;
use crate::tls::{self, Distrust};
use rumqttc::mqttbytes::Error as PacketError;
use rumqttc::{ConnectReturnCode, ConnectionError, StateError};
use std::io;

/// Why a connection was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The broker takes no such user name and password.
    Login,
    /// Whoever answered is not the hub.
    Distrust(Distrust),
    /// Nobody answers: one line that says so.
    Unreachable(String),
    /// Anything else: one line that says what to do.
    Other(String),
}

/// What an error of the client means before the broker has accepted the connection.
pub(super) fn why(broker: &Broker, error: &ConnectionError) -> Lost {
    let text = match error {
        ConnectionError::ConnectionRefused(
            ConnectReturnCode::BadUserNamePassword | ConnectReturnCode::NotAuthorized,
        ) => return Lost::Login,
        ConnectionError::ConnectionRefused(code) => {
            format!("{broker} refused the connection ({code:?}): look at the broker's log")
        }
        ConnectionError::Tls(error) => match tls::distrust(error) {
            Some(why) => return Lost::Distrust(why),
            None => format!(
                "{broker} does not speak TLS with us: {error}; is its port the one for nodes?"
            ),
        },
        ConnectionError::Io(error) => {
            return Lost::Unreachable(format!(
                "cannot connect to {broker}: {error}; is the hub running"
            ));
        }
        ConnectionError::NetworkTimeout | ConnectionError::FlushTimeout => {
            return Lost::Unreachable(format!("{broker} does not answer; is the machine on"));
        }
        ConnectionError::NotConnAck(_) | ConnectionError::MqttState(_) => {
            format!("{broker} does not speak MQTT 3.1.1 with us: {error}")
        }
        ConnectionError::RequestsDone => format!("the connection to {broker} ended"),
    };
    Lost::Other(text)
}

/// What ended a connection that stood, without the words of the client's insides.
pub(super) fn ended(error: &ConnectionError) -> String {
    match error {
        ConnectionError::Io(error)
        | ConnectionError::MqttState(
            StateError::Io(error) | StateError::Deserialization(PacketError::Io(error)),
        ) => closed(error),
        ConnectionError::MqttState(StateError::ConnectionAborted) => CLOSED.to_owned(),
        ConnectionError::MqttState(StateError::AwaitPingResp) => {
            "the broker answers no more".to_owned()
        }
        other => other.to_string(),
    }
}

const CLOSED: &str = "the other side closed it";

fn closed(error: &io::Error) -> String {
    match error.kind() {
        // A program that is stopped seldom takes leave; TLS calls that an error of its own.
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionAborted => CLOSED.to_owned(),
        _ => error.to_string(),
    }
}

/// Why somebody is not the hub.
pub fn in_words(why: &Distrust) -> String {
    match why {
        Distrust::OtherCa => "its certificate is of another CA".to_owned(),
        Distrust::NotAHub => "its certificate is not that of a hub".to_owned(),
        Distrust::Other(why) => format!("no handshake by TLS 1.3 ({why})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_was_closed_is_said_in_the_owners_words() {
        let tls = io::Error::new(io::ErrorKind::UnexpectedEof, "no close_notify: https://…");
        let tls = StateError::Deserialization(PacketError::Io(tls));
        for (error, words) in [
            (ConnectionError::MqttState(tls), CLOSED),
            (
                ConnectionError::MqttState(StateError::ConnectionAborted),
                CLOSED,
            ),
            (
                ConnectionError::MqttState(StateError::AwaitPingResp),
                "the broker answers no more",
            ),
            (
                ConnectionError::Io(io::ErrorKind::ConnectionReset.into()),
                "connection reset",
            ),
        ] {
            assert_eq!(ended(&error), words);
        }
    }
}
