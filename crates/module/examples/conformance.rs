//! Prints `docs/conformance.md`: what the library answers when it is asked what it can do. `cargo xtask conform` runs
//! it and keeps the page.
//!
//! What is absent: any list of what works. Functions, interfaces and mechanisms come from the library, and what is
//! refused on purpose is asked for.

#![deny(unsafe_code)]

use std::error::Error;
use std::ffi::{CStr, CString};
use std::fmt::Write as _;
use std::ptr;

use cryptoki_sys::*;
use portcullis_pkcs11::{C_GetInterfaceList, FUNCTIONS, REFUSED};
use portcullis_token::{AttributeType, MechanismType, ObjectClass};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Names constants with their values.
macro_rules! named {
    ($($name:ident)+) => { &[$((stringify!($name), $name)),+] };
}

/// Every flag of `CK_MECHANISM_INFO` (PKCS #11 v3.2 section 3.4), in the order in which they are shown.
const FLAGS: &[(&str, CK_FLAGS)] = named! {
    CKF_HW CKF_ENCRYPT CKF_DECRYPT CKF_DIGEST CKF_SIGN CKF_SIGN_RECOVER CKF_VERIFY CKF_VERIFY_RECOVER CKF_GENERATE
    CKF_GENERATE_KEY_PAIR CKF_WRAP CKF_UNWRAP CKF_DERIVE CKF_ENCAPSULATE CKF_DECAPSULATE CKF_MESSAGE_ENCRYPT
    CKF_MESSAGE_DECRYPT CKF_MESSAGE_SIGN CKF_MESSAGE_VERIFY CKF_MULTI_MESSAGE CKF_EC_F_P CKF_EC_F_2M
    CKF_EC_ECPARAMETERS CKF_EC_OID CKF_EC_UNCOMPRESS CKF_EC_COMPRESS CKF_EC_CURVENAME
};

/// What is refused on purpose, by the reason.
const KEPT_OUT: &[(&str, &[(&str, CK_MECHANISM_TYPE)])] = &[
    (
        "small blocks",
        named! { CKM_DES3_KEY_GEN CKM_DES3_ECB CKM_DES3_CBC CKM_DES3_CBC_PAD CKM_DES3_MAC CKM_DES3_CMAC },
    ),
    (
        "keys over finite fields",
        named! {
            CKM_DSA_KEY_PAIR_GEN CKM_DSA CKM_DSA_SHA1 CKM_DSA_SHA256 CKM_DSA_PARAMETER_GEN CKM_DH_PKCS_KEY_PAIR_GEN
            CKM_DH_PKCS_DERIVE CKM_DH_PKCS_PARAMETER_GEN CKM_X9_42_DH_KEY_PAIR_GEN CKM_X9_42_DH_DERIVE
        },
    ),
    ("gives a key away bit by bit (docs/decisions/0009)", named! { CKM_EXTRACT_KEY_FROM_KEY }),
    ("broken but for digests", named! { CKM_MD5_HMAC CKM_MD5_RSA_PKCS }),
];

/// Classes of objects that no caller can make.
const NO_CLASSES: &[(&str, CK_OBJECT_CLASS)] = named! {
    CKO_HW_FEATURE CKO_DOMAIN_PARAMETERS CKO_MECHANISM CKO_OTP_KEY CKO_PROFILE CKO_VALIDATION CKO_TRUST
};

/// Attributes of the standard that no object has: of classes, key types and certificates that are not there.
const NO_ATTRIBUTES: &[(&str, CK_ATTRIBUTE_TYPE)] = named! {
    CKA_AC_ISSUER CKA_OWNER CKA_ATTR_TYPES CKA_PRIME CKA_SUBPRIME CKA_BASE CKA_PRIME_BITS CKA_SUBPRIME_BITS
    CKA_VALUE_BITS CKA_SECONDARY_AUTH CKA_AUTH_PIN_FLAGS CKA_OTP_FORMAT CKA_OTP_LENGTH CKA_OTP_TIME_INTERVAL
    CKA_OTP_USER_FRIENDLY_MODE CKA_OTP_CHALLENGE_REQUIREMENT CKA_OTP_TIME_REQUIREMENT CKA_OTP_COUNTER_REQUIREMENT
    CKA_OTP_PIN_REQUIREMENT CKA_OTP_COUNTER CKA_OTP_TIME CKA_OTP_USER_IDENTIFIER CKA_OTP_SERVICE_IDENTIFIER
    CKA_OTP_SERVICE_LOGO CKA_OTP_SERVICE_LOGO_TYPE CKA_GOSTR3410_PARAMS CKA_GOSTR3411_PARAMS CKA_GOST28147_PARAMS
    CKA_HW_FEATURE_TYPE CKA_RESET_ON_INIT CKA_HAS_RESET CKA_PIXEL_X CKA_PIXEL_Y CKA_RESOLUTION CKA_CHAR_ROWS
    CKA_CHAR_COLUMNS CKA_COLOR CKA_BITS_PER_PIXEL CKA_CHAR_SETS CKA_ENCODING_METHODS CKA_MIME_TYPES CKA_MECHANISM_TYPE
    CKA_REQUIRED_CMS_ATTRIBUTES CKA_DEFAULT_CMS_ATTRIBUTES CKA_SUPPORTED_CMS_ATTRIBUTES CKA_X2RATCHET_BAG
    CKA_X2RATCHET_BAGSIZE CKA_X2RATCHET_BOBS1STMSG CKA_X2RATCHET_CKR CKA_X2RATCHET_CKS CKA_X2RATCHET_DHP
    CKA_X2RATCHET_DHR CKA_X2RATCHET_DHS CKA_X2RATCHET_HKR CKA_X2RATCHET_HKS CKA_X2RATCHET_ISALICE CKA_X2RATCHET_NHKR
    CKA_X2RATCHET_NHKS CKA_X2RATCHET_NR CKA_X2RATCHET_NS CKA_X2RATCHET_PNS CKA_X2RATCHET_RK CKA_HSS_LEVELS
    CKA_HSS_LMS_TYPE CKA_HSS_LMOTS_TYPE CKA_HSS_LMS_TYPES CKA_HSS_LMOTS_TYPES CKA_HSS_KEYS_REMAINING
    CKA_VALIDATION_TYPE CKA_VALIDATION_VERSION CKA_VALIDATION_LEVEL CKA_VALIDATION_MODULE_ID CKA_VALIDATION_FLAG
    CKA_VALIDATION_AUTHORITY_TYPE CKA_VALIDATION_COUNTRY CKA_VALIDATION_CERTIFICATE_IDENTIFIER
    CKA_VALIDATION_CERTIFICATE_URI CKA_VALIDATION_VENDOR_URI CKA_VALIDATION_PROFILE CKA_TRUST_SERVER_AUTH
    CKA_TRUST_CLIENT_AUTH CKA_TRUST_CODE_SIGNING CKA_TRUST_EMAIL_PROTECTION CKA_TRUST_IPSEC_IKE
    CKA_TRUST_TIME_STAMPING CKA_TRUST_OCSP_SIGNING CKA_HASH_OF_CERTIFICATE CKA_PUBLIC_CRC64_VALUE
};

/// What a call can answer that the page shows.
const ANSWERS: &[(&str, CK_RV)] = named! {
    CKR_ATTRIBUTE_TYPE_INVALID CKR_ATTRIBUTE_VALUE_INVALID CKR_OK CKR_FUNCTION_NOT_SUPPORTED CKR_FUNCTION_NOT_PARALLEL CKR_MECHANISM_INVALID CKR_NO_EVENT
};

/// Calls a function of a list, and gives its answer.
macro_rules! c {
    ($list:expr, $name:ident($($argument:expr),* $(,)?)) => {{
        let function = $list.$name.expect("the lists have no gaps");
        // SAFETY: each pointer among the arguments is NULL or leads to what the caller owns, in the length it says.
        #[allow(unsafe_code)]
        unsafe { function($($argument),*) }
    }};
}

fn main() -> Outcome<()> {
    let interfaces = interfaces()?;
    let newest = interfaces.first().ok_or("the library has no interface")?.pFunctionList;
    // SAFETY: the library prefers the interface of version 3.2, and its lists are constants.
    #[allow(unsafe_code)]
    let list =
        unsafe { newest.cast::<CK_FUNCTION_LIST_3_2>().as_ref() }.ok_or("an interface without a list")?;
    let folder = tempfile::tempdir()?;
    initialize(list, folder.path())?;

    let mut page = String::from(
        "# Conformance\n\n\
        What `libportcullis_pkcs11.so` answers when it is asked what it can do. `cargo xtask conform` writes this page\n\
        out of the code, and `cargo xtask ci` checks that it is current.\n",
    );
    show_interfaces(&mut page, &interfaces)?;
    show_functions(&mut page, list)?;
    show_mechanisms(&mut page, list)?;
    show_kept_out(&mut page, list)?;
    show_attributes(&mut page)?;
    show_refused_objects(&mut page, list)?;
    expect(c!(list, C_Finalize(ptr::null_mut())), CKR_OK, "C_Finalize")?;
    print!("{page}");
    Ok(())
}

/// The interfaces, the preferred one first.
fn interfaces() -> Outcome<Vec<CK_INTERFACE>> {
    let mut count = 0;
    // SAFETY: NULL asks how many there are; the count is this function's own.
    #[allow(unsafe_code)]
    let answer = unsafe { C_GetInterfaceList(ptr::null_mut(), &raw mut count) };
    expect(answer, CKR_OK, "C_GetInterfaceList")?;
    let mut interfaces = vec![CK_INTERFACE::default(); usize::try_from(count)?];
    // SAFETY: there is room for as many as `count` says.
    #[allow(unsafe_code)]
    let answer = unsafe { C_GetInterfaceList(interfaces.as_mut_ptr(), &raw mut count) };
    expect(answer, CKR_OK, "C_GetInterfaceList")?;
    Ok(interfaces)
}

/// Initialises the library with one slot in a folder, and a token in it, without which there are no sessions.
fn initialize(list: &CK_FUNCTION_LIST_3_2, folder: &std::path::Path) -> Outcome<()> {
    let config = folder.join("config.toml");
    std::fs::write(&config, "[[slot]]\nstore = \"store\"\n")?;
    let named = CString::new(format!("configfile={}", config.display()))?;
    let mut arguments = CK_C_INITIALIZE_ARGS {
        flags: CKF_OS_LOCKING_OK,
        pReserved: named.as_ptr().cast_mut().cast(),
        ..Default::default()
    };
    expect(c!(list, C_Initialize((&raw mut arguments).cast())), CKR_OK, "C_Initialize")?;
    let (mut pin, mut label) = (*b"officer-5678", [b' '; 32]);
    let made = c!(list, C_InitToken(0, pin.as_mut_ptr(), pin.len() as CK_ULONG, label.as_mut_ptr()));
    expect(made, CKR_OK, "C_InitToken")
}

fn show_interfaces(page: &mut String, interfaces: &[CK_INTERFACE]) -> Outcome<()> {
    page.push_str("\n## Interfaces\n\n| name | version | flags |\n|---|---|---|\n");
    for interface in interfaces {
        // SAFETY: an interface's name is a string that ends with NUL, and lives as long as the library.
        #[allow(unsafe_code)]
        let name = unsafe { CStr::from_ptr(interface.pInterfaceName.cast()) };
        // SAFETY: every list begins with its version.
        #[allow(unsafe_code)]
        let version = unsafe { *interface.pFunctionList.cast::<CK_VERSION>() };
        let flags = if interface.flags == 0 { "none".to_owned() } else { format!("{:#x}", interface.flags) };
        writeln!(page, "| \"{}\" | {} | {flags} |", name.to_str()?, number(version))?;
    }
    Ok(())
}

/// A version as people write it.
fn number(version: CK_VERSION) -> String {
    format!("{}.{}", version.major, version.minor)
}

fn show_functions(page: &mut String, list: &CK_FUNCTION_LIST_3_2) -> Outcome<()> {
    let all: usize = FUNCTIONS.iter().map(|(_, names)| names.len()).sum();
    let refused = REFUSED.len();
    writeln!(page, "\n## Functions\n\n{all} functions, of which {} work.\n", all - refused)?;
    page.push_str("| function | since | state |\n|---|---|---|\n");
    let fixed = fixed_answers(list)?;
    for (version, names) in FUNCTIONS {
        for name in names {
            let fixed = fixed.iter().find(|(function, ..)| function == name);
            let state = match fixed {
                _ if REFUSED.contains(name) => "`CKR_FUNCTION_NOT_SUPPORTED`".to_owned(),
                Some((_, when, answer)) => format!("works; {when} `{answer}`"),
                None => "works".to_owned(),
            };
            writeln!(page, "| `{name}` | {} | {state} |", number(version))?;
        }
    }
    Ok(())
}

/// Functions that have little to say, and what they answer.
fn fixed_answers(list: &CK_FUNCTION_LIST_3_2) -> Outcome<[(&'static str, &'static str, String); 3]> {
    let mut session = 0;
    let opened = c!(list, C_OpenSession(0, CKF_SERIAL_SESSION, ptr::null_mut(), None, &raw mut session));
    expect(opened, CKR_OK, "C_OpenSession")?;
    let mut slot = 0;
    let blocking = c!(list, C_WaitForSlotEvent(0, &raw mut slot, ptr::null_mut()));
    let always = "always answers";
    let answers = [
        ("C_GetFunctionStatus", always, answer(c!(list, C_GetFunctionStatus(session)))),
        ("C_CancelFunction", always, answer(c!(list, C_CancelFunction(session)))),
        ("C_WaitForSlotEvent", "slots never change, so where it would block it answers", answer(blocking)),
    ];
    expect(c!(list, C_CloseSession(session)), CKR_OK, "C_CloseSession")?;
    Ok(answers)
}

fn show_mechanisms(page: &mut String, list: &CK_FUNCTION_LIST_3_2) -> Outcome<()> {
    let mut count = 0;
    expect(c!(list, C_GetMechanismList(0, ptr::null_mut(), &raw mut count)), CKR_OK, "C_GetMechanismList")?;
    let mut codes = vec![0; usize::try_from(count)?];
    let answer = c!(list, C_GetMechanismList(0, codes.as_mut_ptr(), &raw mut count));
    expect(answer, CKR_OK, "C_GetMechanismList")?;
    codes.sort_unstable();
    writeln!(
        page,
        "\n## Mechanisms\n\n{} mechanisms. Key sizes are in the standard's unit for each.\n",
        codes.len()
    )?;
    page.push_str("| mechanism | code | key sizes | flags |\n|---|---|---|---|\n");
    for code in codes {
        let mut info = CK_MECHANISM_INFO::default();
        expect(c!(list, C_GetMechanismInfo(0, code, &raw mut info)), CKR_OK, "C_GetMechanismInfo")?;
        let name =
            MechanismType(code).name().map_or("without a name".to_owned(), |name| format!("`CKM_{name}`"));
        let sizes = match (info.ulMinKeySize, info.ulMaxKeySize) {
            (0, 0) => "-".to_owned(),
            (min, max) if min == max => min.to_string(),
            (min, max) => format!("{min} to {max}"),
        };
        writeln!(page, "| {name} | `{code:#06x}` | {sizes} | {} |", flags(info.flags))?;
    }
    Ok(())
}

fn flags(flags: CK_FLAGS) -> String {
    let set = FLAGS.iter().filter(|(_, flag)| flags & flag != 0);
    let mut names: Vec<_> = set.map(|(name, _)| name.trim_start_matches("CKF_").to_owned()).collect();
    let unknown = FLAGS.iter().fold(flags, |left, (_, flag)| left & !flag);
    if unknown != 0 {
        names.push(format!("{unknown:#x}"));
    }
    names.join(", ")
}

fn show_kept_out(page: &mut String, list: &CK_FUNCTION_LIST_3_2) -> Outcome<()> {
    page.push_str("\n## Refused on purpose\n\nThese are not there and will not be.\n\n");
    page.push_str("| mechanism | answer | reason |\n|---|---|---|\n");
    for (reason, mechanisms) in KEPT_OUT {
        for (name, code) in *mechanisms {
            let refused = c!(list, C_GetMechanismInfo(0, *code, &mut CK_MECHANISM_INFO::default()));
            expect(refused, CKR_MECHANISM_INVALID, name)?;
            writeln!(page, "| `{name}` | `{}` | {reason} |", answer(refused))?;
        }
    }
    Ok(())
}

/// Which objects have which attributes, by the token's own schema.
fn show_attributes(page: &mut String) -> Outcome<()> {
    page.push_str(
        "\n## Objects and their attributes\n\nOf keys some types have fewer.\n\n| attribute | code |",
    );
    for class in ObjectClass::ALL {
        write!(page, " {class:?} |")?;
    }
    writeln!(page, "\n|---|---|{}", "---|".repeat(ObjectClass::ALL.len()))?;
    for attribute in AttributeType::ALL {
        write!(page, "| `CKA_{}` | `{:#06x}` |", attribute.name(), attribute.code())?;
        for class in ObjectClass::ALL {
            page.push_str(if attribute.is_of(class) { " yes |" } else { " |" });
        }
        page.push('\n');
    }
    Ok(())
}

/// Classes that can't be made and attributes that no object has, as the library answers to them.
fn show_refused_objects(page: &mut String, list: &CK_FUNCTION_LIST_3_2) -> Outcome<()> {
    let (mut session, mut object) = (0, 0);
    let opened = c!(list, C_OpenSession(0, CKF_SERIAL_SESSION, ptr::null_mut(), None, &raw mut session));
    expect(opened, CKR_OK, "C_OpenSession")?;
    let mut make = |mut class: CK_OBJECT_CLASS| {
        let mut private = CK_FALSE;
        let mut template = [attribute(CKA_CLASS, &mut class), attribute(CKA_PRIVATE, &mut private)];
        c!(list, C_CreateObject(session, template.as_mut_ptr(), 2, &raw mut object))
    };
    page.push_str("\nWhat is not there:\n\n| class or attribute | answer |\n|---|---|\n");
    for (name, class) in NO_CLASSES {
        let refused = make(*class);
        expect(refused, CKR_ATTRIBUTE_VALUE_INVALID, name)?;
        writeln!(page, "| `{name}` | `{}` |", answer(refused))?;
    }
    expect(make(CKO_DATA), CKR_OK, "C_CreateObject")?;
    for (name, code) in NO_ATTRIBUTES {
        let mut wanted = attribute(*code, &mut [0_u8; 0]);
        let refused = c!(list, C_GetAttributeValue(session, object, &raw mut wanted, 1));
        expect(refused, CKR_ATTRIBUTE_TYPE_INVALID, name)?;
        writeln!(page, "| `{name}` | `{}` |", answer(refused))?;
    }
    expect(c!(list, C_CloseSession(session)), CKR_OK, "C_CloseSession")
}

fn attribute<T>(code: CK_ATTRIBUTE_TYPE, value: &mut T) -> CK_ATTRIBUTE {
    CK_ATTRIBUTE { type_: code, pValue: ptr::from_mut(value).cast(), ulValueLen: size_of::<T>() as CK_ULONG }
}

/// An answer by its name.
fn answer(code: CK_RV) -> String {
    let known = ANSWERS.iter().find(|(_, known)| *known == code);
    known.map_or_else(|| format!("{code:#x}"), |(name, _)| (*name).to_owned())
}

fn expect(got: CK_RV, wanted: CK_RV, what: &str) -> Outcome<()> {
    if got == wanted { Ok(()) } else { Err(format!("{what} answers {}", answer(got)).into()) }
}
