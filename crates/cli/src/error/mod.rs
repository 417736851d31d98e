//! Why a command did not do what was asked: one sentence that says what to do, and one exit code. The
//! sentences for what the token and its store say are in `token`, those for noise sources in `noise`.

mod noise;
mod tls;
mod token;

use std::io;
use std::path::PathBuf;

use portcullis_entropy::PollError;
use portcullis_token::formats::FormatError;
use portcullis_token::uri::{QueryError, UriError};
use portcullis_token::{Error as TokenError, UserType};

use crate::exit::Exit;

/// The result of a command or of a part of one.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why a command failed. Its `Display` form is a whole sentence for the user.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The token, its store, its engine or its randomness.
    #[error("{}", token::sentence(.0))]
    Token(#[source] TokenError),
    #[error("{}; {} left before it is locked", token::wrong_pin(*user), token::tries(*tries_left))]
    WrongPin { user: UserType, tries_left: u32 },
    #[error("{}", token::locked_pin(*.0))]
    PinLocked(UserType),
    #[error("no {name} was given; name a file with {option}, set {variable}, or run this on a terminal")]
    NoPin { name: &'static str, option: &'static str, variable: &'static str },
    #[error("the two entries of the {name} differ; run the command again and type the same PIN twice")]
    PinsDiffer { name: &'static str },
    #[error("neither XDG_DATA_HOME nor HOME says where the token is; name its folder with --store DIR")]
    NoFolder,

    #[error("the name of the object can't be read: {0}")]
    Name(#[from] QueryError),
    #[error(
        "there is no {what} named \"{name}\" in the token; `portcullis list --login` shows what there is"
    )]
    NotFound { what: &'static str, name: String },
    #[error("\"{name}\" fits several objects; {advice}:{}", lines(candidates))]
    Ambiguous { name: String, advice: &'static str, candidates: Vec<String> },

    #[error("can't read {}: {source}; check its name and permissions", path.display())]
    ReadFile { path: PathBuf, source: io::Error },
    #[error("can't write {}: {source}; choose another place", path.display())]
    WriteFile { path: PathBuf, source: io::Error },
    #[error("can't write to standard output: {0}")]
    Output(#[source] io::Error),
    #[error("{place} can't be used: {why}; {advice}")]
    BadInput { place: String, why: String, advice: &'static str },
    /// A key, a certificate or roots that can't serve a TLS connection.
    #[error("{}", tls::sentence(.0))]
    Tls(#[source] portcullis_tls::Error),
    /// A noise source that stopped after so many samples.
    #[error("{}", noise::sentence(noise, *error, *given))]
    Noise { noise: String, error: PollError, given: u64 },
    #[error("{0}")]
    Connection(String),
    #[error("the demo failed: {0}")]
    Demo(String),
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Refused(String),
    #[error("the signature is not by this key over this file; do not trust the file")]
    SignatureInvalid,
    #[error("something must be mended; the lines marked \"fail\" above say how")]
    Unhealthy,
}

impl Error {
    /// The exit code that says it to programs.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Token(error) => token::exit(error),
            Self::WrongPin { .. } => Exit::WrongPin,
            Self::PinLocked(_) => Exit::PinLocked,
            Self::NoPin { .. } | Self::PinsDiffer { .. } | Self::NoFolder | Self::Usage(_) => Exit::Usage,
            Self::Name(_) => Exit::Usage,
            Self::NotFound { .. } => Exit::NotFound,
            Self::Ambiguous { .. } => Exit::Ambiguous,
            Self::ReadFile { source, .. } if source.kind() == io::ErrorKind::NotFound => Exit::NotFound,
            Self::Demo(_) | Self::ReadFile { .. } | Self::WriteFile { .. } | Self::Output(_) => {
                Exit::Unexpected
            }
            Self::BadInput { .. } => Exit::BadInput,
            Self::Tls(error) => tls::exit(error),
            Self::Noise { error: PollError::Absent, .. } => Exit::NotFound,
            Self::Noise { error: PollError::NotADevice, .. } => Exit::BadInput,
            Self::Noise { .. } => Exit::NoRandomness,
            Self::Connection(_) => Exit::Connection,
            Self::Refused(_) => Exit::Refused,
            Self::SignatureInvalid => Exit::SignatureInvalid,
            Self::Unhealthy => Exit::Unhealthy,
        }
    }

    /// What a token answered to a login or a PIN change of `user`.
    pub(crate) fn of_login(user: UserType) -> impl Fn(TokenError) -> Self {
        move |error| match error {
            TokenError::PinIncorrect { tries_left: 0 } | TokenError::PinLocked => Self::PinLocked(user),
            TokenError::PinIncorrect { tries_left } => Self::WrongPin { user, tries_left },
            other => Self::Token(other),
        }
    }

    /// What is wrong with a key, certificate or signature out of `place`.
    pub(crate) fn format(place: impl Into<String>, error: &FormatError) -> Self {
        let (why, advice) = token::format(error);
        Self::BadInput { place: place.into(), why, advice }
    }
}

/// Without saying otherwise, a PIN is the user's.
impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        Self::of_login(UserType::User)(error)
    }
}

impl From<portcullis_tls::Error> for Error {
    fn from(error: portcullis_tls::Error) -> Self {
        match error {
            portcullis_tls::Error::Token(error) => error.into(),
            other => Self::Tls(other),
        }
    }
}

impl From<portcullis_pal::Error> for Error {
    fn from(error: portcullis_pal::Error) -> Self {
        Self::Token(error.into())
    }
}

impl From<portcullis_entropy::RandomError> for Error {
    fn from(error: portcullis_entropy::RandomError) -> Self {
        Self::Token(error.into())
    }
}

impl From<UriError> for Error {
    fn from(error: UriError) -> Self {
        Self::Name(error.into())
    }
}

/// Each on a line of its own, behind the sentence that they belong to.
fn lines(candidates: &[String]) -> String {
    candidates.iter().map(|candidate| format!("\n  {candidate}")).collect()
}
