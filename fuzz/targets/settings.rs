//! What people write for ztlint itself: suppressions in comments, and ztlint.toml.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use ztlint::cli::config;
use ztlint::input::file::{File, Language};
use ztlint::rules::catalog::Catalog;
use ztlint::rules::suppress;

fuzz_target!(|text: &str| {
    for (path, language) in
        [("a.yaml", Language::Yaml), ("a.tf", Language::Hcl), ("a.tpl", Language::Chart)]
    {
        let file = File::parse(path, text.to_owned(), language);
        for suppression in suppress::collect(&file, &Catalog::default()) {
            for span in suppression.covers.iter().chain([&suppression.place.span]) {
                let fits = text.get(span.range()).is_some();
                assert!(fits, "{suppression:?} does not fit the text");
            }
        }
    }
    // No such folder: nothing that the text names is at hand.
    let folder = Path::new("/nowhere");
    let _ = config::parse(&folder.join(config::NAME), text.to_owned(), "", Some(folder), &[]);
});
