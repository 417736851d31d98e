//! What may leave the token wrapped, and what templates a wrapping, unwrapping or base key imposes on other keys
//! (PKCS #11 v3.2 sections 4.7 to 4.10, 5.18.3 and 5.18.4).

use crate::attribute::{AttributeSet, Value};
use crate::object::Object;
use crate::{AttributeType, Error, Result, Template};

/// Whether `wrapping` may wrap `target`.
pub(crate) fn check(wrapping: &Object, target: &Object) -> Result<()> {
    if !target.class.is_secret() {
        return Err(Error::KeyNotWrappable);
    }
    if !target.flag(AttributeType::Extractable) {
        return Err(Error::KeyUnextractable);
    }
    if target.flag(AttributeType::WrapWithTrusted) && !wrapping.flag(AttributeType::Trusted) {
        return Err(Error::KeyNotWrappable);
    }
    match wrapping.public.template(AttributeType::WrapTemplate) {
        Some(wanted) if !has_all(&target.public, wanted) => Err(Error::KeyNotWrappable),
        _ => Ok(()),
    }
}

/// Whether an object has every attribute of a template.
fn has_all(public: &AttributeSet, wanted: &AttributeSet) -> bool {
    wanted.iter().all(|(attribute, value)| public.value(attribute) == Some(value))
}

/// The caller's template together with the one that a key imposes on keys made with it. What the two contradict
/// each other in is refused: the key's own template is the one that counts.
pub(crate) fn impose(key: &Object, imposing: AttributeType, given: Template) -> Result<Template> {
    let Some(imposed) = key.public.template(imposing) else { return Ok(given) };
    imposed.iter().try_fold(given, |given, (attribute, value)| impose_one(given, attribute, value))
}

fn impose_one(given: Template, attribute: AttributeType, value: &Value) -> Result<Template> {
    match given.values.value(attribute) {
        Some(own) if own != value => Err(Error::TemplateInconsistent(attribute)),
        Some(_) => Ok(given),
        None => Ok(given.with(attribute, value.clone())),
    }
}
