//! The whole run with every rule and every format, on the files of an archive.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztlint::rules::engine;
use ztlint_fuzz::{check_report, settings, tree};

fuzz_target!(|text: &str| check_report(&engine::run(&tree(text), &settings())));
