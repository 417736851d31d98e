//! The standard library is seen wherever it stands in a name, and nothing else is taken for it.

use super::of_std;

#[test]
fn names_of_the_standard_library_are_found() {
    let listing = "0000 t core::ptr::drop_in_place<std::io::error::Error>\n\
                   0010 T std::rt::lang_start\n\
                   0020 t <std::sync::poison::Flag as core::fmt::Debug>::fmt\n\
                   0030 t core::fmt::write\n\
                   0040 t portcullis_token::vault::std_like::f\n\
                   0050 t alloc::vec::Vec<T>::nonstd::g\n\
                   0060 T printf";
    let found: Vec<_> = of_std(listing).into_iter().collect();
    assert_eq!(found, ["std::io::error::Error", "std::rt::lang_start", "std::sync::poison::Flag"]);
}
