//! `portcullis csr`: a certificate request for a key of the token.

use std::path::PathBuf;

use clap::Args;
use portcullis_token::formats::PemKind;

use crate::args::Global;
use crate::error::Result;
use crate::request::{self, AlternativeName};
use crate::{output, selection};

/// Write a certificate request (PKCS #10) signed by a key of the token
#[derive(Debug, Args)]
pub(crate) struct Csr {
    /// The key: its label, id:HEX or a pkcs11: URI
    #[arg(long, value_name = "NAME", value_parser = selection::key_name)]
    key: String,
    /// Whom the certificate is for, in the form of RFC 4514: CN=device,O=Example
    #[arg(long, value_name = "NAME")]
    subject: String,
    /// A further name of the subject: dns:HOST or ip:ADDRESS; may be repeated
    #[arg(long = "san", value_name = "NAME")]
    names: Vec<AlternativeName>,
    /// The file to write to [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write DER instead of PEM
    #[arg(long)]
    der: bool,
}

impl Csr {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let subject = request::subject(&self.subject)?;
        let composition = super::open(global)?;
        let keys = super::keys(&composition, global)?;
        let key = selection::key(&keys, &self.key)?;
        let request = request::build(&keys, &key, subject, &self.names)?;
        output::write_structure(self.out.as_deref(), self.der, PemKind::CertificateRequest, &request)
    }
}
