//! The `rowsmith` command.

fn main() {}
