#![no_main]

libfuzzer_sys::fuzz_target!(init: plimsoll_data::hush_caught_panics(), |bytes: &[u8]| {
    plimsoll_fuzz::data::expression(bytes);
});
