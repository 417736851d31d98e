//! Who may see, read and write which object (PKCS #11 v3.1 sections 4.2 and 5.6.7, tables of session
//! states).

use crate::object::{Object, ObjectClass};
use crate::{AttributeType, Error, Login, Result, SessionAccess};

/// Whether an object can be seen: private objects by the user alone.
pub(crate) fn is_visible(object: &Object, login: Login) -> bool {
    !object.is_private() || login == Login::User
}

/// Whether a secret attribute of the object may leave the token.
pub(crate) fn may_read_secret(object: &Object, attribute: AttributeType) -> Result<()> {
    let hidden = object.class.is_secret()
        && (object.flag(AttributeType::Sensitive) || !object.flag(AttributeType::Extractable));
    if hidden { Err(Error::AttributeSensitive(attribute)) } else { Ok(()) }
}

/// Whether a session may create, change or destroy such an object.
pub(crate) fn may_write(access: SessionAccess, login: Login, token: bool, private: bool) -> Result<()> {
    if token && access == SessionAccess::ReadOnly {
        return Err(Error::SessionReadOnly);
    }
    if private && login != Login::User {
        return Err(Error::UserNotLoggedIn);
    }
    Ok(())
}

/// Whether a session may store an object at all: a secret at rest needs the key that a login unlocks.
pub(crate) fn may_keep(class: ObjectClass, token: bool, private: bool, login: Login) -> Result<()> {
    if token && class.is_secret() && !private && login == Login::Public {
        return Err(Error::UserNotLoggedIn);
    }
    Ok(())
}

/// Whether an object may be destroyed.
pub(crate) fn may_destroy(object: &Object) -> Result<()> {
    if object.flag(AttributeType::Destroyable) { Ok(()) } else { Err(Error::ActionProhibited) }
}
