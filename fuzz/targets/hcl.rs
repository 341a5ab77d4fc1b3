//! HCL to trees, which both readers must make alike, and through the evaluation, rules aside.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztlint::input::file::{File, Language};
use ztlint::input::hcl;
use ztlint::rules::engine;
use ztlint_fuzz::{check_file, check_report, settings, tree};

fuzz_target!(|text: &str| {
    if let Some(scanned) = hcl::scan(text) {
        assert!((scanned, Vec::new()) == hcl::read(text), "the readers differ");
    }
    check_file(&File::parse("main.tf", text.to_owned(), Language::Hcl));
    check_file(&File::parse("main.tpl", text.to_owned(), Language::Template));
    check_file(&File::parse("terragrunt.hcl", text.to_owned(), Language::Terragrunt));
    // One rule: roots are evaluated all the same.
    let settings =
        ztlint::rules::settings::Settings { select: vec!["ZT-NET-025".to_owned()], ..settings() };
    let whole = if text.contains("\n-- ") || text.starts_with("-- ") {
        tree(text)
    } else {
        ztlint::input::file_tree::Memory::new().with("main.tf", text)
    };
    check_report(&engine::run(&whole, &settings));
});
