//! What the patterns of metric filters on a trail's events count: every call of a service, nothing
//! at all, or a class of changes with holes.
//!
//! Source: `CloudWatch` Logs User Guide, "Filter pattern syntax for metric filters" (JSON events).

use crate::model::cursor::{Cursor, Shape};
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::assume;
use crate::rules::sink::Sink;

const FILTER: &str = "aws_cloudwatch_log_metric_filter";
const SOURCE: &str = "$.eventSource";
const EVENT: &str = "$.eventName";

/// Patterns with more alternatives than this are not judged.
const ALTERNATIVES: usize = 256;

/// Patterns with brackets deeper in one another than this are not judged.
const DEPTH: usize = 32;

/// Missing events that a message names.
const NAMED: usize = 4;

/// Services that are called all the time in every account, by AWS itself among others.
const BUSY: [&str; 10] = [
    "autoscaling.amazonaws.com",
    "dynamodb.amazonaws.com",
    "ec2.amazonaws.com",
    "iam.amazonaws.com",
    "kms.amazonaws.com",
    "lambda.amazonaws.com",
    "logs.amazonaws.com",
    "s3.amazonaws.com",
    "ssm.amazonaws.com",
    "sts.amazonaws.com",
];

/// Events that are watched together, for each class of changes of the CIS AWS Foundations Benchmark
/// (section "Monitoring"). What AWS has retired (`ClassicLink`) is left out.
const CLASSES: [(&str, &[&str]); 10] = [
    (
        "IAM policies",
        &[
            "DeleteGroupPolicy",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
            "CreatePolicy",
            "DeletePolicy",
            "CreatePolicyVersion",
            "DeletePolicyVersion",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "AttachGroupPolicy",
            "DetachGroupPolicy",
        ],
    ),
    ("trails", &["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"]),
    (
        "bucket policies",
        &[
            "PutBucketAcl",
            "PutBucketPolicy",
            "PutBucketCors",
            "PutBucketLifecycle",
            "PutBucketReplication",
            "DeleteBucketPolicy",
            "DeleteBucketCors",
            "DeleteBucketLifecycle",
            "DeleteBucketReplication",
        ],
    ),
    (
        "AWS Config",
        &[
            "StopConfigurationRecorder",
            "DeleteDeliveryChannel",
            "PutDeliveryChannel",
            "PutConfigurationRecorder",
        ],
    ),
    (
        "security groups",
        &[
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
        ],
    ),
    (
        "network ACLs",
        &[
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
        ],
    ),
    (
        "network gateways",
        &[
            "CreateCustomerGateway",
            "DeleteCustomerGateway",
            "AttachInternetGateway",
            "CreateInternetGateway",
            "DeleteInternetGateway",
            "DetachInternetGateway",
        ],
    ),
    (
        "route tables",
        &[
            "CreateRoute",
            "CreateRouteTable",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
            "DeleteRouteTable",
            "DeleteRoute",
            "DisassociateRouteTable",
        ],
    ),
    (
        "networks",
        &[
            "CreateVpc",
            "DeleteVpc",
            "ModifyVpcAttribute",
            "AcceptVpcPeeringConnection",
            "CreateVpcPeeringConnection",
            "DeleteVpcPeeringConnection",
            "RejectVpcPeeringConnection",
        ],
    ),
    (
        "the organization",
        &[
            "AcceptHandshake",
            "AttachPolicy",
            "CreateAccount",
            "CreateOrganizationalUnit",
            "CreatePolicy",
            "DeclineHandshake",
            "DeleteOrganization",
            "DeleteOrganizationalUnit",
            "DeletePolicy",
            "DetachPolicy",
            "DisablePolicyType",
            "EnablePolicyType",
            "InviteAccountToOrganization",
            "LeaveOrganization",
            "MoveAccount",
            "RemoveAccountFromOrganization",
            "UpdatePolicy",
            "UpdateOrganizationalUnit",
        ],
    ),
];

/// `metric_filter_counts_every_call`: an alternative that asks for nothing but the service, beside
/// others that name events, or of a service that is called all the time.
pub fn metric_filter_counts_every_call<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, sink, |at, pattern, alternatives, sink| {
        let names_events = alternatives.iter().flatten().any(|term| term.field == EVENT);
        let whole = alternatives.iter().find_map(|terms| match terms.as_slice() {
            [term] if term.field == SOURCE && term.equal => Some(term.value.as_str()),
            _ => None,
        });
        if let Some(service) = whole.filter(|service| names_events || BUSY.contains(service)) {
            sink.report(at, pattern, None, &[("service", service)]);
        }
    });
}

/// `metric_filter_matches_nothing`: one field would have to hold two texts in every alternative.
pub fn metric_filter_matches_nothing<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    each(root, sink, |at, pattern, alternatives, sink| {
        if let Some(field) = alternatives.first().and_then(|terms| contradiction(terms))
            && alternatives.iter().all(|terms| contradiction(terms).is_some())
        {
            sink.report(at, pattern, None, &[("field", field)]);
        }
    });
}

/// `metric_filter_leaves_out_events`: most events of a class are counted, and no filter of the root
/// counts the others.
pub fn metric_filter_leaves_out_events<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let (mut counted, mut open) = (Vec::new(), false);
    for &at in root.terraform(Category::Managed, FILTER) {
        match root.cursor(root.resources[at]).key("pattern").text() {
            Some(pattern) => {
                counted.extend(alternatives(&pattern).into_iter().flatten().flatten());
            }
            None => open = true,
        }
    }
    each(root, sink, |at, pattern, alternatives, sink| {
        let own = |event: &&str| alternatives.iter().any(|terms| counts(terms, event));
        for (class, events) in CLASSES {
            let named = events.iter().filter(|event| own(event)).count();
            if named < 2 || named * 2 < events.len() {
                continue;
            }
            let missing: Vec<&str> = (events.iter().copied())
                .filter(|event| !own(event))
                .filter(|event| !counted.iter().any(|term| term.names(event)))
                .collect();
            if missing.is_empty() {
                continue;
            }
            if open {
                sink.unknown();
                continue;
            }
            let mut words = missing.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            if missing.len() > NAMED {
                words = format!("{words} and {} more", missing.len() - NAMED);
            }
            let words = [("class", class), ("events", &*words)];
            assume(sink.report(at, pattern, None, &words), "no other filter counts them");
        }
    });
}

/// Calls `judge` with every filter whose pattern is about the fields of JSON events.
fn each<'r, 's>(
    root: &'r Root<'r>,
    sink: &mut Sink<'s, 'r>,
    mut judge: impl FnMut(usize, Cursor<'r>, &[Vec<Term>], &mut Sink<'s, 'r>),
) {
    for &at in root.terraform(Category::Managed, FILTER) {
        let pattern = root.cursor(root.resources[at]).key("pattern");
        match pattern.text() {
            Some(text) => {
                if let Some(alternatives) = alternatives(&text) {
                    judge(at, pattern, &alternatives, sink);
                }
            }
            None if pattern.shape() != Shape::Absent => sink.unknown(),
            None => {}
        }
    }
}

/// Whether an alternative counts an event, if only under further conditions.
fn counts(terms: &[Term], event: &str) -> bool {
    let about = || terms.iter().filter(|term| term.field == EVENT);
    about().next().is_some() && about().all(|term| !term.equal || term.names(event))
}

/// The field that would have to hold two texts at once.
fn contradiction(terms: &[Term]) -> Option<&str> {
    let fixed = |term: &&Term| term.equal && !term.value.contains('*');
    let mut fields = terms.iter().filter(fixed);
    let clash = fields.find(|one| {
        terms.iter().filter(fixed).any(|other| other.field == one.field && other.value != one.value)
    })?;
    Some(&clash.field)
}

/// One comparison: a field and a text, or something else about a field (an order, its presence).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    field: String,
    /// Whether the field must be the text.
    equal: bool,
    /// The text, `*` standing for any characters; empty for other comparisons.
    value: String,
}

impl Term {
    /// Whether it asks for an event by its name.
    fn names(&self, event: &str) -> bool {
        if self.field != EVENT || !self.equal {
            return false;
        }
        match self.value.split_once('*') {
            Some((start, end)) if !end.contains('*') => {
                event.len() >= start.len() + end.len()
                    && event.starts_with(start)
                    && event.ends_with(end)
            }
            Some(_) => true,
            None => self.value == event,
        }
    }
}

/// A pattern as alternatives of comparisons that must all hold; none for other kinds of patterns
/// and what cannot be read.
fn alternatives(pattern: &str) -> Option<Vec<Vec<Term>>> {
    let inner = pattern.trim().strip_prefix('{')?.strip_suffix('}')?;
    let words = words(inner)?;
    let mut depth = 0_usize;
    for word in &words {
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH {
            return None;
        }
    }
    let (found, rest) = any(&words)?;
    rest.is_empty().then_some(found)
}

fn any(words: &[String]) -> Option<(Vec<Vec<Term>>, &[String])> {
    let (mut found, mut rest) = all(words)?;
    while let Some(after) = after(rest, "||") {
        let (more, left) = all(after)?;
        found.extend(more);
        rest = left;
    }
    (found.len() <= ALTERNATIVES).then_some((found, rest))
}

fn all(words: &[String]) -> Option<(Vec<Vec<Term>>, &[String])> {
    let (mut found, mut rest) = one(words)?;
    while let Some(after) = after(rest, "&&") {
        let (more, left) = one(after)?;
        if found.len() * more.len() > ALTERNATIVES {
            return None;
        }
        let both =
            |one: &Vec<Term>| more.iter().map(|other| [&one[..], &other[..]].concat()).collect();
        found = found.iter().flat_map(|one| -> Vec<Vec<Term>> { both(one) }).collect();
        rest = left;
    }
    Some((found, rest))
}

fn one(words: &[String]) -> Option<(Vec<Vec<Term>>, &[String])> {
    if let Some(inside) = after(words, "(") {
        let (found, rest) = any(inside)?;
        return Some((found, after(rest, ")")?));
    }
    let (field, rest) = words.split_first()?;
    let (operator, rest) = rest.split_first()?;
    let (value, rest) = rest.split_first()?;
    if !field.starts_with('$') {
        return None;
    }
    let equal = operator == "=";
    let value = if equal { value.trim_matches('"').to_owned() } else { String::new() };
    Some((vec![vec![Term { field: field.clone(), equal, value }]], rest))
}

fn after<'w>(words: &'w [String], word: &str) -> Option<&'w [String]> {
    words.split_first().filter(|(first, _)| *first == word).map(|(_, rest)| rest)
}

/// The words of a pattern: brackets, operators, selectors and texts, which keep their quotes.
fn words(text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let operators = ["&&", "||", "!=", ">=", "<=", "(", ")", "=", ">", "<"];
        let length = if let Some(operator) = operators.iter().find(|one| rest.starts_with(**one)) {
            operator.len()
        } else if first == '"' {
            rest[1..].find('"')? + 2
        } else {
            rest.find(|c: char| c.is_whitespace() || "()=!<>&|".contains(c)).unwrap_or(rest.len())
        };
        if length == 0 {
            return None;
        }
        let (word, left) = rest.split_at(length);
        found.push(word.to_owned());
        rest = left.trim_start();
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::{alternatives, contradiction, counts};

    /// Pattern, how many alternatives it has, an event and whether it is counted.
    const PATTERNS: [(&str, Option<usize>, &str, bool); 9] = [
        ("{ $.eventName = CreateRoute }", Some(1), "CreateRoute", true),
        ("{($.eventName=CreateRoute)||($.eventName=DeleteRoute)}", Some(2), "DeleteRoute", true),
        ("{ ($.eventName = \"Create*\") }", Some(1), "CreateRoute", true),
        ("{ $.eventName = C* && $.errorCode NOT EXISTS }", Some(1), "CreateRoute", true),
        ("{ $.eventName != CreateRoute }", Some(1), "CreateRoute", true),
        ("{ ($.eventSource = a) && (($.eventName = A) || ($.eventName = B)) }", Some(2), "B", true),
        ("{ $.eventSource = a }", Some(1), "A", false),
        ("ERROR", None, "A", false),
        ("{ ($.eventName = A }", None, "A", false),
    ];

    #[test]
    fn patterns_become_alternatives() {
        for (pattern, count, event, counted) in PATTERNS {
            let found = alternatives(pattern);
            assert_eq!(found.as_ref().map(Vec::len), count, "{pattern}");
            let any = found.iter().flatten().any(|terms| counts(terms, event));
            assert_eq!(any, counted, "{pattern}");
        }
    }

    #[test]
    fn deep_brackets_are_not_judged() {
        let nested = |depth: usize| {
            format!("{{ {}$.eventName = A{} }}", "(".repeat(depth), ")".repeat(depth))
        };
        assert!(alternatives(&nested(32)).is_some());
        assert!(alternatives(&nested(1_000_000)).is_none());
    }

    #[test]
    fn two_texts_in_one_field_contradict() {
        let clash = |pattern: &str| {
            let found = alternatives(pattern).expect("a pattern of the table");
            found.iter().all(|terms| contradiction(terms).is_some())
        };
        assert!(clash("{ $.eventName = A && $.eventName = B }"));
        assert!(!clash("{ $.eventName = A && $.eventName = A }"));
        assert!(!clash("{ $.eventName = A* && $.eventName = AB }"));
        assert!(!clash("{ $.eventName = A || $.eventName = B }"));
        assert!(!clash("{ $.eventName = A && $.eventSource = B }"));
    }
}
