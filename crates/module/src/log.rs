//! What the module says while it works: nothing, unless it is asked to. Never a secret; `tracing` events carry
//! handles, mechanism names and lengths.

use std::fs::OpenOptions;
use std::sync::Mutex;

use tracing::subscriber::NoSubscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::config::LogConfig;
use crate::environment::variable;

/// Says which events are logged, before the configuration does.
const FILTER: &str = "PORTCULLIS_LOG";

/// Says into which file, before the configuration does.
const FILE: &str = "PORTCULLIS_LOG_FILE";

/// Starts to log, if anyone asks for it. The first call of a process decides.
pub(crate) fn start(config: &LogConfig) {
    let filter = variable(FILTER).map(|filter| filter.to_string_lossy().into_owned());
    let Some(filter) = filter.or_else(|| config.filter.clone()) else { return };
    let file = variable(FILE).map(Into::into).or_else(|| config.file.clone());
    // A log that can't be opened must not keep programs from their keys: standard error takes its place.
    let file = file.and_then(|path| OpenOptions::new().create(true).append(true).open(path).ok());
    let writer = match file {
        Some(file) => BoxMakeWriter::new(Mutex::new(file)),
        None => BoxMakeWriter::new(std::io::stderr),
    };
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_ansi(false)
        .with_writer(writer)
        .try_init();
}

/// Something that has to be dropped, so that it is gone when a thread's places are.
struct Alive;

impl Drop for Alive {
    fn drop(&mut self) {}
}

thread_local! {
    static ALIVE: Alive = const { Alive };
}

/// Whether this thread still has places of its own. Those of the subscriber go with them, and it would panic without:
/// so it is in handlers that run while the process exits.
pub(crate) fn can_be_written() -> bool {
    ALIVE.try_with(|_| ()).is_ok()
}

/// Runs something of which nothing is logged.
pub(crate) fn without<T>(body: impl FnOnce() -> T) -> T {
    tracing::subscriber::with_default(NoSubscriber::default(), body)
}
