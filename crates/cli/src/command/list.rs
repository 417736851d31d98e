//! `portcullis list`: what the token holds.

use std::fmt;

use clap::Args;
use portcullis_token::{SessionAccess, Template, TokenInfo, UserType};
use serde::Serialize;

use crate::args::Global;
use crate::error::{Error, Result};
use crate::object::{Object, class_word};
use crate::selection::Class;
use crate::{output, pin};

/// Show the objects of the token; without the PIN, the public ones
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Objects of this class only
    #[arg(long = "type", value_enum)]
    class: Option<Class>,
    /// Ask for the user PIN and show private objects too (a PIN file or variable does so unasked)
    #[arg(long)]
    login: bool,
}

/// The objects of a token.
#[derive(Serialize)]
struct Listing {
    token: String,
    serial: String,
    private_objects_shown: bool,
    objects: Vec<Object>,
}

impl List {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let composition = super::open(global)?;
        let token = composition.token.info()?;
        let attended = self.login || pin::user_unattended(global)?.is_some();
        let session = if attended {
            super::login(&composition, UserType::User, global)?
        } else {
            composition.token.open_session(SessionAccess::ReadOnly)?
        };
        let template = self.class.map_or_else(Template::new, |class| Template::of(class.object_class()));
        let mut objects = Vec::new();
        let mut damage = None;
        for handle in session.find_objects(&template)? {
            match Object::read(&session, &token, handle) {
                Ok(object) => objects.push(object),
                // What is damaged must not hide the rest, nor pass unsaid.
                Err(Error::Token(error)) if error.is_damage() => damage = Some(error.into()),
                Err(error) => return Err(error),
            }
        }
        objects.sort_by(|a, b| (&a.label, a.class, &a.id).cmp(&(&b.label, b.class, &b.id)));
        output::show(global.json, &Listing::new(token, attended, objects))?;
        damage.map_or(Ok(()), Err)
    }
}

impl Listing {
    fn new(token: TokenInfo, private_objects_shown: bool, objects: Vec<Object>) -> Self {
        Self { token: token.label, serial: token.serial, private_objects_shown, objects }
    }
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = match self.objects.len() {
            1 => "1 object".into(),
            other => format!("{other} objects"),
        };
        writeln!(f, "Token \"{}\" (serial {}), {count}", self.token, self.serial)?;
        let width = |text: fn(&Object) -> usize| self.objects.iter().map(text).max().unwrap_or_default();
        let (label, kind) = (width(|object| object.label.len()), width(|object| object.kind.len()));
        for object in &self.objects {
            let class = class_word(object.class);
            let id = hex::encode(&object.id);
            let flags = object.flags.join(",");
            let line =
                format!("{:label$}  {class:10}  {:kind$}  id:{id}  {flags}", object.label, object.kind);
            writeln!(f, "{}", line.trim_end())?;
            if let Some(certificate) = &object.certificate {
                writeln!(f, "{:label$}  {certificate}", "")?;
            }
        }
        if !self.private_objects_shown {
            write!(f, "Private objects are not shown; --login asks for the user PIN and shows them too.")?;
        }
        Ok(())
    }
}
