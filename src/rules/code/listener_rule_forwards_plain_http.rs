//! Rules of plain HTTP listeners that forward requests which the listener itself does not.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::{Target, target};
use crate::rules::sink::Sink;

const RULES: [&str; 2] = ["aws_lb_listener_rule", "aws_alb_listener_rule"];

const LISTENERS: [&str; 2] = ["aws_lb_listener", "aws_alb_listener"];

/// Certificate authorities ask for these paths over plain HTTP.
const WELL_KNOWN: &str = "/.well-known/";

/// `listener_rule_forwards_plain_http`.
pub fn listener_rule_forwards_plain_http<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    if LISTENERS.iter().all(|kind| root.terraform(Category::Managed, kind).is_empty()) {
        return;
    }
    for kind in RULES {
        for &at in root.terraform(Category::Managed, kind) {
            let rule = root.cursor(root.resources[at]);
            let listener = match target(root, rule.key("listener_arn"), &LISTENERS, "") {
                Target::Resource(listener) => root.cursor(root.resources[listener]),
                Target::Unknown => {
                    sink.unknown();
                    continue;
                }
                Target::Text(_) | Target::Elsewhere => continue,
            };
            let protocol = listener.key("protocol");
            let actions = rule.key("action").items().known;
            let forward = actions
                .iter()
                .map(|action| action.key("type"))
                .find(|kind| kind.text().as_deref() == Some("forward"));
            let verdict = Truth::all([
                word(protocol, |word| word.eq_ignore_ascii_case("http")),
                // What the listener forwards by itself is a finding at the listener.
                !some(listener.key("default_action"), forwards),
                !some(rule.key("condition"), well_known),
                some(rule.key("action"), forwards),
            ]);
            match (verdict, forward) {
                (Truth::True, Some(forward)) => {
                    if let Some(raw) = sink.report(at, forward, None, &[]) {
                        let text = "the listener takes plain HTTP".to_owned();
                        raw.labels.push(Label { place: protocol.focus(), text });
                    }
                }
                (Truth::Unknown, _) => sink.unknown(),
                _ => {}
            }
        }
    }
}

fn some<'r>(list: Cursor<'r>, holds: fn(Cursor<'r>) -> Truth) -> Truth {
    let items = list.items();
    let known = Truth::any(items.known.into_iter().map(holds));
    if items.open { known.or(Truth::Unknown) } else { known }
}

fn word(cursor: Cursor<'_>, is: impl Fn(&str) -> bool) -> Truth {
    match (cursor.absent(), cursor.text()) {
        (Truth::True, _) => Truth::False,
        (_, Some(text)) => Truth::of(is(&text)),
        (_, None) => Truth::Unknown,
    }
}

fn forwards(action: Cursor<'_>) -> Truth {
    word(action.key("type"), |word| word == "forward")
}

/// Whether a condition lets only requests of certificate authorities through.
fn well_known(condition: Cursor<'_>) -> Truth {
    some(condition.key("path_pattern"), |pattern| {
        let values = pattern.key("values").items();
        if values.known.is_empty() {
            return if values.open { Truth::Unknown } else { Truth::False };
        }
        let known = values.known.into_iter();
        let known = Truth::all(known.map(|value| word(value, |path| path.starts_with(WELL_KNOWN))));
        if values.open { known.and(Truth::Unknown) } else { known }
    })
}
