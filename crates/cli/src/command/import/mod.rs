//! `portcullis import`: brings certificates and keys from files into the token. What is in the file is read
//! in [`read`]; what it becomes in the token is decided in [`plan`], before anything is written.

mod plan;
mod read;

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use portcullis_token::{AttributeType, Session, Template, UserType};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::args::Global;
use crate::error::{Error, Result};
use crate::identifier::Id;
use crate::selection::Selection;
use crate::{certificate, input, output};
use plan::{New, Plan, Step};
use read::{Content, Item};

/// Bring certificates or a private key from a file into the token
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// PEM or DER: certificates, a PKCS #8, PKCS #1 or SEC 1 key, or a PEM bundle of them; - for standard input
    file: PathBuf,
    /// What it is called [default for a certificate: its key's label, or its subject]
    #[arg(long)]
    label: Option<String>,
    /// Its id, in hexadecimal digits [default: its key's id, or a hash of the public key]
    #[arg(long, value_name = "HEX")]
    id: Option<Id>,
    /// The key of the token that the certificate must belong to: its label, id:HEX or a pkcs11: URI
    #[arg(long, value_name = "NAME")]
    key: Option<String>,
    /// Take a certificate that has expired
    #[arg(long)]
    allow_expired: bool,
    /// Mark the certificates as trust anchors; asks for the security officer's PIN
    #[arg(long)]
    trusted: bool,
}

/// What became of the file's contents.
#[derive(Serialize)]
#[serde(transparent)]
struct Imported(Vec<Outcome>);

#[derive(Serialize)]
struct Outcome {
    what: &'static str,
    label: String,
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    of_key: Option<String>,
    was_there: bool,
}

impl Import {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let bytes = Zeroizing::new(input::read(&self.file)?);
        let items = read::items(&self.file.display().to_string(), &bytes)?;
        self.check(&items)?;
        let owner = self.key.as_deref().map(|name| Selection::parse(name, None)).transpose()?;
        let composition = super::open(global)?;
        let user = if self.trusted { UserType::So } else { UserType::User };
        let session = super::login(&composition, user, global)?;
        let token = composition.token.info()?;
        let plan = Plan::new(self, &session, &token, &*composition.engine)?;
        if let Some(owner) = owner {
            let key = owner.key_pair(&session, &token)?;
            Self::check_owner(&key.label, &key.public_key, &items)?;
        }
        let steps = plan.steps(items)?;
        output::show(global.json, &Imported(carry_out(&session, steps)?))
    }

    /// What can be said of the file without the token.
    fn check(&self, items: &[Item]) -> Result<()> {
        let mut keys = 0;
        for item in items {
            match &item.content {
                Content::Key(_) => keys += 1,
                Content::Certificate { parts, .. } => {
                    if !self.allow_expired && parts.not_after < certificate::now() {
                        return Err(Error::BadInput {
                            place: item.place.clone(),
                            why: format!("it expired on {}", certificate::date(parts.not_after)),
                            advice: "get a new certificate, or take this one with --allow-expired",
                        });
                    }
                }
            }
        }
        let usage = |text: &str| Err(Error::Usage(text.into()));
        match keys {
            0 => Ok(()),
            _ if self.trusted => usage("--trusted is for certificates; import the private key without it"),
            1 if self.label.is_some() => Ok(()),
            1 => usage("a private key needs a name; give it one with --label"),
            _ => usage("the file has several private keys; give each a file and a name of its own"),
        }
    }

    /// One of the certificates must be of the key that the user named.
    fn check_owner(name: &str, public_key: &[u8], items: &[Item]) -> Result<()> {
        if items.iter().any(|item| item.content.is_certificate_of(public_key)) {
            return Ok(());
        }
        Err(Error::BadInput {
            place: items.first().map(|item| item.place.clone()).unwrap_or_default(),
            why: format!("no certificate in it is for the key \"{name}\", whose public key is another one"),
            advice: "import the certificate that the CA issued for this key's request",
        })
    }
}

/// Creates what is new, all of it or nothing, and then marks what was there before.
fn carry_out(session: &Session, steps: Vec<Step>) -> Result<Vec<Outcome>> {
    let (mut templates, mut trusted, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
    for step in steps {
        match step.new {
            New::Objects(new) => templates.extend(new),
            New::Trust(handle) => trusted.push(handle),
            New::Nothing => {}
        }
        outcomes.push(step.outcome);
    }
    session.create_objects(templates)?;
    for handle in trusted {
        session.set_attributes(handle, &Template::new().with(AttributeType::Trusted, true))?;
    }
    Ok(outcomes)
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Outcome { what, label, id, of_key, was_there } in &self.0 {
            let verb = if *was_there { "Already there:" } else { "Imported" };
            write!(f, "{verb} the {what} \"{label}\" (id:{id})")?;
            match of_key {
                Some(key) => writeln!(f, ", which belongs to the key \"{key}\".")?,
                None => writeln!(f, ".")?,
            }
        }
        Ok(())
    }
}
