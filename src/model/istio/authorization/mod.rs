//! An `AuthorizationPolicy` read into rules, clauses and terms, each with the place it was written.

pub mod attachment;
pub mod evaluation;
mod inclusion;
mod term;

use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::{Fact, Truth};

/// What a policy does with what it matches; absent is `Allow` (`AuthorizationPolicy.action`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Admits.
    Allow,
    /// Refuses, before any `Allow` is asked.
    Deny,
    /// Asks an external provider, before any `Deny`.
    Custom,
    /// Records only.
    Audit,
}

/// An attribute of a call that a term compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// `principals`, `source.principal`.
    Principal,
    /// `namespaces`, `source.namespace`.
    Namespace,
    /// `serviceAccounts`, `source.serviceAccount`.
    ServiceAccount,
    /// `trustDomains`, `source.trustDomain`.
    TrustDomain,
    /// `ipBlocks`, `source.ip`.
    SourceIp,
    /// `remoteIpBlocks`, `remote.ip`.
    RemoteIp,
    /// `ports`, `destination.port`.
    Port,
    /// `hosts`.
    Host,
    /// `methods`.
    Method,
    /// `paths`.
    Path,
    /// `requestPrincipals`, `request.auth.principal`.
    RequestPrincipal,
    /// `request.auth.audiences`.
    Audience,
    /// `request.auth.presenter`.
    Presenter,
    /// `request.auth.claims[name]`.
    Claim(String),
    /// `request.headers[name]`, in lower case.
    Header(String),
    /// Another condition key, such as `destination.ip` or `connection.sni`.
    Other(String),
}

impl Attribute {
    /// Whether the attribute exists only in requests that a proxy reads as HTTP
    /// (`AuthorizationPolicy`, "HTTP only" fields; every `request.*` condition).
    pub fn is_http(&self) -> bool {
        match self {
            Self::Host
            | Self::Method
            | Self::Path
            | Self::RequestPrincipal
            | Self::Audience
            | Self::Presenter
            | Self::Claim(_)
            | Self::Header(_) => true,
            Self::Other(key) => key.starts_with("request."),
            _ => false,
        }
    }

    /// Whether the attribute comes from a verified token.
    pub fn is_token(&self) -> bool {
        matches!(self, Self::RequestPrincipal | Self::Audience | Self::Presenter | Self::Claim(_))
    }

    /// Whether the attribute comes from the caller's certificate, so that plaintext has none.
    pub fn is_identity(&self) -> bool {
        matches!(self, Self::Principal | Self::Namespace | Self::ServiceAccount | Self::TrustDomain)
    }
}

/// One field of a source or operation, or one side of a condition.
#[derive(Clone)]
pub struct Term<'a> {
    /// What it compares.
    pub attribute: Attribute,
    /// The list it compares with.
    pub values: Cursor<'a>,
    /// Whether the match is turned round (`notPaths`, `notValues`).
    pub negated: bool,
    /// Whether it stands in `when`.
    pub condition: bool,
}

impl Term<'_> {
    /// Whether values are written that can be read, at least in part.
    pub fn is_written(&self) -> bool {
        !matches!(self.values.shape(), Shape::Unknown | Shape::Absent)
    }
}

/// A source, an operation or a condition: terms that must all match.
#[derive(Clone)]
pub struct Clause<'a> {
    /// Where it is written.
    pub at: Cursor<'a>,
    /// Its terms.
    pub terms: Vec<Term<'a>>,
    /// Whether it holds terms that cannot be read.
    pub open: bool,
}

/// One rule: a source of `from`, an operation of `to` and every condition must match.
#[derive(Clone)]
pub struct Rule<'a> {
    /// Where it is written.
    pub at: Cursor<'a>,
    /// The sources; none where any caller matches.
    pub from: Option<Clauses<'a>>,
    /// The operations; none where any call matches.
    pub to: Option<Clauses<'a>>,
    /// The conditions.
    pub when: Clauses<'a>,
}

/// Several clauses, and whether there may be more.
#[derive(Clone, Default)]
pub struct Clauses<'a> {
    /// The known ones.
    pub known: Vec<Clause<'a>>,
    /// Whether there may be more.
    pub open: bool,
}

impl<'a> Rule<'a> {
    /// Every term of the rule.
    pub fn terms(&self) -> impl Iterator<Item = &Term<'a>> {
        let lists = [self.from.as_ref(), self.to.as_ref(), Some(&self.when)];
        lists.into_iter().flatten().flat_map(|list| &list.known).flat_map(|clause| &clause.terms)
    }

    /// Whether it surely asks for nothing, so that it matches every call.
    pub fn is_empty(&self) -> bool {
        let none = self.from.is_none() && self.to.is_none();
        none && self.when.known.is_empty() && !self.when.open
    }

    /// Whether parts of the rule cannot be read.
    pub fn is_open(&self) -> bool {
        let lists = [self.from.as_ref(), self.to.as_ref(), Some(&self.when)];
        lists
            .into_iter()
            .flatten()
            .any(|list| list.open || list.known.iter().any(|clause| clause.open))
    }
}

/// A policy.
#[derive(Clone)]
pub struct Policy<'a> {
    /// Index of its resource in the root.
    pub resource: usize,
    /// The whole object.
    pub object: Cursor<'a>,
    /// Namespace it is written for; none where that cannot be told.
    pub namespace: Option<String>,
    /// Action; none where that cannot be told.
    pub action: Option<Action>,
    /// Whether it is only tried out (`istio.io/dry-run`).
    pub dry_run: Truth,
    /// Its rules.
    pub rules: Vec<Rule<'a>>,
    /// Whether there may be more rules.
    pub open: bool,
}

impl<'a> Policy<'a> {
    /// Reads a policy from its object.
    pub fn read(resource: usize, object: Cursor<'a>, namespace: Option<String>) -> Self {
        let spec = object.key("spec");
        let rules = spec.key("rules").items();
        Self {
            resource,
            object,
            namespace,
            action: action(spec.key("action")),
            dry_run: flag(object.key("metadata").key("annotations").key("istio.io/dry-run")),
            rules: rules.known.into_iter().map(rule).collect(),
            open: rules.open,
        }
    }

    /// `spec`.
    pub fn spec(&self) -> Cursor<'a> {
        self.object.key("spec")
    }

    /// The port numbers that its rules name.
    pub fn ports(&self) -> impl Iterator<Item = u16> {
        let named = self.terms().filter(|term| term.attribute == Attribute::Port);
        let texts = named.flat_map(|term| term.values.items().known);
        texts.filter_map(|value| value.text()?.trim().parse().ok())
    }

    /// Every term of its rules.
    pub fn terms(&self) -> impl Iterator<Item = &Term<'a>> {
        self.rules.iter().flat_map(Rule::terms)
    }

    /// Whether the policy has this action and is in force.
    pub fn enforces(&self, action: Action) -> Truth {
        let same = self.action.map_or(Truth::Unknown, |own| Truth::of(own == action));
        same.and(!self.dry_run)
    }
}

/// Whether a text is `true`.
fn flag(at: Cursor<'_>) -> Truth {
    match at.text() {
        Some(text) => Truth::of(text.eq_ignore_ascii_case("true")),
        None => !at.absent(),
    }
}

fn action(at: Cursor<'_>) -> Option<Action> {
    match at.words() {
        Fact::Absent(_) => Some(Action::Allow),
        _ => match at.text().as_deref() {
            Some("ALLOW") => Some(Action::Allow),
            Some("DENY") => Some(Action::Deny),
            Some("CUSTOM") => Some(Action::Custom),
            Some("AUDIT") => Some(Action::Audit),
            _ => None,
        },
    }
}

const SOURCE: [(&str, &str, Attribute); 7] = [
    ("principals", "notPrincipals", Attribute::Principal),
    ("requestPrincipals", "notRequestPrincipals", Attribute::RequestPrincipal),
    ("namespaces", "notNamespaces", Attribute::Namespace),
    ("serviceAccounts", "notServiceAccounts", Attribute::ServiceAccount),
    ("trustDomains", "notTrustDomains", Attribute::TrustDomain),
    ("ipBlocks", "notIpBlocks", Attribute::SourceIp),
    ("remoteIpBlocks", "notRemoteIpBlocks", Attribute::RemoteIp),
];

const OPERATION: [(&str, &str, Attribute); 4] = [
    ("hosts", "notHosts", Attribute::Host),
    ("methods", "notMethods", Attribute::Method),
    ("paths", "notPaths", Attribute::Path),
    ("ports", "notPorts", Attribute::Port),
];

fn rule(at: Cursor<'_>) -> Rule<'_> {
    let when = at.key("when").items();
    Rule {
        at,
        from: clauses(at.key("from"), "source", &SOURCE),
        to: clauses(at.key("to"), "operation", &OPERATION),
        when: Clauses { known: when.known.into_iter().map(condition).collect(), open: when.open },
    }
}

/// The clauses of a list; none where the list is not written or empty.
fn clauses<'a>(
    list: Cursor<'a>,
    inner: &str,
    fields: &[(&str, &str, Attribute)],
) -> Option<Clauses<'a>> {
    let items = list.items();
    if items.known.is_empty() && !items.open {
        return None;
    }
    let clause = |item: Cursor<'a>| {
        let at = item.key(inner);
        let mut terms = Vec::new();
        // Of what cannot be read no field is known to be written.
        let fields = if at.shape() == Shape::Map { fields } else { &[] };
        for (positive, negative, attribute) in fields {
            for (key, negated) in [(positive, false), (negative, true)] {
                let values = at.key(key);
                if values.absent() == Truth::False || values.items().open {
                    let attribute = attribute.clone();
                    terms.push(Term { attribute, values, negated, condition: false });
                }
            }
        }
        Clause { at, terms, open: at.shape() == Shape::Unknown || at.entries().1 }
    };
    Some(Clauses { known: items.known.into_iter().map(clause).collect(), open: items.open })
}

fn condition(at: Cursor<'_>) -> Clause<'_> {
    let Some(key) = at.key("key").text() else {
        return Clause { at, terms: Vec::new(), open: true };
    };
    let attribute = attribute(&key);
    let mut terms = Vec::new();
    for (name, negated) in [("values", false), ("notValues", true)] {
        let values = at.key(name);
        if values.absent() == Truth::False || values.items().open {
            terms.push(Term { attribute: attribute.clone(), values, negated, condition: true });
        }
    }
    Clause { at, terms, open: at.entries().1 }
}

/// The attribute that a condition's key names (`AuthorizationPolicy` conditions).
fn attribute(key: &str) -> Attribute {
    let inner = |prefix: &str| {
        key.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(']')).map(str::to_owned)
    };
    if let Some(name) = inner("request.headers[") {
        return Attribute::Header(name.to_ascii_lowercase());
    }
    if let Some(name) = inner("request.auth.claims[") {
        return Attribute::Claim(name);
    }
    match key {
        "source.principal" => Attribute::Principal,
        "source.namespace" => Attribute::Namespace,
        "source.serviceAccount" => Attribute::ServiceAccount,
        "source.trustDomain" => Attribute::TrustDomain,
        "source.ip" => Attribute::SourceIp,
        "remote.ip" => Attribute::RemoteIp,
        "destination.port" => Attribute::Port,
        "request.auth.principal" => Attribute::RequestPrincipal,
        "request.auth.audiences" => Attribute::Audience,
        "request.auth.presenter" => Attribute::Presenter,
        other => Attribute::Other(other.to_owned()),
    }
}
