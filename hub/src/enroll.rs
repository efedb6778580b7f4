//! The commands by which nodes come and go: `enroll`, `expel`, `clear`. Each asks the running hub.
//!
//! | file | one idea |
//! |---|---|
//! | `listener` | the broker is had to listen for other machines, once |
//! | `hub_toml`, `beside` | that is written into the settings, and nothing else of them changes |
//! | `words` | what is printed |
//! | `consent` | what is asked at the terminal |

mod beside;
mod consent;
mod hub_toml;
mod listener;
mod words;

use crate::cli::{Clear, Enroll, Expel};
use crate::print::print;
use crate::registrar::address::is_loopback;
use crate::registrar::shapes::{
    BrokerKind, ClearWish, Cleared, EnrollWish, ExpelWish, Expelled, GivenTokens,
    HomeAssistantLogin, HomeAssistantWish, Joining,
};
use crate::socket::{self, AskError};
use consent::Consent;
pub use hub_toml::EditError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::path::{Path, PathBuf};

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum EnrollError {
    /// The hub was not asked, or refused.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The settings could not be changed.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The hub has other settings than those that would be changed.
    #[error(
        "the hub says that it was started with {theirs:?}, and this command would change {}; \
         nothing was changed: if that is right, give --config with the hub's file", ours.display()
    )]
    OtherConfig {
        /// The file that the hub names.
        theirs: PathBuf,
        /// The file of this command.
        ours: PathBuf,
    },
    /// The owner has to say yes first.
    #[error("{0}")]
    NoConsent(String),
    /// The terminal is gone.
    #[error("cannot write to the terminal: {0}")]
    Terminal(#[from] io::Error),
}

/// `enroll`
pub async fn enroll(args: &Enroll) -> Result<(), EnrollError> {
    let dir = args.runtime_dir.of_a_hub();
    let joining: Joining = read(socket::get(&dir, "/api/v1/joining").await?)?;
    let is_wanted = match args.listen {
        Some(address) => !joining.listeners_tls.contains(&address),
        // Home Assistant often runs on this machine, and can do without.
        None => joining.listeners_tls.is_empty() && !args.home_assistant,
    };
    if joining.broker == BrokerKind::Embedded && is_wanted {
        listener::add(&dir, args, joining.config.as_deref()).await?;
    }
    match args.home_assistant {
        true => home_assistant(&dir, args).await,
        false => nodes(&dir, args).await,
    }
}

async fn nodes(dir: &Path, args: &Enroll) -> Result<(), EnrollError> {
    let wish = EnrollWish {
        nodes: args.nodes.clone(),
        replace: args.replace,
        address: args.address.clone(),
    };
    let given: GivenTokens = post(dir, "/api/v1/enroll", &wish).await?;
    let local = given.tokens.iter().any(|token| is_loopback(&token.address));
    match args.json {
        true => print(&words::tokens_json(&given))?,
        false => print(&words::tokens(&given))?,
    }
    if local {
        eprintln!("picket-hub: {}", words::ONLY_HERE);
    }
    Ok(())
}

async fn home_assistant(dir: &Path, args: &Enroll) -> Result<(), EnrollError> {
    let wish = HomeAssistantWish {
        address: args.address.clone(),
    };
    let login: HomeAssistantLogin = post(dir, "/api/v1/enroll-home-assistant", &wish).await?;
    show(args.json, &login, words::home_assistant)
}

/// `expel`
pub async fn expel(args: &Expel) -> Result<(), EnrollError> {
    let node = &args.node;
    let question = format!(
        "Expel {node}? Its key and password are void at once, and its incidents are closed."
    );
    Consent::of(args.yes).need(&question, &format!("picket-hub expel --yes {node}"))?;
    let wish = ExpelWish { node: node.clone() };
    let dir = args.runtime_dir.of_a_hub();
    let expelled: Expelled = post(&dir, "/api/v1/expel", &wish).await?;
    show(args.json, &expelled, words::expelled)
}

/// `clear`
pub async fn clear(args: &Clear) -> Result<(), EnrollError> {
    let question = "Remove everything that Picket keeps at the brokers? The hub is silent \
                    afterwards, until it is started again.";
    Consent::of(args.yes).need(question, "picket-hub clear --all --yes")?;
    let wish = ClearWish { all: args.all };
    let dir = args.runtime_dir.of_a_hub();
    let cleared: Cleared = post(&dir, "/api/v1/clear", &wish).await?;
    show(args.json, &cleared, words::cleared)
}

fn show<T: Serialize>(json: bool, answer: &T, words: fn(&T) -> String) -> Result<(), EnrollError> {
    let text = match json {
        true => words::json(answer),
        false => words(answer),
    };
    Ok(print(&text)?)
}

async fn post<T: DeserializeOwned>(
    dir: &Path,
    target: &str,
    wish: &impl Serialize,
) -> Result<T, AskError> {
    let wish = serde_json::to_value(wish);
    let wish = wish.map_err(|error| AskError::Unreadable(error.to_string()))?;
    read(socket::post(dir, target, &wish).await?)
}

fn read<T: DeserializeOwned>(answer: serde_json::Value) -> Result<T, AskError> {
    serde_json::from_value(answer).map_err(|error| AskError::Unreadable(error.to_string()))
}

#[cfg(test)]
mod tests;
