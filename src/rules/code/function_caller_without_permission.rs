//! Events, topics and alarms that call a Lambda function which no permission lets them invoke.

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::{Target, assume, named, target};
use crate::rules::sink::Sink;

const FUNCTION: &str = "aws_lambda_function";
const PERMISSION: &str = "aws_lambda_permission";

/// The argument by which aliases belong to a function.
const OF_FUNCTION: &str = "function_name";

/// Who calls functions, and nobody notices that it may not: creation succeeds without a permission.
struct Caller {
    kind: &'static str,
    /// The attribute that names the function, or a list of such names.
    function: &'static str,
    /// The attribute that names what a permission's `source_arn` stands for; empty for the caller
    /// itself.
    source: &'static str,
    sources: &'static [&'static str],
    service: &'static str,
}

const CALLERS: [Caller; 3] = [
    Caller {
        kind: "aws_cloudwatch_event_target",
        function: "arn",
        source: "rule",
        sources: &["aws_cloudwatch_event_rule"],
        service: "events.amazonaws.com",
    },
    Caller {
        kind: "aws_sns_topic_subscription",
        function: "endpoint",
        source: "topic_arn",
        sources: &["aws_sns_topic"],
        service: "sns.amazonaws.com",
    },
    Caller {
        kind: "aws_cloudwatch_metric_alarm",
        function: "alarm_actions",
        source: "",
        sources: &["aws_cloudwatch_metric_alarm"],
        service: "lambda.alarms.cloudwatch.amazonaws.com",
    },
];

/// `function_caller_without_permission`.
pub fn function_caller_without_permission<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let relations = Relations { root };
    for caller in &CALLERS {
        for &at in root.terraform(Category::Managed, caller.kind) {
            let body = root.cursor(root.resources[at]);
            // A role takes the permission's place.
            if body.key("role_arn").shape() != Shape::Absent {
                continue;
            }
            for called in named(body.key(caller.function)) {
                let Some(function) = relations.function(called) else { continue };
                match relations.permitted(caller, at, &function) {
                    Truth::False => {
                        let words = [("service", caller.service)];
                        let assumption = "no other configuration lets it invoke the function";
                        assume(sink.report(at, called, None, &words), assumption);
                    }
                    Truth::Unknown => sink.unknown(),
                    Truth::True => {}
                }
            }
        }
    }
}

/// A function that is called.
enum Function {
    Declared(usize),
    /// Named by a reference whose declaration is not at hand.
    Elsewhere,
}

struct Relations<'r> {
    root: &'r Root<'r>,
}

impl<'r> Relations<'r> {
    /// The function that an attribute names by reference; none if it may name something else.
    fn function(&self, called: Cursor<'r>) -> Option<Function> {
        match target(self.root, called, &[FUNCTION], OF_FUNCTION) {
            Target::Resource(function) => Some(Function::Declared(function)),
            Target::Unknown => {
                let undeclared = called.symbol().is_some_and(|s| self.root.instance(s).is_none());
                let written = called.source_text().starts_with("aws_lambda_function.");
                (undeclared && written).then_some(Function::Elsewhere)
            }
            Target::Text(_) | Target::Elsewhere => None,
        }
    }

    /// Whether some permission lets the caller invoke the function.
    fn permitted(&self, caller: &Caller, at: usize, function: &Function) -> Truth {
        let permissions = self.root.terraform(Category::Managed, PERMISSION);
        Truth::any(permissions.iter().map(|&permission| {
            let body = self.root.cursor(self.root.resources[permission]);
            Truth::all([
                self.is_for(body.key("function_name"), function),
                serves(body.key("principal"), caller.service),
                self.comes_from(body.key("source_arn"), caller, at),
            ])
        }))
    }

    fn is_for(&self, named: Cursor<'r>, function: &Function) -> Truth {
        match (target(self.root, named, &[FUNCTION], OF_FUNCTION), function) {
            (Target::Resource(other), Function::Declared(own)) => Truth::of(other == *own),
            (Target::Text(text), Function::Declared(own)) => {
                let name = self.root.cursor(self.root.resources[*own]).key("function_name");
                name.text().map_or(Truth::Unknown, |name| Truth::of(name_in(&text) == name))
            }
            (Target::Resource(_) | Target::Elsewhere, _) => Truth::False,
            _ => Truth::Unknown,
        }
    }

    /// Whether a permission's source is what stands behind the caller. A pattern is not compared.
    fn comes_from(&self, pattern: Cursor<'r>, caller: &Caller, at: usize) -> Truth {
        if pattern.absent() == Truth::True {
            return Truth::True;
        }
        let Target::Resource(permitted) = target(self.root, pattern, caller.sources, "") else {
            return Truth::Unknown;
        };
        if caller.source.is_empty() {
            return Truth::of(permitted == at);
        }
        let source = self.root.cursor(self.root.resources[at]).key(caller.source);
        match target(self.root, source, caller.sources, "") {
            Target::Resource(source) => Truth::of(source == permitted),
            Target::Text(text) => {
                let name = self.root.cursor(self.root.resources[permitted]).key("name");
                let named = text.rsplit(['/', ':']).next().unwrap_or_default();
                name.text().map_or(Truth::Unknown, |name| Truth::of(name == named))
            }
            Target::Elsewhere | Target::Unknown => Truth::Unknown,
        }
    }
}

fn serves(principal: Cursor<'_>, service: &str) -> Truth {
    match principal.text() {
        Some(text) if text == service => Truth::True,
        Some(text) if text.ends_with(".amazonaws.com") => Truth::False,
        _ => Truth::Unknown,
    }
}

/// The name in a function's identifier: the name itself, or an ARN, either with a qualifier.
fn name_in(identifier: &str) -> &str {
    let name = match identifier.split_once(":function:") {
        Some((_, name)) => name,
        None => identifier,
    };
    name.split(':').next().unwrap_or_default()
}
