//! Trees and what the gate says of them.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| git_lineage::fuzzing::tree(data));
