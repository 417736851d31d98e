//! `portcullis verify`: checks the signature of a file with a public key or a certificate of the token.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use portcullis_token::formats;
use portcullis_token::key_service::{KeyAlgorithm, SignatureScheme};
use portcullis_token::{Error as TokenError, KeyMaterial, ObjectClass, ObjectHandle, Session, Template};
use serde::Serialize;

use crate::args::Global;
use crate::error::{Error, Result};
use crate::object::Object;
use crate::selection::Selection;
use crate::{input, output, scheme};

/// Check the signature of a file; needs no PIN
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The file that was signed; - for standard input
    file: PathBuf,
    /// The signer's public key or certificate: its label, id:HEX or a pkcs11: URI
    #[arg(long, value_name = "NAME")]
    key: String,
    /// The file with the signature
    #[arg(long, value_name = "FILE")]
    signature: PathBuf,
    /// The signature scheme, such as rsa-pkcs1-sha256 [default: the best one that the key has]
    #[arg(long)]
    scheme: Option<String>,
    /// An ECDSA signature is r and s side by side instead of DER
    #[arg(long)]
    raw: bool,
}

/// What was found valid.
#[derive(Serialize)]
struct Verified {
    file: String,
    valid: bool,
    key: String,
    scheme: String,
}

impl Verify {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let message = input::read(&self.file)?;
        let signature = input::read(&self.signature)?;
        let (session, info) = super::browse(global)?;
        let object = Selection::parse(&self.key, None)?.public_key(&session, &info)?;
        let key = formats::public_key(&object.public_key)
            .map_err(|error| Error::format(format!("the {}", object.line()), &error))?;
        let schemes = scheme::algorithm(&key).map(KeyAlgorithm::schemes).unwrap_or_default();
        let scheme = scheme::choose(self.scheme.as_deref(), &schemes)?;
        let signature = match scheme {
            // What isn't even of the form of a signature is not by this key.
            SignatureScheme::Ecdsa(curve, _) if !self.raw => {
                formats::ecdsa_from_der(&signature, curve).map_err(|_| Error::SignatureInvalid)?
            }
            _ => signature,
        };
        session.verify_init(scheme.mechanism(), handle(&session, &object, key)?)?;
        match session.verify(&message, &signature) {
            Ok(()) => output::show(
                global.json,
                &Verified {
                    file: self.file.display().to_string(),
                    valid: true,
                    key: object.label,
                    scheme: scheme::name(scheme),
                },
            ),
            Err(TokenError::SignatureInvalid | TokenError::SignatureLength) => Err(Error::SignatureInvalid),
            Err(error) => Err(error.into()),
        }
    }
}

/// The key to verify with: the object itself, or for a certificate its key as an object of this session.
fn handle(session: &Session, object: &Object, key: KeyMaterial) -> Result<ObjectHandle> {
    if object.class == ObjectClass::PublicKey {
        return Ok(object.handle);
    }
    Ok(session.create_object(Template::of_key(key)?)?)
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The signature of {} is valid: by the key \"{}\" ({}).", self.file, self.key, self.scheme)
    }
}
