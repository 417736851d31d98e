//! What the token makes itself: keys and random bytes (PKCS #11 v3.2 sections 5.18 and 5.20).

use cryptoki_sys::*;

use super::known;
use crate::arg::Caller;
use crate::call;
use crate::error::Error;

/// The most random bytes that are drawn at once.
const MAX_CHUNK: usize = 64 << 10;

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GenerateKey(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_GenerateKey", session, |session| {
        let place = caller.place(key)?;
        let mechanism = known(session, caller.mechanism(mechanism)?)?;
        place.put(session.generate_key(mechanism, caller.template(template, count)?)?.0);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GenerateKeyPair(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    public: *mut CK_ATTRIBUTE,
    public_count: CK_ULONG,
    private: *mut CK_ATTRIBUTE,
    private_count: CK_ULONG,
    public_key: *mut CK_OBJECT_HANDLE,
    private_key: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_GenerateKeyPair", session, |session| {
        let places = (caller.place(public_key)?, caller.place(private_key)?);
        let mechanism = known(session, caller.mechanism(mechanism)?)?;
        let public = caller.template(public, public_count)?;
        let private = caller.template(private, private_count)?;
        let (public, private) = session.generate_key_pair(mechanism, public, private)?;
        places.0.put(public.0);
        places.1.put(private.0);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SeedRandom(
    session: CK_SESSION_HANDLE,
    seed: *mut CK_BYTE,
    seed_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_SeedRandom", session, |session| Ok(session.seed_random(caller.bytes(seed, seed_len)?)?))
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GenerateRandom(
    session: CK_SESSION_HANDLE,
    random: *mut CK_BYTE,
    random_len: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_GenerateRandom", session, |session| {
        let len =
            usize::try_from(random_len).map_err(|_| Error::ArgumentsBad("a length beyond all memory"))?;
        for start in (0..len).step_by(MAX_CHUNK) {
            let part = (len - start).min(MAX_CHUNK);
            caller.fill_by(random.wrapping_add(start), part, |part| Ok(session.generate_random(part)?))?;
        }
        Ok(())
    })
}
