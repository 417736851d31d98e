//! Who may log in when (PKCS #11 v3.1 section 5.6.8).

use crate::{Error, Login, Result, UserType};

/// Whether `user` may log in now.
pub(crate) fn check(user: UserType, now: Login, read_only_sessions: bool) -> Result<()> {
    match (user, now) {
        (UserType::User, Login::User) | (UserType::So, Login::So) => Err(Error::UserAlreadyLoggedIn),
        (UserType::User, Login::So) | (UserType::So, Login::User) => Err(Error::UserAnotherAlreadyLoggedIn),
        (UserType::So, Login::Public) if read_only_sessions => Err(Error::SessionReadOnlyExists),
        (UserType::User | UserType::So, Login::Public) => Ok(()),
    }
}
