//! Functions that the lists must have and that nothing stands behind yet: each checks its session, as all do, and
//! says that it is not supported. They are made here and nowhere else.

use cryptoki_sys::*;

use crate::call;
use crate::error::Error;

/// Makes one refusing function.
macro_rules! refuse {
    ($name:ident ($($argument:ty),*)) => {
        #[unsafe(no_mangle)]
        pub(super) unsafe extern "C" fn $name(session: CK_SESSION_HANDLE $(, _: $argument)*) -> CK_RV {
            call::session(stringify!($name), session, |_| Err(Error::NotSupported))
        }
    };
}

/// Makes refusing functions, several of one signature at a time, and the list of their names.
macro_rules! refused {
    (@each $arguments:tt $($name:ident)+) => { $(refuse! { $name $arguments })+ };
    ($($arguments:tt: $($name:ident)+;)+) => {
        $(refused! { @each $arguments $($name)+ })+

        /// The functions of the lists that answer `CKR_FUNCTION_NOT_SUPPORTED` and nothing else.
        pub const REFUSED: &[&str] = &[$($(stringify!($name)),+),+];
    };
}

refused! {
    (*mut CK_UTF8CHAR, *mut CK_ASYNC_DATA):
        C_AsyncComplete;
    (*mut CK_UTF8CHAR, *mut CK_ULONG):
        C_AsyncGetID;
    (*mut CK_UTF8CHAR, CK_ULONG, *mut CK_BYTE, CK_ULONG):
        C_AsyncJoin;
}
