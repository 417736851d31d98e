//! What a user is told when everything is installed: how to try it, and how p11-kit gets to know of it.

use std::path::Path;

use super::plan::{self, Prefix};

/// Where p11-kit looks for what packages bring, unless it was built for another prefix.
const P11_KIT_FOLDER: &str = "/usr/share/p11-kit/modules/";

/// How to go on.
pub(super) fn text(prefix: &Prefix, destdir: Option<&Path>) -> String {
    let library = prefix.file(&plan::library());
    let module_file = prefix.file("share/p11-kit/modules/portcullis.module");
    let mut text = match destdir {
        None => String::from("\nTry it:\n\n"),
        Some(destdir) => format!("\nOnce what is in {} is in its place, try it:\n\n", destdir.display()),
    };
    text += &format!("    {} doctor\n    pkcs11-tool --module {library} -L\n", prefix.file("bin/portcullis"));
    text += &format!(
        "    PKG_CONFIG_PATH={} pkg-config --variable=p11_module portcullis\n    p11-kit list-modules\n",
        prefix.file("lib/pkgconfig")
    );
    if !module_file.starts_with(P11_KIT_FOLDER) {
        text += &format!(
            "\np11-kit does not look below this prefix by itself. For yourself, unless you are root:\n\n    \
             mkdir -p ~/.config/pkcs11/modules && ln -sf {module_file} ~/.config/pkcs11/modules/\n\n\
             For everyone, as root:\n\n    \
             mkdir -p /etc/pkcs11/modules && ln -sf {module_file} /etc/pkcs11/modules/\n"
        );
    }
    text += &format!("\nOther programs: {}\n", prefix.file("share/doc/portcullis/programs.md"));
    text
}
