//! Our token as a [`KeyService`].

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use rustls_pki_types::{CertificateDer, SubjectPublicKeyInfoDer};

use super::{KeyAlgorithm, KeyInfo, KeyQuery, KeyRef, KeyService, SignatureScheme, scheme};
use crate::attribute::AttributeValue;
use crate::engine::Mechanism;
use crate::object::{Entry, Object, ObjectClass, ObjectNumber, key};
use crate::policy::{access, usage};
use crate::session::{self, Session};
use crate::token::{Shared, View};
use crate::{AttributeType, Error, KeyType, Result, SessionAccess, Template, Token, TokenInfo, UserType};

/// How many issuers a chain may have: more is a mistake or an attack.
const MAX_ISSUERS: usize = 8;

/// The keys of a token that is logged in for as long as this lives.
pub struct TokenKeys {
    // Holds the login open, and closes it when dropped as the last one.
    session: Session,
}

impl TokenKeys {
    /// Logs the user in, or joins the login that there is.
    ///
    /// # Errors
    /// As [`Session::login`].
    pub fn login(token: &Token, pin: &[u8]) -> Result<Self> {
        let session = token.open_session(SessionAccess::ReadOnly)?;
        match session.login(UserType::User, pin) {
            Ok(()) | Err(Error::UserAlreadyLoggedIn) => Ok(Self { session }),
            Err(error) => Err(error),
        }
    }

    /// The keys of the token that a session is logged in to; the session stays open for as long as they live.
    #[must_use]
    pub fn of(session: Session) -> Self {
        Self { session }
    }

    fn token(&self) -> &Shared {
        self.session.token()
    }

    fn key(&self, view: &View, key: KeyRef) -> Result<Entry> {
        let entry = self.token().by_number(ObjectNumber(key.0)).ok_or(Error::KeyHandleInvalid)?;
        let usable =
            entry.object.class == ObjectClass::PrivateKey && access::is_visible(&entry.object, view.login);
        if usable { Ok(entry) } else { Err(Error::KeyHandleInvalid) }
    }

    fn find(&self, view: &View, template: &Template) -> Result<Vec<Entry>> {
        self.token().find(view, template)
    }

    /// The certificate that an object holds, after its record has been checked.
    fn certificate(&self, view: &View, object: &Arc<Object>) -> Result<CertificateDer<'static>> {
        match self.token().attribute(view, object, AttributeType::Value)? {
            AttributeValue::Plain(value) => Ok(value.as_bytes().unwrap_or_default().to_vec().into()),
            AttributeValue::Secret(value) => Ok(value.expose().to_vec().into()),
        }
    }

    /// A certificate and its issuers, without the root.
    fn chain(&self, view: &View, leaf: &Arc<Object>) -> Result<Vec<CertificateDer<'static>>> {
        let mut chain = alloc::vec![self.certificate(view, leaf)?];
        let mut issuer = leaf.public.bytes(AttributeType::Issuer).to_owned();
        while chain.len() <= MAX_ISSUERS {
            let of_issuer = Template::of(ObjectClass::Certificate).with(AttributeType::Subject, &issuer[..]);
            let next = self.find(view, &of_issuer)?;
            let Some(next) = next.iter().find(|entry| !is_self_issued(&entry.object)) else { break };
            let certificate = self.certificate(view, &next.object)?;
            if chain.contains(&certificate) {
                break;
            }
            chain.push(certificate);
            issuer = next.object.public.bytes(AttributeType::Issuer).to_owned();
        }
        Ok(chain)
    }

    /// What a key can sign with, best first: what its kind has schemes for, its attributes allow and the
    /// engine can do.
    fn schemes(&self, object: &Object, algorithm: KeyAlgorithm) -> Vec<SignatureScheme> {
        let can = |scheme: &SignatureScheme| {
            let mechanism = self.token().mechanism(scheme::call(*scheme).mechanism);
            mechanism.is_ok_and(|mechanism| may_sign(object, mechanism))
        };
        scheme::of(algorithm).into_iter().filter(can).collect()
    }

    fn info(&self, entry: &Entry) -> Option<KeyInfo> {
        let object = &entry.object;
        let public_key = object.public.bytes(AttributeType::PublicKeyInfo);
        let algorithm = match object.key_type? {
            KeyType::Rsa => KeyAlgorithm::Rsa { bits: key::size(object)? },
            key_type @ (KeyType::Ec | KeyType::EcEdwards) => {
                KeyAlgorithm::Ec(key::curve(key_type, &object.public).ok()?)
            }
            _ => return None,
        };
        let schemes = self.schemes(object, algorithm);
        Some(KeyInfo {
            key: KeyRef(object.number.0),
            label: String::from_utf8_lossy(object.public.bytes(AttributeType::Label)).into_owned(),
            id: object.public.bytes(AttributeType::Id).to_owned(),
            algorithm,
            public_key: SubjectPublicKeyInfoDer::from(public_key.to_owned()),
            schemes,
        })
    }
}

impl KeyService for TokenKeys {
    fn keys(&self, query: &KeyQuery) -> Result<Vec<KeyInfo>> {
        let view = self.session.view()?;
        let header = &view.identity.header;
        let here = [
            (&query.token, header.label.as_str()),
            (&query.serial, &header.serial.text()),
            (&query.manufacturer, TokenInfo::MANUFACTURER),
            (&query.model, TokenInfo::MODEL),
        ];
        if here
            .iter()
            .any(|(wanted, own)| wanted.as_deref().is_some_and(|wanted| wanted.trim_end_matches(' ') != *own))
        {
            return Ok(Vec::new());
        }
        let template = Template::of(ObjectClass::PrivateKey)
            .with_some(AttributeType::Label, query.label.as_deref())
            .with_some(AttributeType::Id, query.id.as_deref());
        let found = self.find(&view, &template)?;
        Ok(found
            .iter()
            .filter_map(|entry| self.info(entry))
            .filter(|info| !info.schemes.is_empty())
            .collect())
    }

    fn certificates(&self, key: KeyRef) -> Result<Vec<Vec<CertificateDer<'static>>>> {
        let view = self.session.view()?;
        self.token().refresh()?;
        let key = self.key(&view, key)?;
        let public_key = key.object.public.bytes(AttributeType::PublicKeyInfo);
        // By their public key, not by their id: a wrong id is a common mistake, a wrong key is no match.
        let all = self.find(&view, &Template::of(ObjectClass::Certificate))?;
        let own = all.iter().filter(|entry| {
            !public_key.is_empty() && entry.object.public.bytes(AttributeType::PublicKeyInfo) == public_key
        });
        own.map(|entry| self.chain(&view, &entry.object)).collect()
    }

    fn anchors(&self) -> Result<Vec<CertificateDer<'static>>> {
        let view = self.session.view()?;
        let trusted = Template::of(ObjectClass::Certificate).with(AttributeType::Trusted, true);
        let found = self.find(&view, &trusted)?;
        found.iter().map(|entry| self.certificate(&view, &entry.object)).collect()
    }

    fn sign(&self, key: KeyRef, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>> {
        let view = self.session.view()?;
        let entry = self.key(&view, key)?;
        usage::check_unattended(&entry.object)?;
        let call = scheme::call(scheme);
        scheme::encode(scheme, session::sign(self.token(), &view, &entry, &call, message)?)
    }
}

fn may_sign(object: &Object, mechanism: &dyn Mechanism) -> bool {
    usage::check_unattended(object).is_ok() && usage::check(object, AttributeType::Sign, mechanism).is_ok()
}

fn is_self_issued(certificate: &Object) -> bool {
    let public = &certificate.public;
    public.bytes(AttributeType::Subject) == public.bytes(AttributeType::Issuer)
}
