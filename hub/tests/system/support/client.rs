//! A client of a broker that publishes whatever a test wants, valid or not.

use picket_testing::{seconds, wait_for};
use rumqttc::{Client as MqttClient, Event, MqttOptions, Packet, QoS};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Larger than anything that is published here, so that only the other side refuses.
const MAX_PACKET: usize = 1 << 20;

/// One connection with a thread that drives it. Everything goes with QoS 1.
pub(crate) struct Client {
    client: MqttClient,
    sent: u64,
    acked: Arc<AtomicU64>,
}

impl Client {
    #[track_caller]
    pub(crate) fn connect(port: u16, client_id: &str) -> Client {
        let mut options = MqttOptions::new(client_id, "127.0.0.1", port);
        options
            .set_keep_alive(seconds(60))
            .set_max_packet_size(MAX_PACKET, MAX_PACKET);
        let (client, mut connection) = MqttClient::new(options, 1_000);
        let acked = Arc::new(AtomicU64::new(0));
        let connected = Arc::new(AtomicU64::new(0));
        let (count, up) = (Arc::clone(&acked), Arc::clone(&connected));
        std::thread::spawn(move || {
            for event in connection.iter() {
                match event {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        _ = up.fetch_add(1, Ordering::SeqCst)
                    }
                    Ok(Event::Incoming(Packet::PubAck(_))) => {
                        _ = count.fetch_add(1, Ordering::SeqCst)
                    }
                    Ok(_) => {}
                    // The broker is gone, or threw this client out: what it sees next is a test's
                    // own business, and a new Client's.
                    Err(_) => break,
                }
            }
        });
        let what = format!("a connection of {client_id} to port {port}");
        wait_for(&what, seconds(20), || {
            (connected.load(Ordering::SeqCst) > 0).then_some(())
        });
        Client {
            client,
            sent: 0,
            acked,
        }
    }

    /// Hands a message to the connection; waits while the connection has its hands full.
    #[track_caller]
    pub(crate) fn publish(&mut self, topic: &str, payload: &[u8], retained: bool) {
        self.sent += 1;
        self.client
            .publish(topic, QoS::AtLeastOnce, retained, payload)
            .unwrap();
    }

    /// Waits until the broker has acknowledged everything.
    #[track_caller]
    pub(crate) fn flush(&self, deadline: Duration) {
        let what = format!("{} acknowledgements by the broker", self.sent);
        wait_for(&what, deadline, || {
            (self.acked.load(Ordering::SeqCst) >= self.sent).then_some(())
        });
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Ends the thread; a connection that is gone already cannot be ended.
        let _ = self.client.try_disconnect();
    }
}
