//! Objects (PKCS #11 v3.2 section 5.7).

use cryptoki_sys::*;
use portcullis_token::{AttributeType, ObjectHandle};

use crate::arg::Caller;
use crate::call;
use crate::error::{Error, Result};

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_CreateObject(
    session: CK_SESSION_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    object: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_CreateObject", session, |session| {
        let place = caller.place(object)?;
        place.put(session.create_object(caller.template(template, count)?)?.0);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_CopyObject(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
    copy: *mut CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_CopyObject", session, |session| {
        let place = caller.place(copy)?;
        place.put(session.copy_object(ObjectHandle(object), &caller.template(template, count)?)?.0);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_DestroyObject(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
) -> CK_RV {
    call::session("C_DestroyObject", session, |session| Ok(session.destroy_object(ObjectHandle(object))?))
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GetObjectSize(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    size: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_GetObjectSize", session, |session| {
        caller.place(size)?.put(session.object_size(ObjectHandle(object))? as CK_ULONG);
        Ok(())
    })
}

/// Every attribute is tried; the answer names the first that has no value to give.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_GetAttributeValue(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_GetAttributeValue", session, |session| {
        let wanted = caller.attributes(template, count)?;
        let known: Vec<_> =
            wanted.iter().map(|attribute| AttributeType::from_code(attribute.type_)).collect();
        let mut answers =
            session.attributes(ObjectHandle(object), known.iter().flatten().copied())?.into_iter();
        let mut outcome = Ok(());
        for (index, (wanted, known)) in wanted.iter().zip(known).enumerate() {
            let answer = known.and_then(|_| answers.next());
            let answer = answer.map_or(Err(Error::AttributeUnknown(wanted.type_)), |answer| Ok(answer?));
            let given = caller.give_value(wanted, template.wrapping_add(index), answer);
            outcome = outcome.and(given);
        }
        outcome
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_SetAttributeValue(
    session: CK_SESSION_HANDLE,
    object: CK_OBJECT_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_SetAttributeValue", session, |session| {
        Ok(session.set_attributes(ObjectHandle(object), &caller.template(template, count)?)?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_FindObjectsInit(
    session: CK_SESSION_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_FindObjectsInit", session, |session| {
        Ok(session.find_init(&caller.search(template, count)?)?)
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_FindObjects(
    session: CK_SESSION_HANDLE,
    objects: *mut CK_OBJECT_HANDLE,
    max: CK_ULONG,
    count: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the C caller keeps to section 5.1, as `Caller` asks.
    let caller = unsafe { Caller::trusted() };
    call::session("C_FindObjects", session, |session| {
        let place = caller.place(count)?;
        // Checked before the search moves on.
        if max > 0 {
            let _first = caller.place(objects)?;
        }
        let found = session.find(usize::try_from(max).unwrap_or(usize::MAX))?;
        let put = |(index, object): (usize, &ObjectHandle)| -> Result<()> {
            caller.place(objects.wrapping_add(index))?.put(object.0);
            Ok(())
        };
        found.iter().enumerate().try_for_each(put)?;
        place.put(found.len() as CK_ULONG);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn C_FindObjectsFinal(session: CK_SESSION_HANDLE) -> CK_RV {
    call::session("C_FindObjectsFinal", session, |session| Ok(session.find_final()?))
}
