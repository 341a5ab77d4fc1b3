//! YAML and JSON to trees: no panic, every tree keeps its laws, and the scanner of YAML reads
//! nothing otherwise than the library.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztlint::input::file::{File, Language};
use ztlint::input::yaml::{library, scanner};
use ztlint_fuzz::check_file;

fuzz_target!(|text: &str| {
    if let Some(scanned) = scanner::parse(text) {
        assert!(scanned == library::parse(text), "the readers differ");
    }
    for (path, language) in [
        ("a.yaml", Language::Yaml),
        ("a.json", Language::Json),
        ("a.tf.json", Language::HclJson),
        ("plan.json", Language::Plan),
    ] {
        check_file(&File::parse(path, text.to_owned(), language));
    }
});
