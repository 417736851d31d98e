//! A program that knows `getrandom` alone. It prints 40 bytes, or why there are none.
#![forbid(unsafe_code)]

// What defines the back end is only linked.
use foreign as _;

fn main() {
    let mut out = [1; 40];
    match getrandom::fill(&mut out) {
        Ok(()) => println!("{}", out.map(|byte| format!("{byte:02x}")).concat()),
        Err(error) => println!("{error:?} {}", out == [0; 40]),
    }
    assert!(getrandom::fill(&mut []).is_ok(), "nothing is always given");
}
