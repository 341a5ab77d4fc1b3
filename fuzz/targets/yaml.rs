//! YAML and JSON to trees: no panic, and every tree keeps its laws.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztlint::input::file::{File, Language};
use ztlint_fuzz::check_file;

fuzz_target!(|text: &str| {
    for (path, language) in [
        ("a.yaml", Language::Yaml),
        ("a.json", Language::Json),
        ("a.tf.json", Language::HclJson),
        ("plan.json", Language::Plan),
    ] {
        check_file(&File::parse(path, text.to_owned(), language));
    }
});
