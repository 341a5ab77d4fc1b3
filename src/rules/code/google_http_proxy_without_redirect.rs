//! Google load balancers that answer plain HTTP with content instead of a redirect.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::{Target, target};
use crate::rules::sink::Sink;

const PROXIES: [&str; 2] =
    ["google_compute_target_http_proxy", "google_compute_region_target_http_proxy"];

const MAPS: [&str; 2] = ["google_compute_url_map", "google_compute_region_url_map"];

/// `google_http_proxy_without_redirect`.
pub fn google_http_proxy_without_redirect<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    if MAPS.iter().all(|kind| root.terraform(Category::Managed, kind).is_empty()) {
        return;
    }
    for kind in PROXIES {
        for &at in root.terraform(Category::Managed, kind) {
            let named = root.cursor(root.resources[at]).key("url_map");
            let map = match target(root, named, &MAPS, "") {
                Target::Resource(map) => root.resources[map],
                Target::Unknown => {
                    sink.unknown();
                    continue;
                }
                Target::Text(_) | Target::Elsewhere => continue,
            };
            match redirects(root.cursor(map)) {
                Truth::False => {
                    if let Some(raw) = sink.report(at, named, None, &[]) {
                        let text = "this URL map does not redirect to HTTPS".to_owned();
                        raw.labels.push(Label { place: map.header, text });
                    }
                }
                Truth::Unknown => sink.unknown(),
                Truth::True => {}
            }
        }
    }
}

/// Whether a map redirects to HTTPS: by default, or in a matcher of paths.
fn redirects(map: Cursor<'_>) -> Truth {
    let matchers = map.key("path_matcher").items();
    let matched = Truth::any(matchers.known.into_iter().map(https));
    let matched = if matchers.open { matched.or(Truth::Unknown) } else { matched };
    https(map).or(matched)
}

/// Whether `default_url_redirect` leads to HTTPS, which it does not unless told.
fn https(holder: Cursor<'_>) -> Truth {
    let redirect = holder.key("default_url_redirect").items();
    let known = Truth::any(redirect.known.into_iter().map(|redirect| {
        let https = redirect.key("https_redirect");
        match (https.shape(), https.text()) {
            (Shape::Absent, _) => Truth::False,
            (_, Some(word)) => Truth::of(word == "true"),
            (_, None) => Truth::Unknown,
        }
    }));
    if redirect.open { known.or(Truth::Unknown) } else { known }
}
