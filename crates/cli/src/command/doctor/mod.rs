//! `portcullis doctor`: checks a token and all that it stands on, and says for each thing that is not well
//! what to do. The checks are in [`checks`].

mod checks;

use std::fmt;

use clap::Args;
use portcullis_token::{SessionAccess, UserType};
use serde::Serialize;

use crate::args::Global;
use crate::composition::{self, Composition};
use crate::error::{Error, Result};
use crate::{output, pin};

/// Check the store, the PINs, the randomness and the certificates
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Ask for the user PIN and check private objects too (a PIN file or variable does so unasked)
    #[arg(long)]
    login: bool,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    state: State,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// Everything that was looked at.
#[derive(Serialize)]
#[serde(transparent)]
struct Findings(Vec<Finding>);

impl Doctor {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let findings = Findings(self.look(global)?);
        output::show(global.json, &findings)?;
        if findings.0.iter().any(|finding| finding.state == State::Fail) {
            return Err(Error::Unhealthy);
        }
        Ok(())
    }

    fn look(&self, global: &Global) -> Result<Vec<Finding>> {
        let place = global.place()?;
        let composition = match Composition::open(&place, global.device()) {
            Ok(composition) => composition,
            Err(error) => {
                // The machine's randomness is worth a look even where there is no token.
                let mut findings = vec![Finding::fail("store", error.to_string(), None)];
                findings.extend(checks::randomness(&composition::unkept_random()));
                return Ok(findings);
            }
        };
        let mut findings = match &composition.file {
            Some(store) => checks::store(store),
            None => {
                vec![Finding::ok("store", "the database can be reached and has a format that is known here")]
            }
        };
        findings.extend(global.aside().map(checks::aside).unwrap_or_default());
        let info = composition.token.info();
        findings.push(match &info {
            Ok(info) => checks::token(info),
            Err(error) => Finding::fail("token", error.to_string(), Some("restore the store from a backup")),
        });
        findings.extend(checks::randomness(&composition.random));
        let Some(info) = info.ok().filter(|info| info.initialized) else {
            findings.extend(checks::damage(&composition.token, false));
            return Ok(findings);
        };
        findings.extend(checks::pins(&info));

        let attended = self.login || pin::user_unattended(global)?.is_some();
        let login =
            if attended { super::login(&composition, UserType::User, global).map(Some) } else { Ok(None) };
        let (session, logged_in) = match login {
            Ok(Some(session)) => (session, true),
            Ok(None) => (composition.token.open_session(SessionAccess::ReadOnly)?, false),
            Err(error) => {
                findings.push(Finding::fail("login", error.to_string(), None));
                (composition.token.open_session(SessionAccess::ReadOnly)?, false)
            }
        };
        findings.extend(checks::damage(&composition.token, logged_in));
        findings.extend(checks::objects(&session, &info, logged_in));
        Ok(findings)
    }
}

impl Finding {
    fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, state: State::Ok, found: found.into(), advice: None }
    }

    fn warn(check: &'static str, found: impl Into<String>, advice: &str) -> Self {
        Self { check, state: State::Warn, found: found.into(), advice: Some(advice.into()) }
    }

    fn fail(check: &'static str, found: impl Into<String>, advice: Option<&str>) -> Self {
        Self { check, state: State::Fail, found: found.into(), advice: advice.map(Into::into) }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { check, state, found, advice } in &self.0 {
            let state = match state {
                State::Ok => "ok",
                State::Warn => "warn",
                State::Fail => "fail",
            };
            write!(f, "{state:4}  {check}: {found}")?;
            match advice {
                Some(advice) => writeln!(f, "; {advice}")?,
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}
