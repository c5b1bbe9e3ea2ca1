//! Trailers, as the message of a commit and as a whole commit object.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    git_lineage::fuzzing::message(data);
    git_lineage::fuzzing::commit(data);
});
