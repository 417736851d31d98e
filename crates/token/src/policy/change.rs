//! Which attributes of an existing object may change or differ in its copy, and in which direction
//! (`C_SetAttributeValue`, `C_CopyObject`, PKCS #11 v3.1 sections 5.7.2 and 5.7.6, and the footnotes 8 to 12 of the attribute tables).

use crate::attribute::{Change, Given};
use crate::object::{Object, ObjectClass};
use crate::{AttributeType, Error, Login, Result, Template};

/// Whether the template's changes may be made to the object.
pub(crate) fn check(object: &Object, template: &Template, login: Login) -> Result<()> {
    if !object.flag(AttributeType::Modifiable) {
        return Err(Error::ActionProhibited);
    }
    for attribute in template.attributes() {
        if is_settled(object, attribute) {
            return Err(Error::AttributeReadOnly(attribute));
        }
        check_one(object, template, attribute, login)?;
    }
    Ok(())
}

/// Whether the attribute has gone the one way that it may go. From then on it is read-only, even to the value that
/// it has (footnotes 11 and 12).
fn is_settled(object: &Object, attribute: AttributeType) -> bool {
    match attribute.row().change {
        Change::OnlyToTrue => object.flag(attribute),
        Change::OnlyToFalse => !object.flag(attribute) && object.public.value(attribute).is_some(),
        Change::Fixed | Change::Free => false,
    }
}

/// Whether a copy of the object may differ from it as the template says (`C_CopyObject`, section 5.7.2): in what
/// could be changed, in where it is kept, and in what makes it stricter.
pub(crate) fn check_copy(object: &Object, template: &Template, login: Login) -> Result<()> {
    if !object.flag(AttributeType::Copyable) {
        return Err(Error::ActionProhibited);
    }
    for attribute in template.attributes() {
        let wanted = template.values.flag(attribute);
        match attribute {
            AttributeType::Token | AttributeType::Destroyable => {}
            AttributeType::Private if wanted >= object.is_private() => {}
            AttributeType::Modifiable if wanted <= object.flag(attribute) => {}
            AttributeType::Private | AttributeType::Modifiable => {
                return Err(Error::TemplateInconsistent(attribute));
            }
            _ if !object.flag(AttributeType::Modifiable) => return Err(Error::ActionProhibited),
            // A new object could be made of it as well, and programs copy data so.
            AttributeType::Value if object.class == ObjectClass::Data => {}
            _ => check_one(object, template, attribute, login)?,
        }
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
