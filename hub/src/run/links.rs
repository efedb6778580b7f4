//! How the hub's own connections reach their brokers: where, as whom, and whom they believe.

use super::RunError;
use crate::broker_url::BrokerUrl;
use crate::identity::Identity;
use crate::login::Login;
use crate::roster::HUB_USER;
use crate::settings::{External, HomeAssistant, LoginFrom, UserLogin};
use crate::tls::{Trust, TrustError};
use std::path::PathBuf;

/// The login of the hub's own connections, where Picket keeps the users.
pub(super) fn own_login(identity: &Identity) -> Login {
    Login::new(HUB_USER, identity.hub_password().expose())
}

/// The owner's broker of the nodes.
pub(super) fn external(external: &External, identity: &Identity) -> Result<BrokerUrl, RunError> {
    let url = trusting(&external.url, external.ca_file.as_ref(), identity)?;
    Ok(match &external.login {
        LoginFrom::Nobody => url,
        LoginFrom::Identity => url.with_login(own_login(identity)),
        LoginFrom::Owner(login) => url.with_login(read(login)?),
    })
}

/// The broker of Home Assistant, if it is one of its own.
pub(super) fn home_assistant(
    feed: &HomeAssistant,
    identity: &Identity,
) -> Result<Option<BrokerUrl>, RunError> {
    let Some(url) = &feed.url else {
        return Ok(None);
    };
    let url = trusting(url, feed.ca_file.as_ref(), identity)?;
    Ok(Some(match &feed.login {
        None => url,
        Some(login) => url.with_login(read(login)?),
    }))
}

fn read(login: &UserLogin) -> Result<Login, RunError> {
    Ok(Login::read(&login.user, &login.password_from)?)
}

fn trusting(
    url: &BrokerUrl,
    ca_file: Option<&PathBuf>,
    identity: &Identity,
) -> Result<BrokerUrl, TrustError> {
    if !url.is_tls() {
        return Ok(url.clone());
    }
    let trust = match ca_file {
        Some(file) => Trust::file(file)?,
        None => Trust::site(identity.ca_der())?,
    };
    Ok(url.clone().with_trust(trust))
}
