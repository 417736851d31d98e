//! The project's chores: `cargo xtask ci`, `demo`, `peers`, `bench`, `tidy`.

fn main() {}
