//! What a key's past says of it: `CKA_LOCAL`, `CKA_ALWAYS_SENSITIVE`, `CKA_NEVER_EXTRACTABLE`,
//! `CKA_KEY_GEN_MECHANISM` (PKCS #11 v3.2 sections 4.7 to 4.10, and 5.18 for each way in which a key comes to be).

use crate::attribute::AttributeSet;
use crate::object::Object;
use crate::policy::create::Origin;
use crate::{AttributeType, MechanismType};

/// How a key came to be, and what was true until then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Past {
    pub(crate) origin: Origin,
    /// By what the token generated it.
    pub(crate) generated_by: Option<MechanismType>,
    sensitive: bool,
    unextractable: bool,
}

impl Past {
    /// A key from values, which its giver knows.
    pub(crate) fn given() -> Self {
        Self { origin: Origin::Values, generated_by: None, sensitive: false, unextractable: false }
    }

    /// A key of which nothing was known before.
    pub(crate) fn generated(mechanism: MechanismType) -> Self {
        let generated_by = Some(mechanism);
        Self { origin: Origin::Generated, generated_by, sensitive: true, unextractable: true }
    }

    /// A key made of what a caller gives and may know: a password.
    pub(crate) fn of_password(mechanism: MechanismType) -> Self {
        Self { sensitive: false, unextractable: false, ..Self::generated(mechanism) }
    }

    /// A key from outside, whatever it was there.
    pub(crate) fn unwrapped() -> Self {
        Self { origin: Origin::Unwrapped, ..Self::given() }
    }

    /// A key made of others: it has never been seen if none of them has.
    pub(crate) fn derived<'a>(bases: impl Iterator<Item = &'a Object> + Clone) -> Self {
        let all = |attribute| bases.clone().all(|base| base.flag(attribute));
        Self {
            origin: Origin::Derived,
            generated_by: None,
            sensitive: all(AttributeType::AlwaysSensitive),
            unextractable: all(AttributeType::NeverExtractable),
        }
    }

    /// `CKA_ALWAYS_SENSITIVE` of a key with these attributes.
    pub(crate) fn always_sensitive(&self, public: &AttributeSet) -> bool {
        self.sensitive && public.flag(AttributeType::Sensitive)
    }

    /// `CKA_NEVER_EXTRACTABLE` of a key with these attributes.
    pub(crate) fn never_extractable(&self, public: &AttributeSet) -> bool {
        self.unextractable && !public.flag(AttributeType::Extractable)
    }
}
