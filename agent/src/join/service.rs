//! What joining has to do with the service: it begins anew with the new identity.

use crate::agent_id;
use crate::cli::JoinOptions;
use crate::settings::DEFAULT_FILE;
use std::path::Path;
use std::process::{Command, Stdio};

/// The service.
const UNIT: &str = "picket-agent.service";
/// There while systemd runs (sd_booted(3)).
const SYSTEMD: &str = "/run/systemd/system";

/// Starts the service anew if it is that which has joined. Gives the last line of joining.
pub(super) fn start(options: &JoinOptions, settings: &Path) -> String {
    let by_hand = match (&options.settings, &options.id) {
        (None, None) => "next: picket-agent run".to_owned(),
        (_, None) => format!("next: picket-agent run --settings {}", settings.display()),
        (_, Some(id)) => format!(
            "next: picket-agent run --settings {} --id {}",
            settings.display(),
            id.display()
        ),
    };
    if !is_the_services(options) || !Path::new(SYSTEMD).exists() || !systemctl(&["cat", UNIT]) {
        return by_hand;
    }
    match systemctl(&["enable", UNIT]) && systemctl(&["restart", UNIT]) {
        true => format!("{UNIT} runs now, and from each boot on"),
        false => format!(
            "the service did not start: look at `systemctl status {UNIT}`, then type `sudo \
             systemctl enable --now {UNIT}`"
        ),
    }
}

/// Whether the service reads these files.
fn is_the_services(options: &JoinOptions) -> bool {
    let default = Path::new(DEFAULT_FILE);
    let settings = options.settings.as_deref().unwrap_or(default);
    let id = options
        .id
        .clone()
        .unwrap_or_else(|| agent_id::beside(settings));
    settings == default && id == agent_id::beside(default)
}

fn systemctl(args: &[&str]) -> bool {
    Command::new("systemctl")
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
