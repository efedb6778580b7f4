//! Whom a connection of the hub's believes to be its broker.
//!
//! The site's own CA is pinned: its dates are no control, because a Pi without a clock boots in
//! 1970, and its servers all carry one name whatever address they are reached at. A CA from a file
//! is verified as usual, by host name and date; a clock that stands before the making of this
//! program is wrong, and that time counts instead.

use super::{VERSIONS, provider};
use picket_wire::token::SERVER_NAME;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// A moment inside the validity of every CA and certificate of Picket's, 2000 to 2100: the first
/// second of 2050.
const INSIDE: Duration = Duration::from_secs(2_524_608_000);
/// This program is younger than that: the first second of November 2026.
const MADE_AFTER: Duration = Duration::from_secs(1_793_491_200);
/// Longest file of CAs, in bytes; Debian's whole bundle has a quarter of it.
const MAX_CA_FILE: u64 = 1024 * 1024;

/// How a connection verifies its broker; cheap to clone.
#[derive(Clone)]
pub struct Trust(Arc<ClientConfig>);

/// Why there is nobody to believe.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be used.
    #[error("cannot use the CA certificates in {}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The site's own CA cannot be used.
    #[error("the site's own CA cannot be used: {0}; restore the identity from a backup")]
    Site(String),
}

impl Trust {
    /// Believes the servers of the site, whose CA this is.
    pub fn site(ca: CertificateDer<'static>) -> Result<Trust, TrustError> {
        let name =
            ServerName::try_from(SERVER_NAME).map_err(|e| TrustError::Site(e.to_string()))?;
        let pinned = Verifier {
            inner: inner(vec![ca]).map_err(TrustError::Site)?,
            pinned: Some(name),
        };
        config(pinned).map_err(TrustError::Site)
    }

    /// Believes the servers that a CA of this PEM file names, by their host name.
    pub fn file(path: &Path) -> Result<Trust, TrustError> {
        let error = |why: String| TrustError::File {
            path: path.to_owned(),
            why,
        };
        let found = std::fs::metadata(path).map_err(|e| error(e.to_string()))?;
        if found.len() > MAX_CA_FILE {
            return Err(error(format!("it is longer than {MAX_CA_FILE} bytes")));
        }
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
            .map_err(|e| error(e.to_string()))?
            .collect();
        let certificates = certificates.map_err(|e| error(e.to_string()))?;
        let usual = Verifier {
            inner: inner(certificates).map_err(error)?,
            pinned: None,
        };
        config(usual).map_err(error)
    }

    pub(crate) fn config(&self) -> Arc<ClientConfig> {
        self.0.clone()
    }
}

fn inner(certificates: Vec<CertificateDer<'static>>) -> Result<Arc<WebPkiServerVerifier>, String> {
    let mut roots = RootCertStore::empty();
    let (_taken, _left) = roots.add_parsable_certificates(certificates);
    if roots.is_empty() {
        return Err("it holds no certificate of a CA in PEM".to_owned());
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|error| error.to_string())
}

fn config(verifier: Verifier) -> Result<Trust, String> {
    let versions = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&VERSIONS)
        .map_err(|error| error.to_string())?;
    let config = versions
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Trust(Arc::new(config)))
}

/// rustls' own verifier, asked for another name or another time.
#[derive(Debug)]
struct Verifier {
    inner: Arc<WebPkiServerVerifier>,
    pinned: Option<ServerName<'static>>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (name, time) = match &self.pinned {
            Some(name) => (name, INSIDE),
            None => (
                server_name,
                Duration::from_secs(now.as_secs()).max(MADE_AFTER),
            ),
        };
        let time = UnixTime::since_unix_epoch(time);
        self.inner
            .verify_server_cert(end_entity, intermediates, name, ocsp_response, time)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Whether both are the same one.
impl PartialEq for Trust {
    fn eq(&self, other: &Trust) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Trust {}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust")
    }
}
