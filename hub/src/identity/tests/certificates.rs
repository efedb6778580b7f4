//! Whether TLS believes the chain: rustls with the site's CA as its only root, at fixed times.

use super::*;
use picket_wire::token::SERVER_NAME;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls_pki_types::{ServerName, UnixTime};
use std::sync::Arc;
use std::time::Duration;

/// Seconds from 1970 to the beginning of a year.
fn year(year: u64) -> UnixTime {
    let days = (year - 1970) * 365 + (year - 1969) / 4;
    UnixTime::since_unix_epoch(Duration::from_secs(days * 86_400))
}

fn is_believed(hub: &Identity, ca: CertificateDer<'static>, name: &str, at: UnixTime) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(ca).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
    let chain = hub.server_chain();
    let name = ServerName::try_from(name).unwrap();
    let verified =
        verifier
            .build()
            .unwrap()
            .verify_server_cert(&chain[0], &chain[1..], &name, &[], at);
    verified.is_ok()
}

#[test]
fn who_pins_the_ca_believes_the_server_from_2000_to_2100_under_its_one_name() {
    let place = Place::new();
    let hub = place.open();
    for (at, believed) in [(1999, false), (2001, true), (2026, true), (2099, true)] {
        let got = is_believed(&hub, hub.ca_der(), SERVER_NAME, year(at));
        assert_eq!(got, believed, "{at}");
    }
    assert!(!is_believed(
        &hub,
        hub.ca_der(),
        "picket.internal",
        year(2026)
    ));
    let other = Place::new().open();
    assert_ne!(other.ca_sha256(), hub.ca_sha256());
    assert!(!is_believed(&hub, other.ca_der(), SERVER_NAME, year(2026)));
}

#[test]
fn the_key_is_that_of_the_certificate_and_on_p_256() {
    let place = Place::new();
    let hub = place.open();
    let provider = rustls::crypto::ring::default_provider();
    let key = provider
        .key_provider
        .load_private_key(hub.server_key())
        .unwrap();
    let certified = rustls::sign::CertifiedKey::new(hub.server_chain(), key);
    certified.keys_match().unwrap();
    let scheme = rustls::SignatureScheme::ECDSA_NISTP256_SHA256;
    assert!(certified.key.choose_scheme(&[scheme]).is_some());
}

#[test]
fn a_key_of_another_certificate_is_found_out() {
    let (place, other) = (Place::new(), Place::new());
    drop((place.open(), other.open()));
    for (name, said) in [
        (folder::SERVER_KEY, "is not the key of its certificate"),
        (folder::CA_KEY, "is not the key of its certificate"),
        (folder::SERVER, "is of another CA than ca.pem"),
    ] {
        let path = place.dir().join(name);
        let right = fs::read(&path).unwrap();
        fs::copy(other.dir().join(name), &path).unwrap();
        let line = place.error();
        assert!(line.contains(name) && line.contains(said), "{line}");
        assert!(line.contains("picket-hub restore"), "{line}");
        fs::write(&path, right).unwrap();
    }
    place.open();
}
