//! [`Port`]: the little that is asked of a vendor's port. Who fulfils it is not known here.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::{Label, Result};

/// Non-volatile memory that keeps one value under each of a few names, and promises little: a save may be torn by a
/// loss of power, there is no list, and names other than [`WellKnown`](super::WellKnown) may be refused.
pub trait Port: Send + Sync {
    /// Creates or overwrites the value under `label`. `bytes` may be used as room for work: what is left in it means
    /// nothing.
    ///
    /// # Errors
    /// When the port says that it did not save. What it holds under `label` then is not known.
    fn save(&mut self, label: &Label, bytes: &mut [u8]) -> Result<()>;

    /// The value under `label`, or `None` when there is none.
    ///
    /// # Errors
    /// When the port fails, or says that it gave a value and did not.
    fn load(&mut self, label: &Label) -> Result<Option<Zeroizing<Vec<u8>>>>;

    /// Removes the value under `label`. Removing what is not there is no error.
    ///
    /// # Errors
    /// When the port fails.
    fn destroy(&mut self, label: &Label) -> Result<()>;
}
