//! The shell around every entry: no panic crosses into C, each call is one span, a child process is a stranger,
//! and an error becomes its `CKR_...` here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Instant;

use cryptoki_sys::{CK_RV, CK_SESSION_HANDLE};
use portcullis_token::{OperationKind, Session};
use tracing::Level;
use tracing::level_filters::LevelFilter;

use crate::error::{Error, Result};
use crate::library::{self, Library};
use crate::sessions::{self, Used};
use crate::{log, rv};

/// Runs what a function does that needs no initialised library.
pub(crate) fn bare(function: &'static str, body: impl FnOnce() -> Result<()>) -> CK_RV {
    run(function, 0, body)
}

/// Runs what a function does with the library of this process.
pub(crate) fn library(function: &'static str, body: impl FnOnce(&Library) -> Result<()>) -> CK_RV {
    run(function, 0, || body(&*library::current()?))
}

/// Runs what a function does in a session.
pub(crate) fn session(
    function: &'static str,
    handle: CK_SESSION_HANDLE,
    body: impl FnOnce(&Session) -> Result<()>,
) -> CK_RV {
    run(function, handle, || {
        let open = match sessions::remembered(handle) {
            Some(open) => open,
            None => look_up(handle)?,
        };
        body(&open.session)
    })
}

/// Runs what goes on with an operation of a session. A bad argument ends it as any error does: nothing but a length
/// that was asked for, or a short buffer, leaves it running (sections 5.8 to 5.16, each at its function).
pub(crate) fn operation(
    function: &'static str,
    handle: CK_SESSION_HANDLE,
    kind: OperationKind,
    body: impl FnOnce(&Session) -> Result<()>,
) -> CK_RV {
    session(function, handle, |session| {
        let outcome = body(session);
        if matches!(outcome, Err(Error::ArgumentsBad(_))) {
            session.cancel(kind)?;
        }
        outcome
    })
}

/// The session with this handle, which the thread remembers from now on.
#[cold]
fn look_up(handle: CK_SESSION_HANDLE) -> Result<Rc<Used>> {
    Ok(sessions::remember(handle, library::current()?.sessions().open(handle)?))
}

fn run(function: &'static str, session: CK_SESSION_HANDLE, body: impl FnOnce() -> Result<()>) -> CK_RV {
    if LevelFilter::current() == LevelFilter::OFF {
        // Nobody has asked for a log, as nearly always: a call does not even look for its thread's place in one. Nor is
        // its result moved about.
        catch_unwind(AssertUnwindSafe(|| rv::of(&body()))).unwrap_or_else(|_| rv::of_error(&Error::Panicked))
    } else if log::can_be_written() {
        logged(function, session, body)
    } else {
        // Some programs end their sessions in an exit handler.
        rv::of(&log::without(|| caught(body)))
    }
}

/// No panic crosses into C.
fn caught(body: impl FnOnce() -> Result<()>) -> Result<()> {
    // What a panic leaves half-done lies behind locks and in cells that are looked at anew by the next call.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(Err(Error::Panicked))
}

fn logged(function: &'static str, session: CK_SESSION_HANDLE, body: impl FnOnce() -> Result<()>) -> CK_RV {
    let span = tracing::debug_span!("call", function, session);
    let _entered = span.enter();
    let started = tracing::enabled!(Level::DEBUG).then(Instant::now);
    let result = caught(body);
    let answer = rv::of(&result);
    if let Some(started) = started {
        let micros = started.elapsed().as_micros();
        match &result {
            Ok(()) => tracing::trace!(result = answer, micros, "done"),
            Err(error) => tracing::debug!(result = format_args!("{answer:#x}"), micros, %error, "failed"),
        }
    }
    answer
}

#[cfg(test)]
mod tests;
