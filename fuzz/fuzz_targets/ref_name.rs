//! Names of refs.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| git_lineage::fuzzing::ref_name(data));
