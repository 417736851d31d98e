//! Links the library so that its own function lists and calls lead into itself.
//!
//! All PKCS #11 libraries export functions of the same names. Where a program has another one's in front of those of the
//! libraries that it loads, as each has that is linked with p11-kit, the dynamic linker would put them into our lists.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_TARGET_OS").is_some_and(|system| system == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-Bsymbolic");
    }
}
