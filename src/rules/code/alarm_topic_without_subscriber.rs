//! SNS topics that alarms notify and nobody subscribes to.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::reference::{Join, Source, Target, assume, named, target};
use crate::rules::sink::Sink;
use std::collections::BTreeMap;

const TOPIC: &str = "aws_sns_topic";

const SUBSCRIPTION: Source =
    Source { kind: "aws_sns_topic_subscription", attributes: &["topic_arn"], via: "" };

/// Those that notify topics, and by which attributes.
const NOTIFIERS: [(&str, &str); 3] = [
    ("aws_cloudwatch_metric_alarm", "alarm_actions"),
    ("aws_cloudwatch_composite_alarm", "alarm_actions"),
    ("aws_cloudwatch_event_target", "arn"),
];

/// Services that subscribe to topics by themselves.
const SUBSCRIBERS: [&str; 4] = [
    "aws_chatbot_slack_channel_configuration",
    "aws_chatbot_teams_channel_configuration",
    "awscc_chatbot_slack_channel_configuration",
    "aws_cloudformation_stack",
];

/// `alarm_topic_without_subscriber`.
pub fn alarm_topic_without_subscriber<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let managed = |kind: &&str| !root.terraform(Category::Managed, kind).is_empty();
    if !managed(&TOPIC) || SUBSCRIBERS.iter().any(managed) {
        return;
    }
    let join = Join::new(root, &[TOPIC], &[SUBSCRIPTION], name_in);
    for (topic, notified) in notified(root) {
        let body = root.cursor(root.resources[topic]);
        match join.reaches(topic, body.key("name")) {
            Truth::False => {
                let assumption = "nobody subscribes outside this configuration";
                let finding = sink.report(topic, body, None, &[]);
                if let Some(raw) = finding {
                    let text = "this notifies it".to_owned();
                    raw.labels.push(Label { place: notified.focus(), text });
                    assume(Some(raw), assumption);
                }
            }
            Truth::Unknown => sink.unknown(),
            Truth::True => {}
        }
    }
}

/// The topics that alarms and events notify, each with one of the places that say so.
fn notified<'r>(root: &'r Root<'r>) -> BTreeMap<usize, Cursor<'r>> {
    let mut found = BTreeMap::new();
    for (kind, attribute) in NOTIFIERS {
        for &at in root.terraform(Category::Managed, kind) {
            for name in named(root.cursor(root.resources[at]).key(attribute)) {
                if let Target::Resource(topic) = target(root, name, &[TOPIC], "") {
                    found.entry(topic).or_insert(name);
                }
            }
        }
    }
    found
}

/// The name in a topic's identifier.
fn name_in(identifier: &str) -> String {
    identifier.rsplit(':').next().unwrap_or_default().to_owned()
}
