//! A device with a certified key in its token, for tests with real servers.

use std::path::Path;
use std::sync::Arc;

use portcullis_engine::RingEngine;
use portcullis_entropy::{RandomPool, Seed};
use portcullis_pal::SqliteStore;
use portcullis_token::{
    AttributeType, Curve, Device, KeyDerivation, MechanismType, ObjectClass, Parts, Session, SessionAccess,
    Template, Token, UserType, formats,
};
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, PublicKeyData};

pub(crate) const PIN: &str = "4711-4711";

/// A certification authority.
pub(crate) fn authority() -> (Certificate, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    (certificate, Issuer::new(params, key))
}

/// A certificate for a key.
pub(crate) fn certify(name: &str, key: &impl PublicKeyData, issuer: &Issuer<'_, KeyPair>) -> Certificate {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.signed_by(key, issuer).unwrap()
}

/// A token in a file, with a key and its certificate.
pub(crate) fn token(file: &Path, issuer: &Issuer<'_, KeyPair>) -> Token {
    let token = Token::open(Parts {
        store: Arc::new(SqliteStore::create(file).unwrap()),
        engine: Arc::new(RingEngine),
        random: Arc::new(RandomPool::host(Seed::NotKept)),
        key_derivation: KeyDerivation::MINIMUM,
        device: Device::default(),
    })
    .unwrap();
    token.init(PIN.as_bytes(), "thing").unwrap();
    let session = token.open_session(SessionAccess::ReadWrite).unwrap();
    session.login(UserType::So, PIN.as_bytes()).unwrap();
    session.init_pin(PIN.as_bytes()).unwrap();
    session.logout().unwrap();
    session.login(UserType::User, PIN.as_bytes()).unwrap();
    let device = generate(&session);
    let certificate = Template::of(ObjectClass::Certificate)
        .with(AttributeType::Token, true)
        .with(AttributeType::CertificateType, 0)
        .with(AttributeType::Value, certify("device", &device, issuer).der().as_ref());
    session.create_object(certificate).unwrap();
    drop(session);
    token
}

/// The public point of a key that is in the token.
struct TokenPoint(Vec<u8>);

impl PublicKeyData for TokenPoint {
    fn der_bytes(&self) -> &[u8] {
        &self.0
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

fn generate(session: &Session) -> TokenPoint {
    let named = || Template::new().with(AttributeType::Token, true).with(AttributeType::Label, "device");
    let public = named().with(AttributeType::EcParams, formats::curve_params(Curve::P256));
    let (public, _) = session.generate_key_pair(MechanismType::EC_KEY_PAIR_GEN, public, named()).unwrap();
    let point = session.attribute(public, AttributeType::EcPoint).unwrap();
    let portcullis_token::AttributeValue::Plain(point) = point else { panic!("a public point is no secret") };
    TokenPoint(formats::point_from_attribute(Curve::P256, point.as_bytes().unwrap()).unwrap())
}
