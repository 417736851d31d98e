//! Known attacks on PKCS #11 tokens, by name (Clulow, "On the Security of PKCS #11"; Delaune, Kremer and Steel,
//! "Formal Analysis of PKCS#11"; Bortolozzo et al., "Attacking and Fixing PKCS#11 Security Tokens"). Each test walks
//! the attack and says what stops it; what nothing stops by itself is in docs/decisions/0008.

use portcullis_token::{
    AttributeType, Curve, EcdhKdf, Error, HashAlgorithm, KeyType, MechanismType, ObjectClass, ObjectHandle,
    Parameters, Session, SessionAccess, Template, UserType, Value,
};

use crate::common::{SO_PIN, generate, on_token, secret_key, user_session};
use crate::toy::toy_token;
use crate::wrapping::{aes_key, aes_template, flag, wrap};

const KWP: MechanismType = MechanismType::AES_KEY_WRAP_KWP;

fn extractable(template: Template) -> Template {
    template.with(AttributeType::Extractable, true)
}

fn set(session: &Session, object: ObjectHandle, attribute: AttributeType, value: bool) -> Result<(), Error> {
    session.set_attributes(object, &Template::new().with(attribute, value))
}

fn usages(session: &Session, key: ObjectHandle) -> [bool; 4] {
    [AttributeType::Wrap, AttributeType::Decrypt, AttributeType::Unwrap, AttributeType::Encrypt]
        .map(|usage| flag(session, key, usage))
}

/// Wraps a key with a key that can decrypt, and decrypts it. A key that is not made to leave can't be wrapped, and a
/// key that is made to wrap can't decrypt unless its template says both.
#[test]
fn wrap_then_decrypt() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let wrapping = session.create_object(aes_template(7).with(AttributeType::Wrap, true)).unwrap();
    assert_eq!(usages(&session, wrapping), [true, false, true, true]);
    let target = session.create_object(secret_key(b"target", "x")).unwrap();
    assert!(matches!(wrap(&session, KWP, wrapping, target), Err(Error::KeyUnextractable)));
    // Nor does any key wrap a target that its wrap template does not describe.
    let bound = aes_template(7).with_template(AttributeType::WrapTemplate, on_token("only this one"));
    let bound = session.create_object(bound).unwrap();
    let target = session.create_object(extractable(secret_key(b"target", "x"))).unwrap();
    assert!(matches!(wrap(&session, KWP, bound, target), Err(Error::KeyNotWrappable)));
    // A target that asks for trusted wrapping keys is safe from keys with both roles, too.
    let both = aes_template(7).with(AttributeType::Wrap, true).with(AttributeType::Decrypt, true);
    let both = session.create_object(both).unwrap();
    let careful = extractable(secret_key(b"target", "x")).with(AttributeType::WrapWithTrusted, true);
    let careful = session.create_object(careful).unwrap();
    assert!(matches!(wrap(&session, KWP, both, careful), Err(Error::KeyNotWrappable)));
}

/// Encrypts a key of the attacker's and unwraps it as the token's. A key that is made to unwrap can't encrypt unless
/// its template says both.
#[test]
fn encrypt_then_unwrap() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let unwrapping = session.create_object(aes_template(7).with(AttributeType::Unwrap, true)).unwrap();
    assert_eq!(usages(&session, unwrapping), [true, true, true, false]);
    // What a template says, a key does: programs ask for all four, and then each can be given up for good.
    let all = aes_template(7).with(AttributeType::Unwrap, true).with(AttributeType::Encrypt, true);
    assert_eq!(usages(&session, session.create_object(all).unwrap()), [true; 4]);
}

/// Uses a key for what it was not made for. Each use is asked for by its own attribute and by the key's list of
/// mechanisms.
#[test]
fn key_separation() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let signing = secret_key(b"MAC", "mac").with(AttributeType::Derive, false);
    let signing = session.create_object(signing).unwrap();
    let hkdf = || {
        let hash = HashAlgorithm::Sha256;
        (MechanismType::HKDF_DERIVE, Parameters::Hkdf { hash, extract: None, expand: None })
    };
    let derived = session.derive_keys(hkdf(), signing, vec![Template::new()]);
    assert!(matches!(derived, Err(Error::KeyFunctionNotPermitted(AttributeType::Derive))));
    let only = Value::Mechanisms(vec![MechanismType::AES_GCM]);
    let listed = session.create_object(aes_template(7).with(AttributeType::AllowedMechanisms, only)).unwrap();
    let target = session.create_object(extractable(secret_key(b"target", "x"))).unwrap();
    assert!(matches!(wrap(&session, KWP, listed, target), Err(Error::MechanismInvalid(KWP))));
    let unwrapped =
        session.unwrap_key(KWP, listed, &[0; 17], Template::key(ObjectClass::SecretKey, KeyType::Aes));
    assert!(matches!(unwrapped, Err(Error::MechanismInvalid(KWP))));
}

/// Wraps a key and unwraps it as one that can be read. Nothing hides that: the copy says that it has been outside.
/// A trusted wrapping key with a template of its own makes no such copy.
#[test]
fn reimport_with_weaker_attributes() {
    let (_, token) = toy_token();
    {
        let session = token.open_session(SessionAccess::ReadWrite).unwrap();
        session.login(UserType::So, SO_PIN).unwrap();
        let imposed =
            Template::new().with(AttributeType::Sensitive, true).with(AttributeType::Extractable, false);
        let trusted = aes_template(7)
            .with(AttributeType::Token, true)
            .with(AttributeType::Private, false)
            .with(AttributeType::Label, "trusted")
            .with(AttributeType::Trusted, true)
            .with(AttributeType::Wrap, true)
            .with_template(AttributeType::UnwrapTemplate, imposed);
        session.create_object(trusted).unwrap();
    }
    let session = user_session(&token);
    let weak = || {
        extractable(Template::key(ObjectClass::SecretKey, KeyType::GenericSecret))
            .with(AttributeType::Sensitive, false)
    };
    let own = aes_key(&session, 9);
    let key = session.create_object(extractable(secret_key(b"key", "x"))).unwrap();
    let wrapped = wrap(&session, KWP, own, key).unwrap();
    let back = session.unwrap_key(KWP, own, &wrapped, weak()).unwrap();
    assert!(!flag(&session, back, AttributeType::AlwaysSensitive));
    assert!(!flag(&session, back, AttributeType::NeverExtractable));

    let careful = extractable(secret_key(b"key", "x")).with(AttributeType::WrapWithTrusted, true);
    let careful = session.create_object(careful).unwrap();
    assert!(matches!(wrap(&session, KWP, own, careful), Err(Error::KeyNotWrappable)));
    let trusted = session.find_objects(&Template::new().with(AttributeType::Label, "trusted")).unwrap()[0];
    let wrapped = wrap(&session, KWP, trusted, careful).unwrap();
    let refused = session.unwrap_key(KWP, trusted, &wrapped, weak());
    assert!(matches!(refused, Err(Error::TemplateInconsistent(_))));
}

/// Changes a wrapped key bit by bit and learns from the answers (Vaudenay; Bleichenbacher). Whatever is wrong has one
/// name, and a mistake in the template has the same name whatever the wrapped key is.
#[test]
fn padding_oracle_by_error_codes() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let wrapping = aes_key(&session, 7);
    let target = session.create_object(extractable(aes_template(9))).unwrap();
    let wrapped = wrap(&session, KWP, wrapping, target).unwrap();
    let template = || Template::key(ObjectClass::SecretKey, KeyType::Aes);
    let mut changed = wrapped.clone();
    for at in 0..wrapped.len() {
        changed[at] ^= 1;
        let refused = session.unwrap_key(KWP, wrapping, &changed, template());
        assert!(matches!(refused, Err(Error::WrappedKeyInvalid)), "byte {at}");
        changed[at] ^= 1;
    }
    // Well decrypted, but of a length that no AES key has; and no private key.
    let odd = session.create_object(extractable(secret_key(&[9; 17], "x"))).unwrap();
    let odd = wrap(&session, KWP, wrapping, odd).unwrap();
    for (wrapped, template) in [
        (&odd[..], template()),
        (&odd[..3], template()),
        (&[], template()),
        (&odd, Template::key(ObjectClass::PrivateKey, KeyType::Rsa)),
        (&wrapped, template().with(AttributeType::ValueLen, 32)),
    ] {
        let refused = session.unwrap_key(KWP, wrapping, wrapped, template);
        assert!(matches!(refused, Err(Error::WrappedKeyInvalid)));
    }
    for wrapped in [&wrapped, &changed[1..], &odd] {
        let refused = session.unwrap_key(KWP, wrapping, wrapped, template().with(AttributeType::Local, true));
        assert!(matches!(refused, Err(Error::AttributeReadOnly(AttributeType::Local))));
    }
}

/// Makes a key weaker by changing it.
#[test]
fn attribute_weakening_by_setting() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let (_, key) = generate(&session, Curve::P256, "key");
    for (attribute, weaker) in [
        (AttributeType::Sensitive, false),
        (AttributeType::Extractable, true),
        (AttributeType::AlwaysSensitive, false),
        (AttributeType::NeverExtractable, false),
        (AttributeType::Local, false),
        (AttributeType::Private, false),
    ] {
        let refused = set(&session, key, attribute, weaker);
        assert!(matches!(refused, Err(Error::AttributeReadOnly(_))), "{attribute}: {refused:?}");
    }
    set(&session, key, AttributeType::WrapWithTrusted, true).unwrap();
    assert!(set(&session, key, AttributeType::WrapWithTrusted, false).is_err());
    let bound = aes_template(1).with_template(AttributeType::WrapTemplate, on_token("only"));
    let bound = session.create_object(bound).unwrap();
    let unbound = Template::new().with_template(AttributeType::WrapTemplate, Template::new());
    assert!(matches!(session.set_attributes(bound, &unbound), Err(Error::AttributeReadOnly(_))));
}

/// Makes a weaker copy.
#[test]
fn attribute_weakening_by_copying() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let bound = aes_template(1)
        .with(AttributeType::WrapWithTrusted, true)
        .with_template(AttributeType::WrapTemplate, on_token("only"));
    let key = session.create_object(bound).unwrap();
    let copy = |template: Template| session.copy_object(key, &template);
    for (attribute, weaker) in [
        (AttributeType::Sensitive, false),
        (AttributeType::Extractable, true),
        (AttributeType::Private, false),
        (AttributeType::WrapWithTrusted, false),
        (AttributeType::Trusted, true),
    ] {
        assert!(copy(Template::new().with(attribute, weaker)).is_err(), "{attribute}");
    }
    assert!(copy(Template::new().with_template(AttributeType::WrapTemplate, Template::new())).is_err());
    let same = copy(Template::new()).unwrap();
    let of = |object| session.attribute(object, AttributeType::WrapTemplate).unwrap();
    assert_eq!(of(same), of(key));
}

/// Derives keys of one byte, two, three from one base and tries each byte (Clulow's reduced key space). Where the
/// derived key is the start of the shared secret itself, no key is that short.
#[test]
fn reduced_key_space_by_deriving() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let (_, base) = generate(&session, Curve::P256, "base");
    let ecdh = |kdf| Parameters::Ecdh { kdf, shared_data: vec![], public: vec![4; 65] };
    let derive = |kdf, len: u64| {
        let template = Template::new().with(AttributeType::ValueLen, len);
        session.derive_keys((MechanismType::ECDH1_DERIVE, ecdh(kdf)), base, vec![template])
    };
    assert!(matches!(derive(None, 1), Err(Error::TemplateInconsistent(AttributeType::ValueLen))));
    derive(None, 16).unwrap();
    derive(Some(EcdhKdf::X963(HashAlgorithm::Sha256)), 1).unwrap();
}

/// Makes a key that is another one but for its attributes: by an XOR with zeros, or by an XOR and the same once more
/// (Bond and Clulow's key typing), or by a zero behind the key of an HMAC. Such keys are no more than all of their
/// bases are. Cutting pieces off a base is refused by every engine (its contract has the lengths).
#[test]
fn key_separation_by_combining() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let xor = |base, template| {
        let call = (MechanismType::XOR_BASE_AND_DATA, Parameters::DerivationData(vec![0; 16]));
        session.derive_keys(call, base, vec![template]).map(|derived| derived.keys[0])
    };
    let aes = || Template::key(ObjectClass::SecretKey, KeyType::Aes).with(AttributeType::ValueLen, 16);
    let wrapping = aes_template(7).with(AttributeType::Wrap, true).with(AttributeType::Sensitive, true);
    let wrapping = session.create_object(wrapping).unwrap();
    for (attribute, wider) in [
        (AttributeType::Decrypt, true),
        (AttributeType::Extractable, true),
        (AttributeType::Sensitive, false),
    ] {
        let refused = xor(wrapping, aes().with(attribute, wider));
        assert!(matches!(refused, Err(Error::TemplateInconsistent(at)) if at == attribute), "{attribute}");
    }
    let same = xor(wrapping, aes()).unwrap();
    assert_eq!(usages(&session, same), usages(&session, wrapping));
    assert!(flag(&session, same, AttributeType::Sensitive));
    let again = xor(same, aes().with(AttributeType::Decrypt, true));
    assert!(matches!(again, Err(Error::TemplateInconsistent(AttributeType::Decrypt))));

    // The other key of a concatenation binds as the base does.
    let open = || extractable(secret_key(b"open", "x")).with(AttributeType::Sensitive, false);
    let concatenate = |base, other, template| {
        let call = (MechanismType::CONCATENATE_BASE_AND_KEY, Parameters::Key(other));
        session.derive_keys(call, base, vec![template]).map(|derived| derived.keys[0])
    };
    let known = session.create_object(open()).unwrap();
    let mute = session.create_object(open().with(AttributeType::Sign, false)).unwrap();
    let careful = session.create_object(open().with(AttributeType::WrapWithTrusted, true)).unwrap();
    let signing = || Template::new().with(AttributeType::Sign, true);
    assert!(flag(&session, concatenate(known, known, signing()).unwrap(), AttributeType::Sign));
    for (base, other) in [(mute, known), (known, mute)] {
        let refused = concatenate(base, other, signing());
        assert!(matches!(refused, Err(Error::TemplateInconsistent(AttributeType::Sign))));
        let bound = concatenate(base, careful, Template::new()).unwrap();
        assert!(flag(&session, bound, AttributeType::WrapWithTrusted));
        let hidden = concatenate(base, wrapping, Template::new()).unwrap();
        assert!(flag(&session, hidden, AttributeType::Sensitive));
        assert!(!flag(&session, hidden, AttributeType::Extractable));
    }
}

/// Makes a wrapping key of the attacker's trusted.
#[test]
fn trust_given_by_the_user() {
    let (_, token) = toy_token();
    let session = user_session(&token);
    let trusted = || aes_template(7).with(AttributeType::Trusted, true);
    assert!(matches!(
        session.create_object(trusted()),
        Err(Error::AttributeReadOnly(AttributeType::Trusted))
    ));
    let own = aes_key(&session, 7);
    assert!(set(&session, own, AttributeType::Trusted, true).is_err());
    let target = session.create_object(extractable(aes_template(9))).unwrap();
    let wrapped = wrap(&session, KWP, own, target).unwrap();
    let template = Template::key(ObjectClass::SecretKey, KeyType::Aes).with(AttributeType::Trusted, true);
    let refused = session.unwrap_key(KWP, own, &wrapped, template);
    assert!(matches!(refused, Err(Error::AttributeReadOnly(AttributeType::Trusted))));
}
