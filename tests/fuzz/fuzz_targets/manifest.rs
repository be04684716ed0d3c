#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| opwire_tests::fuzz::run("manifest", data));
