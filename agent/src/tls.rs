//! Whom the agent speaks TLS with: the hub whose CA it knows; the one file that knows rustls.
//!
//! A hub has a CA of its own, and every hub's certificate bears the one name [`SERVER_NAME`],
//! whatever address it is reached at: what counts is the CA, which stands in `agent.id`, or whose
//! fingerprint stands in the token. Dates are no control, because a Pi may boot in 1970: they are
//! looked at as if it were always [`MOMENT_S`], and no clock is read.

use picket_wire::token::{FINGERPRINT_LEN, SERVER_NAME};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, Error as TlsError,
    PeerIncompatible, RootCertStore, SignatureScheme,
};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::fmt;
use std::io;
use std::net::TcpStream;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// 2050-01-01 00:00 UTC, in seconds since 1970: inside the years 2000 to 2100, for which a hub
/// makes its certificates.
pub const MOMENT_S: u64 = 2_524_608_000;

/// How to speak TLS with one hub. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ClientConfig>,
    verifier: Arc<Verifier>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

/// Why a server is not believed to be the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// No certificate of the known CA.
    OtherCa,
    /// The CA's certificate, but not for a hub.
    NotAHub,
    /// Anything else, in rustls's words.
    Other(String),
}

impl Tls {
    /// For a hub whose CA is known by its certificate in DER.
    ///
    /// # Errors
    /// The bytes are no certificate.
    pub fn of_ca(ca: &[u8]) -> Result<Tls, String> {
        let ca = CertificateDer::from(ca.to_vec());
        let chain = chain_verifier(&ca, &provider())
            .map_err(|error| format!("the CA is no certificate: {error}"))?;
        Tls::new(Pin::Chain(chain))
    }

    /// For a hub of whose CA only the SHA-256 is known. The CA itself comes with the hub's
    /// certificate: [`Tls::ca`].
    ///
    /// # Errors
    /// TLS 1.3 cannot be spoken, which is a bug.
    pub fn of_fingerprint(sha256: [u8; FINGERPRINT_LEN]) -> Result<Tls, String> {
        Tls::new(Pin::Fingerprint(sha256))
    }

    fn new(pin: Pin) -> Result<Tls, String> {
        let provider = provider();
        let verifier = Arc::new(Verifier {
            pin,
            provider: provider.clone(),
            ca: OnceLock::new(),
        });
        let mut config = ClientConfig::builder_with_details(provider, Arc::new(Always))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| format!("cannot speak TLS 1.3: {error}"))?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone())
            .with_no_client_auth();
        // A connection lasts for months; what would make the next one quicker only takes memory.
        config.resumption = Resumption::disabled();
        Ok(Tls {
            config: Arc::new(config),
            verifier,
        })
    }

    /// What a client of rustls is configured with.
    pub fn config(&self) -> Arc<ClientConfig> {
        self.config.clone()
    }

    /// The CA's certificate in DER, once a hub was found to have the fingerprint's.
    pub fn ca(&self) -> Option<Vec<u8>> {
        self.verifier.ca.get().cloned()
    }

    /// Whether it is the hub that answers on a connection: shakes hands, and nothing more. How long
    /// that may take is set on the socket.
    ///
    /// # Errors
    /// Why the server is not believed.
    pub fn greet(&self, mut stream: TcpStream) -> Result<(), Distrust> {
        let other = |error: &dyn fmt::Display| Distrust::Other(error.to_string());
        let name = ServerName::try_from(SERVER_NAME).map_err(|error| other(&error))?;
        let mut connection =
            ClientConnection::new(self.config(), name).map_err(|error| other(&error))?;
        match connection.complete_io(&mut stream) {
            Ok(_) => Ok(()),
            Err(error) => Err(distrust(&error).unwrap_or_else(|| other(&error))),
        }
    }
}

/// Why a handshake failed, if the server was not believed.
pub fn distrust(error: &(dyn Error + 'static)) -> Option<Distrust> {
    if let Some(error) = error.downcast_ref::<TlsError>() {
        return match error {
            TlsError::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::BadSignature,
            ) => Some(Distrust::OtherCa),
            TlsError::InvalidCertificate(
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. }
                | CertificateError::InvalidPurpose
                | CertificateError::InvalidPurposeContext { .. },
            ) => Some(Distrust::NotAHub),
            other => Some(Distrust::Other(other.to_string())),
        };
    }
    // What an io::Error carries is not its source, but inside of it.
    let inside = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
        .map(|inside| inside as &(dyn Error + 'static));
    distrust(inside.or_else(|| error.source())?)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// It is always the same moment.
#[derive(Debug)]
struct Always;

impl TimeProvider for Always {
    fn current_time(&self) -> Option<UnixTime> {
        Some(moment())
    }
}

fn moment() -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(MOMENT_S))
}

#[derive(Debug)]
enum Pin {
    Chain(Arc<WebPkiServerVerifier>),
    Fingerprint([u8; FINGERPRINT_LEN]),
}

#[derive(Debug)]
struct Verifier {
    pin: Pin,
    provider: Arc<CryptoProvider>,
    /// The CA that had the fingerprint.
    ca: OnceLock<Vec<u8>>,
}

/// Verifies against one CA and nothing else.
fn chain_verifier(
    ca: &CertificateDer<'static>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add(ca.clone())?;
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|error| TlsError::General(error.to_string()))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _dialled: &ServerName<'_>,
        ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let name = ServerName::try_from(SERVER_NAME)
            .map_err(|error| TlsError::General(error.to_string()))?;
        let verify = |chain: &WebPkiServerVerifier| {
            chain.verify_server_cert(end_entity, intermediates, &name, ocsp_response, moment())
        };
        match &self.pin {
            Pin::Chain(chain) => verify(chain),
            Pin::Fingerprint(expected) => {
                let ca = intermediates
                    .iter()
                    .find(|der| Sha256::digest(der)[..] == expected[..])
                    .ok_or(CertificateError::UnknownIssuer)?;
                let verified = verify(&*chain_verifier(&ca.clone().into_owned(), &self.provider)?)?;
                let _ = self.ca.set(ca.to_vec());
                Ok(verified)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        Err(PeerIncompatible::ServerDoesNotSupportTls12Or13.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests;
