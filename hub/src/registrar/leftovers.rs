//! What is retained at the broker of the nodes, looked up and removed on a connection of its own.

use crate::mqtt::{self, Event, Publisher};
use picket_wire::topic;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::mpsc;

/// Everything of Picket's own.
const FILTER: &str = "#";
/// Topics that are cleared at most; the next try clears the rest.
const MAX_TOPICS: usize = 100_000;
/// A broker that says nothing retained for so long has said everything.
const QUIET: Duration = Duration::from_millis(1500);
/// Time for all of it.
const DEADLINE: Duration = Duration::from_secs(20);
/// Time for the goodbye.
const LEAVE: Duration = Duration::from_secs(3);

/// Removes what is retained, and gives how many messages that were. None if the broker could not be
/// reached, or did not confirm all of it in time.
pub(super) async fn clear(mut options: mqtt::Options) -> Option<usize> {
    options.client_id.push_str("-clear");
    options.will = None;
    options.subscriptions = vec![format!("{}/{FILTER}", topic::ROOT)];
    let (publisher, mut events, driver) = mqtt::connect(options);
    let driver = driver.run();
    tokio::pin!(driver);
    let cleared = tokio::select! {
        cleared = tokio::time::timeout(DEADLINE, look_and_clear(&publisher, &mut events)) => {
            cleared.ok().flatten()
        }
        () = &mut driver => return None,
    };
    drop(events);
    // Everything was confirmed already.
    let _ = tokio::time::timeout(LEAVE, driver).await;
    cleared
}

async fn look_and_clear(
    publisher: &Publisher,
    events: &mut mpsc::Receiver<Event>,
) -> Option<usize> {
    while events.recv().await? != Event::Up {}
    let mut there = BTreeSet::new();
    let mut gone = 0;
    loop {
        match tokio::time::timeout(QUIET, events.recv()).await {
            Ok(Some(Event::Message {
                topic,
                payload,
                retained,
            })) => {
                if retained && !payload.is_empty() && there.len() < MAX_TOPICS {
                    remove(publisher, &topic);
                    there.insert(topic);
                } else if !retained && payload.is_empty() && there.remove(&topic) {
                    gone += 1;
                }
            }
            Ok(Some(Event::Up)) => {}
            Ok(Some(Event::Down) | None) => return None,
            Err(_) if there.is_empty() => return Some(gone),
            // Some were not taken, because too many waited.
            Err(_) => there.iter().for_each(|topic| remove(publisher, topic)),
        }
    }
}

fn remove(publisher: &Publisher, topic: &str) {
    // What is not taken now is tried again.
    let _ = publisher.try_publish(topic, "", true);
}
