//! `portcullis entropy`: looks at noise sources themselves, before anything is made of what they give. Nothing here is
//! random for a purpose.

mod draw;
mod list;
mod plot;
mod raw;
mod samples;

use clap::{Args, Subcommand};

use crate::args::Global;
use crate::error::Result;

/// Look at noise sources: what there is, their raw samples, a picture
#[derive(Debug, Args)]
pub(crate) struct Entropy {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    List(list::List),
    Raw(raw::Raw),
    Plot(plot::Plot),
}

impl Entropy {
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        match &self.what {
            What::List(command) => command.run(global),
            What::Raw(command) => command.run(global),
            What::Plot(command) => command.run(global),
        }
    }
}
