//! Every yes or no about an attribute, a login or a use of a key. Pure functions: they see what is asked
//! and what is there, and change nothing.

pub(crate) mod access;
pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod derivation;
pub(crate) mod history;
pub(crate) mod login;
pub(crate) mod pin;
#[cfg(test)]
mod tests;
pub(crate) mod usage;
pub(crate) mod wrap;
