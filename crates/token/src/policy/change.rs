//! Which attributes of an existing object may change, and in which direction (`C_SetAttributeValue`,
//! PKCS #11 v3.1 section 5.7.6 and the footnotes 8 to 12 of the attribute tables).

use crate::attribute::{Change, Given};
use crate::object::Object;
use crate::{AttributeType, Error, Login, Result, Template};

/// Whether the template's changes may be made to the object.
pub(crate) fn check(object: &Object, template: &Template, login: Login) -> Result<()> {
    if !object.flag(AttributeType::Modifiable) {
        return Err(Error::ActionProhibited);
    }
    for attribute in template.attributes() {
        check_one(object, template, attribute, login)?;
    }
    Ok(())
}

fn check_one(object: &Object, template: &Template, attribute: AttributeType, login: Login) -> Result<()> {
    let row = attribute.row();
    if !row.applies_to(object.class, object.key_type) {
        return Err(Error::AttributeTypeInvalid(attribute));
    }
    let unchanged = template.values.value(attribute) == object.public.value(attribute)
        && template.secrets.value(attribute).is_none();
    let (was, wanted) = (object.flag(attribute), template.values.flag(attribute));
    let allowed = match row.change {
        Change::Fixed => false,
        Change::Free => row.given != Given::BySo || login == Login::So || !wanted,
        Change::OnlyToTrue => unchanged || (!was && wanted),
        Change::OnlyToFalse => unchanged || (was && !wanted),
    };
    if allowed { Ok(()) } else { Err(Error::AttributeReadOnly(attribute)) }
}
