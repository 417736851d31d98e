//! `portcullis export-cert` and `export-pub`: what is public in the token, as files. Private keys have no
//! such command: nothing gets them out.

use std::path::PathBuf;

use clap::Args;
use portcullis_token::AttributeType;
use portcullis_token::formats::PemKind;

use crate::args::Global;
use crate::error::Result;
use crate::selection::{Class, Selection};
use crate::{object, output};

/// Write a certificate of the token to a file; needs no PIN
#[derive(Debug, Args)]
pub(crate) struct ExportCert {
    #[command(flatten)]
    what: What,
}

/// Write a public key of the token to a file; needs no PIN
#[derive(Debug, Args)]
pub(crate) struct ExportPub {
    #[command(flatten)]
    what: What,
}

#[derive(Debug, Args)]
struct What {
    /// Its label, id:HEX or a pkcs11: URI
    name: String,
    /// The file to write to [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write DER instead of PEM
    #[arg(long)]
    der: bool,
}

impl ExportCert {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let (session, token) = super::browse(global)?;
        let selection = Selection::parse(&self.what.name, Some(Class::Cert))?;
        let certificate = selection.one(&session, &token, "certificate", "name one by its id")?;
        let der = object::bytes(&session, certificate.handle, AttributeType::Value)?;
        self.what.write(PemKind::Certificate, &der)
    }
}

impl ExportPub {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let (session, token) = super::browse(global)?;
        let key = Selection::parse(&self.what.name, None)?.public_key(&session, &token)?;
        self.what.write(PemKind::PublicKey, &key.public_key)
    }
}

impl What {
    fn write(&self, kind: PemKind, der: &[u8]) -> Result<()> {
        output::write_structure(self.out.as_deref(), self.der, kind, der)
    }
}
