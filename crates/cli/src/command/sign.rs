//! `portcullis sign`: signs a file with a key of the token.

use std::fmt;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;
use portcullis_token::formats;
use portcullis_token::key_service::{KeyService, SignatureScheme};
use serde::Serialize;

use crate::args::Global;
use crate::error::{Error, Result};
use crate::{input, output, scheme, selection};

/// Sign a file with a key of the token
#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// The file to sign; - for standard input
    file: PathBuf,
    /// The key: its label, id:HEX or a pkcs11: URI
    #[arg(long, value_name = "NAME", value_parser = selection::key_name)]
    key: String,
    /// The file for the signature [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The signature scheme, such as rsa-pkcs1-sha256 [default: the best one that the key has]
    #[arg(long)]
    scheme: Option<String>,
    /// Write an ECDSA signature as r and s side by side instead of in DER
    #[arg(long)]
    raw: bool,
}

/// What was signed.
#[derive(Serialize)]
struct Signed {
    file: String,
    key: String,
    scheme: String,
    signature: String,
}

impl Sign {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        if self.out.is_none() && std::io::stdout().is_terminal() {
            return Err(Error::Usage("a signature is not text; name a file for it with --out".into()));
        }
        let message = input::read(&self.file)?;
        let composition = super::open(global)?;
        let keys = super::keys(&composition, global)?;
        let key = selection::key(&keys, &self.key)?;
        let scheme = scheme::choose(self.scheme.as_deref(), &key.schemes)?;
        let mut signature = keys.sign(key.key, scheme, &message)?;
        if let (true, SignatureScheme::Ecdsa(curve, _)) = (self.raw, scheme) {
            signature = formats::ecdsa_from_der(&signature, curve)
                .map_err(|error| Error::format("the signature", &error))?;
        }
        output::write(self.out.as_deref(), &signature)?;
        let Some(out) = &self.out else { return Ok(()) };
        output::show(
            global.json,
            &Signed {
                file: self.file.display().to_string(),
                key: key.label,
                scheme: scheme::name(scheme),
                signature: out.display().to_string(),
            },
        )
    }
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, key, scheme, signature } = self;
        write!(f, "Signed {file} with the key \"{key}\" ({scheme}); the signature is in {signature}.")
    }
}
