//! One row for each attribute: its code, the kind of its value, which objects have it, who may give it,
//! and in which direction it may change (PKCS #11 v3.2, sections 4.4 to 4.10, and its footnotes 1 to 12).
//!
//! Parsing, policy and `C_GetAttributeValue` all read this table.

use alloc::boxed::Box;
use core::fmt;

use super::Value;
use crate::KeyType;
use crate::object::{Classes, ObjectClass};

/// What kind of value an attribute has, and so how its bytes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// `CK_BBOOL`
    Bool,
    /// `CK_ULONG`
    Ulong,
    /// A byte array that is never secret.
    Bytes,
    /// A byte array that is secret in keys and private objects.
    Secret,
    /// `CK_DATE`
    Date,
    /// An array of `CK_MECHANISM_TYPE`
    Mechanisms,
    /// A template for other keys: an array of `CK_ATTRIBUTE`
    Template,
}

/// Who gives the attribute its first value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// The caller may, however the object comes to be.
    Always,
    /// The caller may when creating the object from values, not when the token generates it.
    OnCreate,
    /// The caller may when the token generates the object.
    OnGenerate,
    /// The token alone.
    Never,
    /// As `Always`, but only the security officer may give `true`.
    BySo,
}

/// How the attribute may change once the object exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Not at all.
    Fixed,
    /// To any value.
    Free,
    /// From false to true.
    OnlyToTrue,
    /// From true to false.
    OnlyToFalse,
}

/// Which key types have the attribute, where only some of a class do.
type Types = Option<fn(ObjectClass, KeyType) -> bool>;

/// Everything that is particular to one attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) kind: Kind,
    classes: Classes,
    types: Types,
    pub(crate) given: Given,
    pub(crate) change: Change,
}

impl Row {
    /// Whether an object of this class (and, for a key, this type) has the attribute.
    pub(crate) fn applies_to(&self, class: ObjectClass, key_type: Option<KeyType>) -> bool {
        let typed = match (self.types, key_type) {
            (None, _) => true,
            (Some(_), None) => !class.is_key(),
            (Some(has), Some(own)) => has(class, own),
        };
        typed && self.classes.contains(class)
    }
}

const RSA: Types = Some(|_, key_type| matches!(key_type, KeyType::Rsa));
const EC: Types =
    Some(|_, key_type| matches!(key_type, KeyType::Ec | KeyType::EcEdwards | KeyType::EcMontgomery));
const LATTICE: Types = Some(|_, key_type| matches!(key_type, KeyType::MlKem | KeyType::MlDsa));
// `Value` is the scalar of a private curve key and the whole of a lattice or symmetric one; RSA keys have none.
const VALUED: Types = Some(|class, key_type| match key_type {
    KeyType::Rsa => false,
    KeyType::Ec | KeyType::EcEdwards | KeyType::EcMontgomery => !matches!(class, ObjectClass::PublicKey),
    _ => true,
});

const ALL: Classes = Classes::ALL;
const KEY: Classes = Classes::KEYS;
const PUB: Classes = Classes::of(ObjectClass::PublicKey);
const PRIV: Classes = Classes::of(ObjectClass::PrivateKey);
const SEC: Classes = Classes::of(ObjectClass::SecretKey);
const CERT: Classes = Classes::of(ObjectClass::Certificate);
const DATA: Classes = Classes::of(ObjectClass::Data);
const PAIR: Classes = PUB.or(PRIV);
const HIDDEN: Classes = PRIV.or(SEC);
const VALUES: Classes = KEY.or(CERT).or(DATA);
const NAMED: Classes = PAIR.or(CERT);
const IDENTIFIED: Classes = KEY.or(CERT);
const TRUSTABLE: Classes = CERT.or(PUB).or(SEC);
const CHECKED: Classes = CERT.or(SEC);
const WRAPPING: Classes = PUB.or(SEC);
const PROFILE: Classes = Classes::of(ObjectClass::Profile);

macro_rules! schema {
    ($($name:ident $spec:ident = $code:literal, $kind:ident, $classes:expr, $types:expr, $given:ident, $change:ident;)+) => {
        /// An attribute's type (`CK_ATTRIBUTE_TYPE`). Types that are not listed are unknown to this token.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        #[non_exhaustive]
        pub enum AttributeType {
            $(
                #[doc = concat!("`CKA_", stringify!($spec), "`")]
                $name = $code,
            )+
        }

        impl AttributeType {
            /// Every attribute type that this token knows, in the order of their codes.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The standard's name without its `CKA_`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($spec),)+
                }
            }

            /// The attribute type with this code, if it is one that this token knows.
            #[must_use]
            pub fn from_code(code: u64) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)+
                    _ => None,
                }
            }

            /// Its place in [`ALL`](Self::ALL).
            pub(crate) fn place(self) -> usize {
                enum Place {
                    $($name),+
                }
                match self {
                    $(Self::$name => Place::$name as usize,)+
                }
            }

            pub(crate) fn row(self) -> &'static Row {
                match self {
                    $(Self::$name => {
                        const ROW: Row = Row {
                            kind: Kind::$kind,
                            classes: $classes,
                            types: $types,
                            given: Given::$given,
                            change: Change::$change,
                        };
                        &ROW
                    })+
                }
            }
        }
    };
}

#[rustfmt::skip]
mod table {
    use super::*;

    schema! {
        // name           standard's name       code    kind        classes         types   given       change
        Class             CLASS               = 0x0000, Ulong,      ALL,            None,   Always,     Fixed;
        Token             TOKEN               = 0x0001, Bool,       ALL,            None,   Always,     Fixed;
        Private           PRIVATE             = 0x0002, Bool,       ALL,            None,   Always,     Fixed;
        Label             LABEL               = 0x0003, Bytes,      ALL,            None,   Always,     Free;
        UniqueId          UNIQUE_ID           = 0x0004, Bytes,      ALL,            None,   Never,      Fixed;
        Application       APPLICATION         = 0x0010, Bytes,      DATA,           None,   Always,     Fixed;
        Value             VALUE               = 0x0011, Secret,     VALUES,         VALUED, OnCreate,   Fixed;
        ObjectId          OBJECT_ID           = 0x0012, Bytes,      DATA,           None,   Always,     Fixed;
        CertificateType   CERTIFICATE_TYPE    = 0x0080, Ulong,      CERT,           None,   Always,     Fixed;
        Issuer            ISSUER              = 0x0081, Bytes,      CERT,           None,   Always,     Free;
        SerialNumber      SERIAL_NUMBER       = 0x0082, Bytes,      CERT,           None,   Always,     Free;
        Trusted           TRUSTED             = 0x0086, Bool,       TRUSTABLE,      None,   BySo,       Free;
        CertificateCategory CERTIFICATE_CATEGORY = 0x0087, Ulong,   CERT,           None,   Always,     Fixed;
        JavaMidpSecurityDomain JAVA_MIDP_SECURITY_DOMAIN = 0x0088, Ulong, CERT,     None,   Always,     Fixed;
        Url               URL                 = 0x0089, Bytes,      CERT,           None,   Always,     Fixed;
        HashOfSubjectPublicKey HASH_OF_SUBJECT_PUBLIC_KEY = 0x008a, Bytes, CERT,    None,   Always,     Fixed;
        HashOfIssuerPublicKey HASH_OF_ISSUER_PUBLIC_KEY = 0x008b, Bytes, CERT,      None,   Always,     Fixed;
        NameHashAlgorithm NAME_HASH_ALGORITHM = 0x008c, Ulong,      CERT,           None,   Always,     Fixed;
        CheckValue        CHECK_VALUE         = 0x0090, Bytes,      CHECKED,        None,   Always,     Fixed;
        KeyType           KEY_TYPE            = 0x0100, Ulong,      KEY,            None,   Always,     Fixed;
        Subject           SUBJECT             = 0x0101, Bytes,      NAMED,          None,   Always,     Free;
        Id                ID                  = 0x0102, Bytes,      IDENTIFIED,     None,   Always,     Free;
        Sensitive         SENSITIVE           = 0x0103, Bool,       HIDDEN,         None,   Always,     OnlyToTrue;
        Encrypt           ENCRYPT             = 0x0104, Bool,       PUB.or(SEC),    None,   Always,     Free;
        Decrypt           DECRYPT             = 0x0105, Bool,       HIDDEN,         None,   Always,     Free;
        Wrap              WRAP                = 0x0106, Bool,       PUB.or(SEC),    None,   Always,     Free;
        Unwrap            UNWRAP              = 0x0107, Bool,       HIDDEN,         None,   Always,     Free;
        Sign              SIGN                = 0x0108, Bool,       HIDDEN,         None,   Always,     Free;
        SignRecover       SIGN_RECOVER        = 0x0109, Bool,       PRIV,           None,   Always,     Free;
        Verify            VERIFY              = 0x010a, Bool,       PUB.or(SEC),    None,   Always,     Free;
        VerifyRecover     VERIFY_RECOVER      = 0x010b, Bool,       PUB,            None,   Always,     Free;
        Derive            DERIVE              = 0x010c, Bool,       KEY,            None,   Always,     Free;
        StartDate         START_DATE          = 0x0110, Date,       KEY.or(CERT),   None,   Always,     Free;
        EndDate           END_DATE            = 0x0111, Date,       KEY.or(CERT),   None,   Always,     Free;
        Modulus           MODULUS             = 0x0120, Bytes,      PAIR,           RSA,    OnCreate,   Fixed;
        ModulusBits       MODULUS_BITS        = 0x0121, Ulong,      PUB,            RSA,    OnGenerate, Fixed;
        PublicExponent    PUBLIC_EXPONENT     = 0x0122, Bytes,      PAIR,           RSA,    Always,     Fixed;
        PrivateExponent   PRIVATE_EXPONENT    = 0x0123, Secret,     PRIV,           RSA,    OnCreate,   Fixed;
        Prime1            PRIME_1             = 0x0124, Secret,     PRIV,           RSA,    OnCreate,   Fixed;
        Prime2            PRIME_2             = 0x0125, Secret,     PRIV,           RSA,    OnCreate,   Fixed;
        Exponent1         EXPONENT_1          = 0x0126, Secret,     PRIV,           RSA,    OnCreate,   Fixed;
        Exponent2         EXPONENT_2          = 0x0127, Secret,     PRIV,           RSA,    OnCreate,   Fixed;
        Coefficient       COEFFICIENT         = 0x0128, Secret,     PRIV,           RSA,    OnCreate,   Fixed;
        PublicKeyInfo     PUBLIC_KEY_INFO     = 0x0129, Bytes,      PAIR.or(CERT),  None,   OnCreate,   Fixed;
        ValueLen          VALUE_LEN           = 0x0161, Ulong,      SEC,            None,   OnGenerate, Fixed;
        Extractable       EXTRACTABLE         = 0x0162, Bool,       HIDDEN,         None,   Always,     OnlyToFalse;
        Local             LOCAL               = 0x0163, Bool,       KEY,            None,   Never,      Fixed;
        NeverExtractable  NEVER_EXTRACTABLE   = 0x0164, Bool,       HIDDEN,         None,   Never,      Fixed;
        AlwaysSensitive   ALWAYS_SENSITIVE    = 0x0165, Bool,       HIDDEN,         None,   Never,      Fixed;
        KeyGenMechanism   KEY_GEN_MECHANISM   = 0x0166, Ulong,      KEY,            None,   Never,      Fixed;
        Modifiable        MODIFIABLE          = 0x0170, Bool,       ALL,            None,   Always,     Fixed;
        Copyable          COPYABLE            = 0x0171, Bool,       ALL,            None,   Always,     OnlyToFalse;
        Destroyable       DESTROYABLE         = 0x0172, Bool,       ALL,            None,   Always,     Free;
        EcParams          EC_PARAMS           = 0x0180, Bytes,      PAIR,           EC,     Always,     Fixed;
        EcPoint           EC_POINT            = 0x0181, Bytes,      PUB,            EC,     OnCreate,   Fixed;
        AlwaysAuthenticate ALWAYS_AUTHENTICATE = 0x0202, Bool,      PRIV,           None,   Always,     Fixed;
        WrapWithTrusted   WRAP_WITH_TRUSTED   = 0x0210, Bool,       HIDDEN,         None,   Always,     OnlyToTrue;
        ProfileId         PROFILE_ID          = 0x0601, Ulong,      PROFILE,        None,   Never,      Fixed;
        ParameterSet      PARAMETER_SET       = 0x061d, Ulong,      PAIR,           LATTICE, Always,    Fixed;
        ObjectValidationFlags OBJECT_VALIDATION_FLAGS = 0x061e, Ulong, KEY,         None,   Never,      Fixed;
        EncapsulateTemplate ENCAPSULATE_TEMPLATE = 0x062a, Template, PUB,           None,   Always,     Fixed;
        DecapsulateTemplate DECAPSULATE_TEMPLATE = 0x062b, Template, PRIV,          None,   Always,     Fixed;
        Encapsulate       ENCAPSULATE         = 0x0633, Bool,       PUB,            None,   Always,     Free;
        Decapsulate       DECAPSULATE         = 0x0634, Bool,       PRIV,           None,   Always,     Free;
        Seed              SEED                = 0x0637, Secret,     PRIV,           LATTICE, OnCreate,  Fixed;
        WrapTemplate      WRAP_TEMPLATE       = 0x4000_0211, Template, WRAPPING,    None,   Always,     Fixed;
        UnwrapTemplate    UNWRAP_TEMPLATE     = 0x4000_0212, Template, HIDDEN,      None,   Always,     Fixed;
        DeriveTemplate    DERIVE_TEMPLATE     = 0x4000_0213, Template, HIDDEN,      None,   Always,     Fixed;
        AllowedMechanisms ALLOWED_MECHANISMS  = 0x4000_0600, Mechanisms, KEY,       None,   Always,     Fixed;
    }
}

pub use table::AttributeType;

const _: () = {
    let mut at = 1;
    while at < AttributeType::ALL.len() {
        assert!((AttributeType::ALL[at - 1] as u32) < AttributeType::ALL[at] as u32, "a row is out of order");
        at += 1;
    }
};

impl AttributeType {
    /// The standard's code (`CKA_...`).
    #[must_use]
    pub fn code(self) -> u64 {
        u64::from(self as u32)
    }

    /// What kind of value attributes of this type have.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.row().kind
    }

    /// What a template of this type is in an object that came to be without it: empty, as it asks nothing of other keys
    /// (section 4.7). A list of mechanisms is not there: an empty one would read as if no mechanism were allowed.
    pub(crate) fn open_template(self, class: ObjectClass, key_type: Option<KeyType>) -> Option<Value> {
        let is_there = self.kind() == Kind::Template && self.row().applies_to(class, key_type);
        is_there.then(|| Value::Template(Box::default()))
    }

    /// Whether objects of this class can have the attribute; of keys perhaps only some types.
    #[must_use]
    pub fn is_of(self, class: ObjectClass) -> bool {
        self.row().classes.contains(class)
    }

    /// Whether values of this type are handed around as secrets.
    pub(crate) fn is_secret(self) -> bool {
        self.kind() == Kind::Secret
    }
}

impl fmt::Debug for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for AttributeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
