//! Tests of the decisions, as tables.

use super::create::Origin;
use super::*;
use crate::attribute::AttributeSet;
use crate::object::ObjectClass;
use crate::{AttributeType, Error, KeyType, Login, SessionAccess, UserType};

#[test]
fn who_may_write_what() {
    use Login::{Public, So, User};
    use SessionAccess::{ReadOnly, ReadWrite};
    let allowed = |access, login, token, private| access::may_write(access, login, token, private).is_ok();
    // access, login, token object, private object (section 5.6.7)
    for access in [ReadOnly, ReadWrite] {
        for login in [Public, User, So] {
            for token in [false, true] {
                for private in [false, true] {
                    let expected = (!token || access == ReadWrite) && (!private || login == User);
                    assert_eq!(allowed(access, login, token, private), expected);
                }
            }
        }
    }
}

#[test]
fn who_may_log_in_when() {
    use UserType::{So, User};
    assert!(login::check(User, Login::Public, true).is_ok());
    assert!(login::check(So, Login::Public, false).is_ok());
    assert!(matches!(login::check(So, Login::Public, true), Err(Error::SessionReadOnlyExists)));
    assert!(matches!(login::check(User, Login::User, false), Err(Error::UserAlreadyLoggedIn)));
    assert!(matches!(login::check(So, Login::So, false), Err(Error::UserAlreadyLoggedIn)));
    assert!(matches!(login::check(User, Login::So, false), Err(Error::UserAnotherAlreadyLoggedIn)));
    assert!(matches!(login::check(So, Login::User, false), Err(Error::UserAnotherAlreadyLoggedIn)));
}

#[test]
fn tries_run_out() {
    assert_eq!(pin::tries_left(0), 10);
    assert_eq!(pin::tries_left(u16::MAX), 0);
    assert!(pin::may_try(pin::MAX_FAILURES - 1).is_ok());
    assert!(matches!(pin::may_try(pin::MAX_FAILURES), Err(Error::PinLocked)));
}

#[test]
fn what_a_template_leaves_open_hangs_on_where_the_key_comes_from() {
    let open = |given: &AttributeSet, origin, usage| {
        create::usage_by_default(given, ObjectClass::SecretKey, KeyType::Aes, origin, usage)
    };
    let mut given = AttributeSet::default();
    for usage in [AttributeType::Sign, AttributeType::Derive] {
        assert!(open(&given, Origin::Values, usage) && open(&given, Origin::Derived, usage));
    }
    // A generated key derives others only if its template says so.
    assert!(open(&given, Origin::Generated, AttributeType::Sign));
    assert!(!open(&given, Origin::Generated, AttributeType::Derive));
    given.set(AttributeType::Decrypt, false);
    assert!(open(&given, Origin::Derived, AttributeType::Sign));
    given.set(AttributeType::Encrypt, true);
    assert!(open(&given, Origin::Values, AttributeType::Sign));
    assert!(open(&given, Origin::Values, AttributeType::Derive));
    // A derived key whose template names a use has no others, but for the way back.
    for other in [AttributeType::Sign, AttributeType::Verify, AttributeType::Wrap, AttributeType::Derive] {
        assert!(!open(&given, Origin::Derived, other), "{other}");
    }
    assert!(open(&given, Origin::Derived, AttributeType::Decrypt));
    given.set(AttributeType::Encrypt, false);
    given.set(AttributeType::Verify, true);
    assert!(open(&given, Origin::Derived, AttributeType::Sign));
    assert!(!open(&given, Origin::Derived, AttributeType::Decrypt));
    // A key that wraps unwraps, and gives nothing away by decrypting.
    given.set(AttributeType::Wrap, true);
    assert!(open(&given, Origin::Derived, AttributeType::Unwrap));
    assert!(!open(&given, Origin::Derived, AttributeType::Decrypt));
}

#[test]
fn what_is_given_before_a_login_is_public_for_its_session() {
    let public = create::public_for_the_moment;
    let (session, mut token) = (AttributeSet::default(), AttributeSet::default());
    token.set(AttributeType::Token, true);
    for class in [ObjectClass::Data, ObjectClass::SecretKey] {
        assert!(public(&session, class, Origin::Values, Login::Public));
        assert!(public(&session, class, Origin::Derived, Login::Public));
        assert!(!public(&token, class, Origin::Values, Login::Public));
        assert!(!public(&session, class, Origin::Values, Login::User));
        assert!(!public(&session, class, Origin::Generated, Login::Public));
        assert!(!public(&session, class, Origin::Unwrapped, Login::Public));
    }
    assert!(!public(&session, ObjectClass::PrivateKey, Origin::Values, Login::Public));
}

#[test]
fn keys_can_do_no_more_than_their_type() {
    let can = |class, key_type, usage| create::can_do(class, key_type, usage);
    assert!(can(ObjectClass::PrivateKey, KeyType::Ec, AttributeType::Sign));
    assert!(!can(ObjectClass::PrivateKey, KeyType::Ec, AttributeType::Decrypt));
    assert!(!can(ObjectClass::PrivateKey, KeyType::EcEdwards, AttributeType::Derive));
    assert!(!can(ObjectClass::PublicKey, KeyType::Rsa, AttributeType::Sign));
    // Whatever can be done is an attribute of such keys.
    for class in [ObjectClass::PublicKey, ObjectClass::PrivateKey, ObjectClass::SecretKey] {
        for key_type in [KeyType::Rsa, KeyType::Ec, KeyType::EcEdwards, KeyType::GenericSecret, KeyType::Aes]
        {
            for usage in create::USAGES {
                assert!(
                    !can(class, key_type, usage) || usage.row().applies_to(class, Some(key_type)),
                    "{class:?} {key_type:?} {usage}"
                );
            }
        }
    }
}

#[test]
fn secrets_are_private_unless_someone_says_otherwise() {
    assert!(create::private_by_default(ObjectClass::PrivateKey));
    assert!(create::private_by_default(ObjectClass::SecretKey));
    assert!(create::private_by_default(ObjectClass::Data));
    assert!(!create::private_by_default(ObjectClass::Certificate));
    assert!(!create::private_by_default(ObjectClass::PublicKey));
}
