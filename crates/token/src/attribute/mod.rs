//! Attributes: their types, their values, and sets of them. What each attribute means and who may set it
//! is one row in [`schema`]; nothing about a single attribute is said anywhere else.

mod schema;
mod set;
mod template;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use schema::{AttributeType, Kind};
pub(crate) use schema::{Change, Given};
pub use set::AttributeSet;
pub(crate) use set::{MAX_DEPTH, Secrets};
pub use template::Template;

use crate::{MechanismType, Secret};

/// A calendar date (`CK_DATE`): the digits of year, month and day as the standard stores them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Date(pub [u8; 8]);

impl Date {
    /// Whether the digits are those of a day of the Gregorian calendar.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let number = |digits: &[u8]| {
            let digit = |total: u32, byte: &u8| Some(total * 10 + char::from(*byte).to_digit(10)?);
            digits.iter().try_fold(0, digit)
        };
        let (year, day) = self.0.split_at(4);
        let (month, day) = day.split_at(2);
        let (Some(year), Some(month), Some(day)) = (number(year), number(month), number(day)) else {
            return false;
        };
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => 0,
        };
        (1..=days).contains(&day)
    }
}

/// The value of an attribute that is no secret.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Value {
    /// `CK_BBOOL`
    Bool(bool),
    /// `CK_ULONG` and the types built on it
    Ulong(u64),
    /// A byte array, a string, a big-endian integer
    Bytes(Vec<u8>),
    /// `CK_DATE`, or no date
    Date(Option<Date>),
    /// An array of `CK_MECHANISM_TYPE`
    Mechanisms(Vec<MechanismType>),
    /// A template for other keys (`CKF_ARRAY_ATTRIBUTE`), which [`Template::with_template`] puts in
    Template(Box<AttributeSet>),
}

/// A value as it is read from an object: secret only when the object gives its secrets out.
#[derive(Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// Not a secret.
    Plain(Value),
    /// The secret part of a key that is neither sensitive nor unextractable, or a private object's content.
    Secret(Secret),
}

impl Value {
    /// The value as a truth value, if it is one.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The value as a number, if it is one.
    #[must_use]
    pub fn as_ulong(&self) -> Option<u64> {
        match self {
            Self::Ulong(value) => Some(*value),
            _ => None,
        }
    }

    /// How many bytes the value takes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Bool(_) => 1,
            Self::Ulong(_) => size_of::<u64>(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Date(date) => date.map_or(0, |date| date.0.len()),
            Self::Mechanisms(list) => size_of::<MechanismType>() * list.len(),
            Self::Template(set) => set.iter().map(|(_, value)| value.size()).sum(),
        }
    }

    /// The value as a template, if it is one.
    #[must_use]
    pub fn as_template(&self) -> Option<&AttributeSet> {
        match self {
            Self::Template(set) => Some(set),
            _ => None,
        }
    }

    /// The value as bytes, if it is a byte array.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(value) => Some(value),
            _ => None,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Ulong(value) => write!(f, "{value}"),
            Self::Bytes(value) => write!(f, "\"{}\"", value.escape_ascii()),
            Self::Date(value) => write!(f, "{value:?}"),
            Self::Mechanisms(value) => write!(f, "{value:?}"),
            Self::Template(value) => write!(f, "{value:?}"),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Ulong(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Bytes(value.as_bytes().to_vec())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Bytes(value.into_bytes())
    }
}

impl From<MechanismType> for Value {
    fn from(value: MechanismType) -> Self {
        Self::Ulong(value.0)
    }
}
