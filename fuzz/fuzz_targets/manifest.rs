//! The manifest, also unmerged.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| git_lineage::fuzzing::manifest(data));
