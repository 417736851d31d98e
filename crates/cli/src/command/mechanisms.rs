//! `portcullis mechanisms`: what the token can compute.

use std::fmt;

use clap::Args;
use portcullis_token::MechanismInfo;
use serde::Serialize;

use crate::args::Global;
use crate::error::Result;
use crate::output;

/// Show what the token can compute
#[derive(Debug, Args)]
pub(crate) struct Mechanisms {}

/// The mechanisms of a token.
#[derive(Serialize)]
#[serde(transparent)]
struct Table(Vec<Row>);

#[derive(Serialize)]
struct Row {
    name: String,
    min_key_size: u32,
    max_key_size: u32,
    can: Vec<&'static str>,
}

impl Mechanisms {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        let rows = super::open(global)?.token.mechanisms().iter().map(Row::new).collect();
        output::show(global.json, &Table(rows))
    }
}

impl Row {
    fn new(info: &MechanismInfo) -> Self {
        let can = [
            (info.sign, "sign"),
            (info.verify, "verify"),
            (info.digest, "digest"),
            (info.generate, "generate"),
        ];
        Self {
            name: info.mechanism.to_string(),
            min_key_size: *info.key_sizes.start(),
            max_key_size: *info.key_sizes.end(),
            can: can.into_iter().filter(|(able, _)| *able).map(|(_, word)| word).collect(),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Row { name, min_key_size, max_key_size, can } in &self.0 {
            let sizes = match (min_key_size, max_key_size) {
                (0, 0) => "-".into(),
                (min, max) if min == max => min.to_string(),
                (min, max) => format!("{min}-{max}"),
            };
            writeln!(f, "{name:24}  {sizes:>9}  {}", can.join(", "))?;
        }
        Ok(())
    }
}
