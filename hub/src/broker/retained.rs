//! The retained messages of the embedded broker: in memory, bounded in number and in bytes.

use rmqtt::retain::RetainStorage;
use rmqtt::topic::Topic;
use rmqtt::types::{Retain, TopicFilter, TopicName};
use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// All retained messages by topic.
pub(super) struct Retained {
    max_entries: usize,
    max_bytes: usize,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    messages: BTreeMap<TopicName, Message>,
    bytes: usize,
    most: usize,
    refused: u64,
}

struct Message {
    retain: Retain,
    bytes: usize,
    expires: Option<Instant>,
}

impl Retained {
    pub(super) fn new(max_entries: usize, max_bytes: usize) -> Retained {
        Retained {
            max_entries,
            max_bytes,
            kept: Mutex::default(),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        // Nothing is left half done where a holder of the lock could panic.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, topic: &TopicName, retain: Retain) {
        let mut kept = self.kept();
        if let Some(old) = kept.messages.remove(topic) {
            kept.bytes -= old.bytes;
        }
        if retain.publish.payload.is_empty() {
            return;
        }
        let bytes = topic.len() + retain.publish.payload.len();
        if kept.messages.len() >= self.max_entries || kept.bytes + bytes > self.max_bytes {
            kept.forget_expired();
        }
        if kept.messages.len() >= self.max_entries || kept.bytes + bytes > self.max_bytes {
            kept.refused = kept.refused.saturating_add(1);
            // Powers of two, so that a flood of topics is no flood of lines.
            if kept.refused.is_power_of_two() {
                tracing::warn!(
                    "the broker keeps no more retained messages ({} of them, {} KiB): {} not kept",
                    kept.messages.len(),
                    kept.bytes / 1024,
                    kept.refused
                );
            }
            return;
        }
        let expires = own_expiry(&retain).and_then(|after| Instant::now().checked_add(after));
        kept.messages.insert(
            topic.clone(),
            Message {
                retain,
                bytes,
                expires,
            },
        );
        kept.bytes += bytes;
        kept.most = kept.most.max(kept.messages.len());
    }
}

impl Kept {
    fn forget_expired(&mut self) {
        let now = Instant::now();
        let mut freed = 0;
        self.messages.retain(|_, message| {
            let keep = !message.is_expired(now);
            freed += if keep { 0 } else { message.bytes };
            keep
        });
        self.bytes -= freed;
    }
}

impl Message {
    fn is_expired(&self, now: Instant) -> bool {
        self.expires.is_some_and(|expires| now >= expires)
    }
}

/// The expiry that the publisher asked for. The one that rmqtt hands in is made up from a limit
/// for queued messages where the publisher asked for none, and would forget everything in minutes.
fn own_expiry(retain: &Retain) -> Option<Duration> {
    let asked = retain
        .publish
        .properties
        .as_ref()?
        .message_expiry_interval?;
    Some(Duration::from_secs(u64::from(asked.get())))
}

#[async_trait::async_trait]
impl RetainStorage for Retained {
    fn enable(&self) -> bool {
        true
    }

    async fn set(
        &self,
        topic: &TopicName,
        retain: Retain,
        _expiry: Option<Duration>,
    ) -> rmqtt::net::Result<()> {
        // A message that finds no place is still delivered to whoever is subscribed: no error.
        self.keep(topic, retain);
        Ok(())
    }

    async fn get(&self, filter: &TopicFilter) -> rmqtt::net::Result<Vec<(TopicName, Retain)>> {
        let filter = Topic::from_str(filter)?;
        let now = Instant::now();
        let kept = self.kept();
        let fits = |topic: &TopicName| filter.matches_str(&**topic);
        let found = kept
            .messages
            .iter()
            .filter(|(topic, m)| !m.is_expired(now) && fits(topic));
        Ok(found
            .map(|(topic, message)| (topic.clone(), message.retain.clone()))
            .collect())
    }

    async fn count(&self) -> isize {
        isize::try_from(self.kept().messages.len()).unwrap_or(isize::MAX)
    }

    async fn max(&self) -> isize {
        isize::try_from(self.kept().most).unwrap_or(isize::MAX)
    }
}
