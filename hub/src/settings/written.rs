//! `hub.toml` as it stands in the file: every known key, nothing checked but its type.

use serde::Deserialize;
use toml::Spanned;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) site: Option<Spanned<String>>,
    pub(super) state_dir: Option<Spanned<String>>,
    pub(super) nodes_file: Option<Spanned<String>>,
    pub(super) max_nodes: Option<Spanned<i64>>,
    pub(super) broker: Option<WrittenBroker>,
    pub(super) mqtt: Option<WrittenMqtt>,
    pub(super) web: Option<WrittenWeb>,
    pub(super) home_assistant: Option<WrittenHomeAssistant>,
    pub(super) presence: Option<WrittenPresence>,
    #[serde(default)]
    pub(super) endurance: Vec<Spanned<WrittenEndurance>>,
}

/// `[broker]`: the embedded one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenBroker {
    pub(super) listen: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) listen_tls: Option<Spanned<Vec<Spanned<String>>>>,
    pub(super) address: Option<Spanned<String>>,
}

/// `[mqtt]`: an external broker.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenMqtt {
    pub(super) url: Spanned<String>,
    pub(super) allow_plain: Option<bool>,
    pub(super) user: Option<Spanned<String>>,
    pub(super) password_from: Option<Spanned<String>>,
    pub(super) ca_file: Option<Spanned<String>>,
    pub(super) password_file: Option<Spanned<String>>,
    pub(super) acl_file: Option<Spanned<String>>,
    pub(super) reload: Option<Spanned<Vec<String>>>,
    pub(super) address: Option<Spanned<String>>,
}

/// `[web]`: the page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenWeb {
    pub(super) listen: Option<Spanned<String>>,
}

/// `[home_assistant]`: its feed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenHomeAssistant {
    pub(super) url: Option<Spanned<String>>,
    pub(super) allow_plain: Option<bool>,
    pub(super) user: Option<Spanned<String>>,
    pub(super) password_from: Option<Spanned<String>>,
    pub(super) ca_file: Option<Spanned<String>>,
    pub(super) discovery_prefix: Option<Spanned<String>>,
}

/// `[presence]`: when a node counts as missing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenPresence {
    pub(super) stopping_excuse: Option<Spanned<String>>,
}

/// `[[endurance]]`: what may be written to a disk.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenEndurance {
    pub(super) disk: Option<Spanned<String>>,
    pub(super) product: Option<Spanned<String>>,
    pub(super) node: Option<Spanned<String>>,
    pub(super) terabytes_written: Spanned<f64>,
    pub(super) written_before_tb: Option<Spanned<f64>>,
}
