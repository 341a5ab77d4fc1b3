//! What people write for ztlint itself: suppressions in comments, and ztlint.toml.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use std::sync::LazyLock;
use ztlint::cli::config;
use ztlint::input::file::{File, Language};
use ztlint::rules::catalog::Catalog;
use ztlint::rules::suppress::peer::Peer;
use ztlint::rules::suppress::{Reach, comment};

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::default);

fuzz_target!(|text: &str| {
    for (path, language) in
        [("a.yaml", Language::Yaml), ("a.tf", Language::Hcl), ("a.tpl", Language::Chart)]
    {
        let file = File::parse(path, text.to_owned(), language);
        for suppression in comment::collect(&file, &CATALOG, Peer::ALL) {
            let Reach::Spans(spans) = &suppression.reach else { continue };
            for span in spans.iter().chain([&suppression.place.span]) {
                let fits = text.get(span.range()).is_some();
                assert!(fits, "{suppression:?} does not fit the text");
            }
        }
    }
    // No such folder: nothing that the text names is at hand.
    let folder = Path::new("/nowhere");
    let _ = config::parse(&folder.join(config::NAME), text.to_owned(), "", Some(folder), &[]);
});
