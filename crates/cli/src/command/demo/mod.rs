//! `portcullis demo`: the main job from beginning to end, on this machine, with nothing prepared.
//!
//! Each step runs the commands that a user would run, shows them, and says what it has proved. What a step
//! does is in [`steps`], how commands are run and shown in [`stage`], the CA in [`authority`].

mod authority;
mod stage;
mod steps;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use crate::args::Global;
use crate::error::{Error, Result};
use crate::output;
use authority::Authority;
use stage::Stage;

/// Show the main job on this machine: a key made in a token, certified, used for mutual TLS, never readable
///
/// Everything happens in one folder, which is removed at the end. --keep leaves it, with ca.pem, server.pem
/// and server.key (for a server that is not ours), device.pem, user.pin, so.pin, and the token in token/.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The folder to work in, which must be empty or not be there yet [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Leave the folder behind
    #[arg(long)]
    keep: bool,
}

/// How the steps went.
#[derive(Serialize)]
struct Summary {
    steps: Vec<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<PathBuf>,
}

#[derive(Serialize)]
struct Outcome {
    step: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proves: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

impl Demo {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let folder = Folder::new(self.dir.as_deref(), self.keep)?;
        let mut stage = Stage::new(folder.path.clone(), global.json)?;
        let steps = play(&mut stage);
        let kept = folder.close()?;
        let failed = steps.iter().find_map(|outcome| {
            outcome.failure.as_ref().map(|why| format!("the step \"{}\" failed: {why}", outcome.step))
        });
        output::show(global.json, &Summary { steps, folder: kept })?;
        failed.map_or(Ok(()), |why| Err(Error::Demo(why)))
    }
}

/// Plays the steps up to the first that fails; the later ones need what it was to bring.
fn play(stage: &mut Stage) -> Vec<Outcome> {
    let authority = match Authority::new() {
        Ok(authority) => authority,
        Err(error) => {
            let failure = Some(error.to_string());
            return vec![Outcome { step: "make a private CA", proves: None, failure }];
        }
    };
    stage.say("Every command below also gets --store token --pin-file user.pin --so-pin-file so.pin.");
    let mut outcomes = Vec::new();
    for (index, step) in steps::ALL.iter().enumerate() {
        stage.say(&format!("\n{}. {}", index + 1, step.title));
        match (step.play)(stage, &authority) {
            Ok(()) => {
                stage.say(&format!("   {}", step.proves));
                outcomes.push(Outcome { step: step.title, proves: Some(step.proves), failure: None });
            }
            Err(error) => {
                let failure = Some(error.to_string());
                outcomes.push(Outcome { step: step.title, proves: None, failure });
                break;
            }
        }
    }
    outcomes
}

/// Where the demo works.
struct Folder {
    path: PathBuf,
    temporary: Option<tempfile::TempDir>,
    keep: bool,
}

impl Folder {
    fn new(named: Option<&Path>, keep: bool) -> Result<Self> {
        let Some(path) = named else {
            let failed = |source| Error::WriteFile { path: std::env::temp_dir(), source };
            let temporary = tempfile::Builder::new().prefix("portcullis-demo-").tempdir().map_err(failed)?;
            return Ok(Self { path: temporary.path().to_owned(), temporary: Some(temporary), keep });
        };
        let failed = |source| Error::WriteFile { path: path.to_owned(), source };
        fs::create_dir_all(path).map_err(failed)?;
        if fs::read_dir(path).map_err(failed)?.next().is_some() {
            return Err(Error::Refused(format!("{} is not empty; name a new folder", path.display())));
        }
        Ok(Self { path: path.to_owned(), temporary: None, keep })
    }

    /// Removes the folder, or says where it was left.
    fn close(self) -> Result<Option<PathBuf>> {
        let failed = |source| Error::WriteFile { path: self.path.clone(), source };
        match (self.keep, self.temporary) {
            (true, Some(temporary)) => Ok(Some(temporary.keep())),
            (true, None) => Ok(Some(self.path)),
            (false, Some(temporary)) => temporary.close().map(|()| None).map_err(failed),
            (false, None) => fs::remove_dir_all(&self.path).map(|()| None).map_err(failed),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\nSummary")?;
        for (index, outcome) in self.steps.iter().enumerate() {
            let mark = if outcome.failure.is_none() { "ok    " } else { "FAILED" };
            writeln!(f, "  {mark}  {}. {}", index + 1, outcome.step)?;
        }
        match steps::ALL.len().saturating_sub(self.steps.len()) {
            0 => {}
            rest => writeln!(f, "  {rest} more were not tried")?,
        }
        match &self.folder {
            Some(folder) => write!(f, "Everything was left in {}.", folder.display()),
            None => write!(f, "Everything that was made has been removed again."),
        }
    }
}
