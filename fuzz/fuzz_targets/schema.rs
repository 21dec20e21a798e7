#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    plimsoll_fuzz::data::schema(bytes);
    plimsoll_fuzz::config::schema(bytes);
});
