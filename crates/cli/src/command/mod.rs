//! The subcommands, one file each, and what several of them do alike: opening the token and logging in.

mod backup;
mod connect;
mod csr;
mod delete;
mod demo;
mod doctor;
mod entropy;
mod export;
mod give_up;
mod import;
mod import_softhsm;
mod init;
mod keygen;
mod list;
mod mechanisms;
mod pin;
mod restore;
mod serve;
mod sign;
mod verify;

use clap::Subcommand;
use portcullis_token::{Device, Secret, Session, SessionAccess, TokenInfo, TokenKeys, UserType};

use crate::args::Global;
use crate::composition::{Composition, Place};
use crate::error::{Error, Result};
use crate::progress;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Init),
    Keygen(keygen::Keygen),
    Csr(csr::Csr),
    Import(import::Import),
    ImportSofthsm(import_softhsm::ImportSofthsm),
    List(list::List),
    Mechanisms(mechanisms::Mechanisms),
    ExportCert(export::ExportCert),
    ExportPub(export::ExportPub),
    Delete(delete::Delete),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Pin(pin::Pin),
    Sign(sign::Sign),
    Verify(verify::Verify),
    Connect(connect::Connect),
    Serve(serve::Serve),
    Demo(demo::Demo),
    Doctor(doctor::Doctor),
    GiveUp(give_up::GiveUp),
    Entropy(entropy::Entropy),
}

impl Command {
    /// Does it.
    pub(crate) fn run(&self, global: &Global) -> Result<()> {
        match self {
            Self::Init(command) => command.run(global),
            Self::Keygen(command) => command.run(global),
            Self::Csr(command) => command.run(global),
            Self::Import(command) => command.run(global),
            Self::ImportSofthsm(command) => command.run(global),
            Self::List(command) => command.run(global),
            Self::Mechanisms(command) => command.run(global),
            Self::ExportCert(command) => command.run(global),
            Self::ExportPub(command) => command.run(global),
            Self::Delete(command) => command.run(global),
            Self::Backup(command) => command.run(global),
            Self::Restore(command) => command.run(global),
            Self::Pin(command) => command.run(global),
            Self::Sign(command) => command.run(global),
            Self::Verify(command) => command.run(global),
            Self::Connect(command) => command.run(global),
            Self::Serve(command) => command.run(global),
            Self::Demo(command) => command.run(global),
            Self::Doctor(command) => command.run(global),
            Self::GiveUp(command) => command.run(global),
            Self::Entropy(command) => command.run(global),
        }
    }
}

/// Opens the token that the options name.
pub(crate) fn open(global: &Global) -> Result<Composition> {
    Composition::open(&global.place()?, global.device())
}

/// Opens the token at a place, if there is one, initialised or not.
fn open_if_there(place: &Place, device: Device) -> Result<Option<Composition>> {
    match Composition::open(place, device) {
        Ok(composition) => Ok(Some(composition)),
        Err(Error::Token(portcullis_token::Error::Store(portcullis_pal::Error::Missing { .. }))) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Opens a session that sees what is public, for commands that need no PIN.
fn browse(global: &Global) -> Result<(Session, TokenInfo)> {
    let composition = open(global)?;
    let session = composition.token.open_session(SessionAccess::ReadOnly)?;
    Ok((session, composition.token.info()?))
}

/// Opens the token's keys for its user: the key service that signs for TLS and certificate requests.
pub(crate) fn keys(composition: &Composition, global: &Global) -> Result<TokenKeys> {
    let pin = pin_of(composition, UserType::User, global)?;
    progress::during("Logging in", || TokenKeys::login(&composition.token, pin.expose()))
        .map_err(Error::of_login(UserType::User))
}

/// Opens a session that may change the token, logged in as `user`.
pub(crate) fn login(composition: &Composition, user: UserType, global: &Global) -> Result<Session> {
    let pin = pin_of(composition, user, global)?;
    let session = composition.token.open_session(SessionAccess::ReadWrite)?;
    progress::during("Logging in", || session.login(user, pin.expose())).map_err(Error::of_login(user))?;
    Ok(session)
}

/// Asks for the PIN of `user`, unless it can be known already that no PIN would do.
fn pin_of(composition: &Composition, user: UserType, global: &Global) -> Result<Secret> {
    let info = composition.token.info()?;
    if !info.initialized {
        return Err(portcullis_token::Error::TokenNotInitialized.into());
    }
    let (state, ask): (_, fn(&Global) -> Result<Secret>) = match user {
        UserType::User => (info.user_pin, crate::pin::user),
        UserType::So => (info.so_pin, crate::pin::so),
    };
    match state {
        None => Err(portcullis_token::Error::UserPinNotInitialized.into()),
        Some(state) if state.tries_left == 0 => Err(Error::PinLocked(user)),
        Some(_) => ask(global),
    }
}
