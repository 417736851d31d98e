//! [`Pkcs11Uri`] to text (RFC 7512 sections 2.3 and 2.4).

use alloc::format;
use alloc::string::String;
use core::fmt;

use zeroize::Zeroizing;

use super::Pkcs11Uri;
use super::parse::SCHEME;
use super::percent::{Part, encode, encode_octet};

/// The attribute that is written last and only by [`Pkcs11Uri::encode`].
const PIN_VALUE: &str = "pin-value=";

impl Pkcs11Uri {
    /// The whole URI, `pin-value` included; [`parse`](Self::parse) gives back an equal one.
    ///
    /// Whoever has no need of the PIN uses `Display`, which leaves it out.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<String> {
        let public = self.without_pin();
        let Some(pin) = &self.pin_value else {
            return Zeroizing::new(public);
        };
        // Room for all, since a string that grows leaves a copy of the PIN behind.
        let room = public.len() + 1 + PIN_VALUE.len() + 3 * pin.len();
        let mut whole = Zeroizing::new(String::with_capacity(room));
        whole.push_str(&public);
        whole.push(if public.contains('?') { '&' } else { '?' });
        whole.push_str(PIN_VALUE);
        encode(pin.expose(), Part::Query, &mut whole);
        whole
    }

    fn without_pin(&self) -> String {
        let mut writer = Writer { out: SCHEME.into(), part: Part::Path, separator: None };
        writer.text("token", self.token.as_ref());
        writer.text("manufacturer", self.manufacturer.as_ref());
        writer.text("serial", self.serial.as_ref());
        writer.text("model", self.model.as_ref());
        writer.text("library-manufacturer", self.library_manufacturer.as_ref());
        writer.text("library-description", self.library_description.as_ref());
        let version = self.library_version.map(|version| format!("{}.{}", version.major, version.minor));
        writer.text("library-version", version.as_ref());
        writer.text("slot-manufacturer", self.slot_manufacturer.as_ref());
        writer.text("slot-description", self.slot_description.as_ref());
        writer.text("slot-id", self.slot_id.map(|id| format!("{id}")).as_ref());
        if let Some(id) = &self.id {
            // Section 2.3: the whole value of `id` should be percent-encoded.
            writer.name("id");
            id.iter().for_each(|octet| encode_octet(*octet, &mut writer.out));
        }
        writer.text("object", self.object.as_ref());
        writer.text("type", self.class.map(super::UriClass::word));
        for (name, value) in &self.vendor {
            writer.attribute(name, value);
        }
        writer.begin_query();
        writer.text("module-name", self.module_name.as_ref());
        writer.text("module-path", self.module_path.as_ref());
        for (name, value) in &self.vendor_query {
            writer.attribute(name, value);
        }
        writer.text("pin-source", self.pin_source.as_ref());
        writer.out
    }
}

/// Writes everything but `pin-value`.
impl fmt::Display for Pkcs11Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.without_pin())
    }
}

/// Writes attributes with the right separators between them.
struct Writer {
    out: String,
    part: Part,
    /// What stands before the next attribute.
    separator: Option<char>,
}

impl Writer {
    fn begin_query(&mut self) {
        self.part = Part::Query;
        self.separator = Some('?');
    }

    fn name(&mut self, name: &str) {
        self.out.extend(self.separator);
        self.out.push_str(name);
        self.out.push('=');
        self.separator = Some(match self.part {
            Part::Path => ';',
            Part::Query => '&',
        });
    }

    fn attribute(&mut self, name: &str, value: &[u8]) {
        self.name(name);
        encode(value, self.part, &mut self.out);
    }

    fn text(&mut self, name: &str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.attribute(name, value.as_ref().as_bytes());
        }
    }
}
