//! What is true of this engine alone; what every engine owes is in `tests/contract`.
