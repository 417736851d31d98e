//! The C port of FreeRTOS's corePKCS11, both ways round.
//!
//! A vendor's port (`PKCS11_PAL_SaveObject` and its five siblings) becomes a medium below a token: [`VendorPort`] makes
//! the C functions safe, and [`ImageStore`] makes an [`ObjectStore`](crate::ObjectStore) of any [`Port`]. The other way
//! round, [`export_c_pal!`](crate::export_c_pal) gives any store those six C symbols, so that corePKCS11 sits on it.
//! [`FolderPort`] is the port of a host: one file for each well-known object.
//!
//! Raw pointers are in `raw`, `vendor` and `export` alone. Signatures and object names as corePKCS11 3.6 has them
//! (`core_pkcs11_pal.h`, `core_pkcs11_config_defaults.h`).

mod export;
#[cfg(feature = "std")]
mod folder;
mod image;
mod names;
mod port;
mod raw;
mod store;
#[cfg(test)]
mod tests;
mod vendor;

pub use export::Exported;
#[cfg(feature = "std")]
pub use folder::FolderPort;
pub use names::WellKnown;
pub use port::Port;
pub use raw::{Attribute, Code, Functions, Handle};
pub use store::ImageStore;
pub use vendor::VendorPort;
