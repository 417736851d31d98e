//! `portcullis keygen`: makes a key pair inside the token.

use std::fmt;

use clap::{Args, ValueEnum};
use portcullis_token::formats::{self, PemKind};
use portcullis_token::{
    AttributeType, Curve, MechanismType, ObjectClass, ObjectHandle, Session, Template, UserType,
};
use serde::Serialize;

use crate::args::Global;
use crate::error::{Error, Result};
use crate::identifier::{self, Id};
use crate::object;
use crate::output;

/// Make a key pair in the token; the private key never leaves it
#[derive(Debug, Args)]
pub(crate) struct Keygen {
    /// What the key is called
    #[arg(long)]
    label: String,
    /// The key's id, in hexadecimal digits [default: a hash of the public key]
    #[arg(long, value_name = "HEX")]
    id: Option<Id>,
    /// What kind of key
    #[arg(long = "type", value_enum, default_value_t = KeyKind::P256)]
    kind: KeyKind,
    /// Print the public key (PEM) instead of what was made
    #[arg(long)]
    pubout: bool,
}

/// The kinds of keys that can be made.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum KeyKind {
    P256,
    P384,
    Ed25519,
}

/// The new key.
#[derive(Serialize)]
struct Made<'a> {
    label: &'a str,
    id: String,
    kind: &'static str,
    public_key: String,
}

impl Keygen {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let composition = super::open(global)?;
        let session = super::login(&composition, UserType::User, global)?;
        let namesakes = Template::of(ObjectClass::PrivateKey).with(AttributeType::Label, self.label.as_str());
        if !session.find_objects(&namesakes)?.is_empty() {
            output::note(&format!(
                "There is another key called \"{}\"; from now on each must be named by its id.",
                self.label
            ));
        }
        let (public, private) = self.generate(&session)?;
        let made = self.describe(&session, public).inspect_err(|_| {
            // A key that its user was never told of would only be found by accident.
            let _ = session.destroy_object(private);
            let _ = session.destroy_object(public);
        })?;
        if self.pubout && !global.json {
            return output::write(None, made.public_key.as_bytes());
        }
        output::show(global.json, &made)
    }

    fn generate(&self, session: &Session) -> Result<(ObjectHandle, ObjectHandle)> {
        let mechanism = match self.kind {
            KeyKind::P256 | KeyKind::P384 => MechanismType::EC_KEY_PAIR_GEN,
            KeyKind::Ed25519 => MechanismType::EC_EDWARDS_KEY_PAIR_GEN,
        };
        let named = || {
            Template::new().with(AttributeType::Token, true).with(AttributeType::Label, self.label.as_str())
        };
        let public = named().with(AttributeType::EcParams, formats::curve_params(self.kind.curve()));
        let id = |info: &[u8]| self.id.as_ref().map_or_else(|| identifier::of_key(info), |id| id.0.clone());
        Ok(session.generate_key_pair_with_id(mechanism, public, named(), id)?)
    }

    /// Describes the new key.
    fn describe(&self, session: &Session, public: ObjectHandle) -> Result<Made<'_>> {
        let info = object::bytes(session, public, AttributeType::PublicKeyInfo)?;
        let id = object::bytes(session, public, AttributeType::Id)?;
        let public_key = formats::encode_pem(PemKind::PublicKey, &info)
            .map_err(|error| Error::format("the public key", &error))?;
        Ok(Made {
            label: &self.label,
            id: hex::encode(id),
            kind: object::curve_name(self.kind.curve()),
            public_key,
        })
    }
}

impl KeyKind {
    fn curve(self) -> Curve {
        match self {
            Self::P256 => Curve::P256,
            Self::P384 => Curve::P384,
            Self::Ed25519 => Curve::Ed25519,
        }
    }
}

impl fmt::Display for Made<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Made the {} key \"{}\" (id:{}).", self.kind, self.label, self.id)?;
        write!(
            f,
            "Next: `portcullis csr --key {} --subject CN=...` asks a CA for its certificate.",
            self.label
        )
    }
}
