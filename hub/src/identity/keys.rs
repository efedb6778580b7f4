//! `keys.toml`: what the hub signs with, now and next, and the password of its own connections.

use super::error::IdentityError;
use super::files;
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use picket_wire::SiteId;
use picket_wire::sign::SigningKey;
use serde::Deserialize;
use std::fmt;
use std::path::Path;
use toml::Spanned;

/// Random bytes of a password.
const PASSWORD_LEN: usize = 32;
/// Longest password of the hub in a file, in characters; Picket's own have 43.
const MAX_PASSWORD: usize = 256;

/// A password, which `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// A new one: 32 random bytes in base64url, 43 characters.
    pub fn random() -> Result<Password, IdentityError> {
        let bytes: [u8; PASSWORD_LEN] = random()?;
        Ok(Password(Base64UrlUnpadded::encode_string(&bytes)))
    }

    /// The password itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The hub's own secrets.
pub(crate) struct Keys {
    pub(crate) site: SiteId,
    pub(crate) now: SigningKey,
    pub(crate) next: SigningKey,
    pub(crate) password: Password,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({}, …)", self.site)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    site: Spanned<String>,
    hub_key: Spanned<String>,
    next_hub_key: Spanned<String>,
    hub_password: Spanned<String>,
}

/// Bytes that nobody can guess.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], IdentityError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| IdentityError::Make(error.to_string()))?;
    Ok(bytes)
}

/// The bytes that a text of base64 stands for, if it is so many.
pub(crate) fn from_base64<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let got = Base64::decode(text, &mut bytes).ok()?.len();
    (got == N).then_some(bytes)
}

/// Bytes as text.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

impl Keys {
    pub(crate) fn random(site: SiteId) -> Result<Keys, IdentityError> {
        Ok(Keys {
            site,
            now: SigningKey::from_bytes(&random()?),
            next: SigningKey::from_bytes(&random()?),
            password: Password::random()?,
        })
    }

    pub(crate) fn parse(text: &str, file: &Path) -> Result<Keys, IdentityError> {
        let written: Written =
            toml::from_str(text).map_err(|error| files::syntax(file, text, &error))?;
        let wrong = |at: &Spanned<String>, what: String| IdentityError::Text {
            file: file.to_owned(),
            line: Some(files::line(text, at.span().start)),
            what,
        };
        let key = |at: &Spanned<String>| match from_base64(at.get_ref()) {
            Some(seed) => Ok(SigningKey::from_bytes(&seed)),
            None => Err(wrong(
                at,
                "a key is 32 bytes in base64, and this is not".to_owned(),
            )),
        };
        let password = written.hub_password.get_ref();
        if password.is_empty() || password.len() > MAX_PASSWORD {
            let what = format!("the password must have 1 to {MAX_PASSWORD} characters");
            return Err(wrong(&written.hub_password, what));
        }
        Ok(Keys {
            site: SiteId::parse(written.site.get_ref())
                .map_err(|error| wrong(&written.site, error.to_string()))?,
            now: key(&written.hub_key)?,
            next: key(&written.next_hub_key)?,
            password: Password(password.clone()),
        })
    }

    pub(crate) fn to_text(&self) -> String {
        format!(
            "# Written by picket-hub. Secret: whoever has this speaks for the hub.\n\
             site = \"{}\"\nhub_key = \"{}\"\nnext_hub_key = \"{}\"\nhub_password = {}\n",
            self.site,
            to_base64(&self.now.to_bytes()),
            to_base64(&self.next.to_bytes()),
            toml_edit::Value::from(self.password.expose()),
        )
    }
}
