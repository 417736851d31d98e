//! The command line as clap sees it.

use clap::CommandFactory;

use super::*;

#[test]
fn the_command_line_has_no_contradictions() {
    Cli::command().debug_assert();
}

#[test]
fn no_option_takes_a_pin() {
    let command = Cli::command();
    let everywhere = std::iter::once(&command).chain(command.get_subcommands());
    for option in everywhere.flat_map(clap::Command::get_arguments) {
        let name = option.get_id().as_str();
        assert!(!name.contains("pin") || name.ends_with("file"), "{name}");
    }
}
