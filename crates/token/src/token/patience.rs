//! How long this process waits for others to finish the tries of a PIN that they have counted. Without `std` there are
//! no other processes, and nothing to wait for.

use portcullis_pal::Stamp;

#[cfg(feature = "std")]
mod imp {
    use std::thread;
    use std::time::{Duration, Instant};

    use super::Stamp;

    /// How often the record is looked at.
    const LOOK: Duration = Duration::from_millis(10);

    /// How long nothing may change. A small computer needs seconds for a try, and ten of them may be at it.
    const QUIET: Duration = Duration::from_secs(10);

    /// Waits while something changes now and then. Each change is a step of a try, of which there is a limit.
    #[derive(Default)]
    pub(crate) struct Patience(Option<(Stamp, Instant)>);

    impl Patience {
        /// Waits a moment; false once a record's revision has stayed the same for too long.
        pub(crate) fn waits(&mut self, revision: Stamp) -> bool {
            let since = match self.0 {
                Some((seen, since)) if seen == revision => since,
                _ => Instant::now(),
            };
            self.0 = Some((revision, since));
            if since.elapsed() > QUIET {
                return false;
            }
            thread::sleep(LOOK);
            true
        }
    }
}

#[cfg(not(feature = "std"))]
mod imp {
    use super::Stamp;

    /// Waits for no one.
    #[derive(Default)]
    pub(crate) struct Patience(());

    impl Patience {
        pub(crate) fn waits(&mut self, _: Stamp) -> bool {
            false
        }
    }
}

pub(super) use imp::Patience;
