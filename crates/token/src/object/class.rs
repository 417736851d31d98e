//! Object classes, and sets of them.

/// What an object is (`CK_OBJECT_CLASS`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ObjectClass {
    /// `CKO_DATA`
    Data,
    /// `CKO_CERTIFICATE`
    Certificate,
    /// `CKO_PUBLIC_KEY`
    PublicKey,
    /// `CKO_PRIVATE_KEY`
    PrivateKey,
    /// `CKO_SECRET_KEY`
    SecretKey,
    /// `CKO_PROFILE`: built in, and seen only by who asks for it.
    Profile = 9,
}

impl ObjectClass {
    /// Every class, in the order of the standard's codes.
    pub const ALL: [Self; 6] =
        [Self::Data, Self::Certificate, Self::PublicKey, Self::PrivateKey, Self::SecretKey, Self::Profile];

    /// The standard's code (`CKO_...`).
    #[must_use]
    pub fn code(self) -> u64 {
        self as u64
    }

    /// The class with this code, if it is one that this token knows.
    #[must_use]
    pub fn from_code(code: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.code() == code)
    }

    /// Whether objects of this class are keys.
    #[must_use]
    pub fn is_key(self) -> bool {
        Classes::KEYS.contains(self)
    }

    /// Whether objects of this class hold secret key material.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::PrivateKey | Self::SecretKey)
    }
}

/// A set of object classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Classes(u16);

impl Classes {
    pub(crate) const ALL: Self = Self(0b10_0001_1111);
    pub(crate) const KEYS: Self = Self::of(ObjectClass::PublicKey)
        .or(Self::of(ObjectClass::PrivateKey))
        .or(Self::of(ObjectClass::SecretKey));

    pub(crate) const fn of(class: ObjectClass) -> Self {
        Self(1 << class as u8)
    }

    pub(crate) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn contains(self, class: ObjectClass) -> bool {
        self.0 & Self::of(class).0 != 0
    }
}
