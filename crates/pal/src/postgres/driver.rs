//! The thread that moves bytes between a store and its server, and how a call waits for it.
//!
//! Calls come from threads of any kind, also such as run an executor of their own, where nobody may block on another
//! one; so a call hands its work over and sleeps on a plain channel.

use std::future::Future;
use std::io;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

use super::trouble::Trouble;

/// How often connections are given a turn to take leave of the server.
const FAREWELLS: usize = 16;

/// A thread with an executor, there until this is dropped.
pub(super) struct Driver {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Driver {
    pub(super) fn start() -> Result<Self, Trouble> {
        let runtime =
            Builder::new_current_thread().enable_io().enable_time().build().map_err(Trouble::Thread)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread::Builder::new()
            .name("portcullis-store".into())
            .spawn(move || {
                runtime.block_on(async {
                    // An error says that the sender is gone, which ends the thread too.
                    let _ = stopped.await;
                    for _ in 0..FAREWELLS {
                        tokio::task::yield_now().await;
                    }
                });
                // A look-up of a host's name may still be running; nobody waits for it.
                runtime.shutdown_background();
            })
            .map_err(Trouble::Thread)?;
        Ok(Self { handle, stop: Some(stop), thread: Some(thread) })
    }

    /// Starts work that nobody waits for here.
    pub(super) fn begin(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(work);
    }

    /// Does the work on the thread, and waits for it.
    pub(super) fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Trouble>> + Send + 'static,
    ) -> Result<T, Trouble> {
        let (tell, told) = mpsc::sync_channel(1);
        self.handle.spawn(async move {
            // The one who asked waits below.
            let _ = tell.send(work.await);
        });
        told.recv().unwrap_or_else(|_| Err(Trouble::Thread(io::Error::other("the store's thread has ended"))))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It does not panic; and if it did, there is nobody to tell.
            let _ = thread.join();
        }
    }
}
