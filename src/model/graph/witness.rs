//! Which request, if any, the policies at a proxy let through: a search among the few that can make a
//! difference, each judged by the one evaluator. What it finds is a true witness; that there is none
//! it says only where nothing was left out.

use super::call::{Asks, admits, agreed};
use super::inbound::{Carries, Issuers};
use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::istio::authorization::evaluation::{Judge, Plane};
use crate::model::istio::authorization::{Action, Attribute, Clause, Policy, Rule};
use crate::model::istio::flow::{Flow, Request, Token};
use crate::model::istio::pattern;

/// A request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Witness {
    /// Method.
    pub method: String,
    /// Host; empty where it makes no difference.
    pub host: String,
    /// Path.
    pub path: String,
    /// Headers that make a difference, by name.
    pub headers: Vec<(String, String)>,
    /// What its token says, if it has one.
    pub token: Option<Claims>,
}

/// What a token says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claims {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// `aud`.
    pub audiences: Vec<String>,
    /// `azp`.
    pub presenter: Option<String>,
    /// Other claims.
    pub others: Vec<(String, String)>,
}

impl Witness {
    /// The same as a stated request.
    pub fn of(request: &Request<'_>) -> Self {
        let pairs = |list: &[(&str, &str)]| {
            list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let token = request.token.as_ref().map(|token| Claims {
            issuer: token.issuer.to_owned(),
            subject: token.subject.to_owned(),
            audiences: token.audiences.iter().map(|one| (*one).to_owned()).collect(),
            presenter: token.presenter.map(str::to_owned),
            others: pairs(&token.claims),
        });
        Self {
            method: request.method.to_owned(),
            host: request.host.to_owned(),
            path: request.path.to_owned(),
            headers: pairs(&request.headers),
            token,
        }
    }

    /// As the evaluator reads it.
    pub fn request(&self) -> Request<'_> {
        fn pairs(list: &[(String, String)]) -> Vec<(&str, &str)> {
            list.iter().map(|(key, value)| (&**key, &**value)).collect()
        }
        Request {
            method: &self.method,
            host: &self.host,
            path: &self.path,
            headers: pairs(&self.headers),
            token: self.token.as_ref().map(|token| Token {
                issuer: &token.issuer,
                subject: &token.subject,
                audiences: token.audiences.iter().map(String::as_str).collect(),
                presenter: token.presenter.as_deref(),
                claims: pairs(&token.others),
            }),
        }
    }
}

/// What is asked of a proxy.
pub(super) struct Question<'q, 'a> {
    pub judge: Judge<'q>,
    pub policies: &'q [(&'q Policy<'a>, Truth)],
    pub issuers: &'q Issuers,
    pub carries: Carries,
    pub asks: &'q Asks<'q>,
}

type Answer = (Truth, Option<Witness>);

/// Requests that are tried before the search gives up.
const MOST: usize = 4_000;

/// Requests that are tried where one is known to be possible.
const SOME: usize = 200;

/// A text that no policy is expected to name.
const FRESH: &str = "ztlint-fresh";

impl Question<'_, '_> {
    /// Whether what is asked for gets through, and with which request. `flow` says who calls.
    pub fn answer(&self, flow: &Flow<'_>) -> Answer {
        if self.judge.plane == Plane::Ztunnel {
            return self.bytes(flow);
        }
        match self.carries {
            Carries::Bytes | Carries::Tls => self.bytes(flow),
            Carries::Requests => self.requests(flow),
            Carries::Anything => match self.asks {
                Asks::Bytes => self.bytes(flow),
                Asks::Request(_) | Asks::Rewritten(_) => self.requests(flow),
                Asks::Anything | Asks::WithToken => {
                    let answer = self.requests(flow);
                    if answer.0 == Truth::True {
                        return answer;
                    }
                    let bytes = self.bytes(flow);
                    if answer.0.or(bytes.0) == bytes.0 && answer.0 != bytes.0 {
                        return bytes;
                    }
                    answer
                }
            },
            Carries::Unknown => {
                let (requests, bytes) = (self.requests(flow), self.bytes(flow));
                let truth = agreed([requests.0, bytes.0]).unwrap_or(Truth::Unknown);
                (truth, requests.1.or(bytes.1))
            }
        }
    }

    fn judged(&self, flow: &Flow<'_>) -> Truth {
        admits(self.judge.decide(self.policies, flow))
    }

    fn bytes(&self, flow: &Flow<'_>) -> Answer {
        let stated = match self.asks {
            Asks::Request(request) | Asks::Rewritten(request) => Some(Witness::of(request)),
            _ => None,
        };
        (self.judged(&Flow { request: None, ..flow.clone() }), stated)
    }

    fn requests(&self, flow: &Flow<'_>) -> Answer {
        match self.asks {
            // What is no request is refused where requests are read.
            Asks::Bytes => (Truth::False, None),
            Asks::Request(request) => (self.stated(request, flow), Some(Witness::of(request))),
            Asks::Rewritten(request) => {
                let mut flow = flow.clone();
                flow.unclear.address = true;
                (self.stated(request, &flow), Some(Witness::of(request)))
            }
            Asks::Anything => self.search(flow, false),
            Asks::WithToken => {
                let plain = self.search(flow, false);
                if plain.0 == Truth::True { plain } else { self.with_token(flow, plain) }
            }
        }
    }

    fn with_token(&self, flow: &Flow<'_>, plain: Answer) -> Answer {
        let found = self.search(flow, true);
        if found.0 == Truth::True || plain.0 == Truth::False { found } else { plain }
    }

    /// A request as it is, with its token verified as the attached verifiers do: one of an issuer
    /// that none of them knows is refused; where there is no verifier nobody looks at tokens.
    fn stated(&self, request: &Request<'_>, flow: &Flow<'_>) -> Truth {
        let judged = |token: Option<Token<'_>>| {
            let request = Request { token, ..request.clone() };
            self.judged(&Flow { request: Some(request), ..flow.clone() })
        };
        let Some(token) = &request.token else { return judged(None) };
        let any = self.issuers.any();
        let verified = Truth::any(self.issuers.known.iter().map(|(issuer, audiences, sure)| {
            let meant = audiences.is_empty()
                || audiences.iter().any(|one| token.audiences.contains(&one.as_str()));
            if issuer == token.issuer && meant { *sure } else { Truth::False }
        }));
        let verified = if self.issuers.open { verified.or(Truth::Unknown) } else { verified };
        let mut possible = Vec::new();
        if verified != Truth::False {
            possible.push(judged(Some(token.clone())));
        }
        if any != Truth::True {
            possible.push(judged(None));
        }
        if any != Truth::False && verified != Truth::True {
            possible.push(Truth::False);
        }
        agreed(possible).unwrap_or(Truth::Unknown)
    }

    /// Every rule that may count.
    fn rules(&self) -> impl Iterator<Item = (&Rule<'_>, Action)> {
        let actions = [Action::Allow, Action::Deny, Action::Custom];
        self.policies.iter().flat_map(move |(policy, here)| {
            let by = move |action: &Action| here.and(policy.enforces(*action)) != Truth::False;
            actions
                .into_iter()
                .filter(by)
                .flat_map(move |action| policy.rules.iter().map(move |rule| (rule, action)))
        })
    }

    /// The policies that can make a difference to requests of a caller (`relaxed`, of whose request
    /// nothing is known): those with a rule that may match one, and one of those that limit the others
    /// by being there.
    fn counting(&self, relaxed: &Flow<'_>) -> Vec<(&Policy<'_>, Truth)> {
        let actions = [Action::Allow, Action::Deny, Action::Custom];
        let matches = |policy: &Policy<'_>, here: Truth| {
            let own = policy.namespace.as_deref();
            actions.into_iter().any(|action| {
                let rule = |rule| self.judge.rule(rule, action, relaxed, own) != Truth::False;
                here.and(policy.enforces(action)) != Truth::False && policy.rules.iter().any(rule)
            })
        };
        let limits =
            |(policy, here): &(&Policy<'_>, Truth)| here.and(policy.enforces(Action::Allow));
        let surest = |truth| self.policies.iter().position(|one| limits(one) == truth);
        let limit = surest(Truth::True).or_else(|| surest(Truth::Unknown));
        let counts = |(at, (policy, here)): &(usize, &(&Policy<'_>, Truth))| {
            policy.open || Some(*at) == limit || matches(policy, *here)
        };
        self.policies.iter().enumerate().filter(counts).map(|(_, one)| *one).collect()
    }

    fn search(&self, flow: &Flow<'_>, token: bool) -> Answer {
        let mut relaxed = Flow { request: Some(Request::default()), ..flow.clone() };
        relaxed.unclear.request = true;
        relaxed.unclear.token = token;
        let policies = self.counting(&relaxed);
        Question { policies: &policies, ..*self }.search_among(flow, &relaxed, token)
    }

    fn search_among(&self, flow: &Flow<'_>, relaxed: &Flow<'_>, token: bool) -> Answer {
        let http = self.rules().any(|(rule, _)| rule.terms().any(|term| term.attribute.is_http()));
        let issuers = if token { self.verified() } else { Vec::new() };
        if token && issuers.is_empty() {
            return (if self.issuers.open { Truth::Unknown } else { Truth::False }, None);
        }
        let mut tries = Tries { question: self, flow, best: (Truth::False, None), left: MOST };
        let plain = Fields { method: "GET".to_owned(), path: "/".to_owned(), ..Fields::default() };
        if tries.done(plain.witness(issuers.first())) || !http {
            return tries.best;
        }
        let bearers: Vec<Option<&(String, Vec<String>)>> =
            if token { issuers.iter().map(Some).collect() } else { vec![None] };
        for issuer in bearers {
            for seed in self.seeds() {
                if tries.each(&self.lists(Some(&seed)), issuer) {
                    return tries.answer();
                }
            }
        }
        let unsure = tries.best.0 == Truth::Unknown;
        if !unsure && self.judged(relaxed) == Truth::False {
            return (Truth::False, None);
        }
        let (lists, complete) = (self.lists(None), self.is_complete(relaxed) && !token);
        let size = lists.iter().map(|(_, list)| list.len()).product::<usize>();
        // Where something is possible, what is sure is not looked for at any price.
        if size > if unsure { SOME } else { tries.left } {
            return if unsure { tries.best } else { (Truth::Unknown, None) };
        }
        if !complete {
            tries.each(&lists, issuers.first());
            let Tries { best, .. } = tries;
            return if best.0 == Truth::False { (Truth::Unknown, None) } else { best };
        }
        tries.each(&lists, issuers.first());
        tries.answer()
    }

    /// Issuers whose tokens surely pass, with an audience that is asked for.
    fn verified(&self) -> Vec<(String, Vec<String>)> {
        let sure = self.issuers.known.iter().filter(|(_, _, sure)| *sure == Truth::True);
        sure.map(|(issuer, audiences, _)| (issuer.clone(), audiences.clone())).collect()
    }

    /// The clauses of each way to satisfy a rule that allows; without such rules the empty one.
    fn seeds(&self) -> Vec<Vec<&Clause<'_>>> {
        let mut found = Vec::new();
        for (rule, action) in self.rules() {
            if action != Action::Allow {
                continue;
            }
            let sides = [rule.from.as_ref(), rule.to.as_ref()].map(|list| {
                let known = list.map(|list| list.known.iter().map(Some).collect::<Vec<_>>());
                known.unwrap_or_else(|| vec![None])
            });
            for from in &sides[0] {
                for to in &sides[1] {
                    let when = rule.when.known.iter();
                    found.push(from.iter().chain(to).copied().chain(when).collect());
                }
            }
        }
        if found.is_empty() {
            found.push(Vec::new());
        }
        found
    }

    /// Whether the texts that are tried cover every combination: not with templates, of which two
    /// may meet in a path that neither suggests. Rules that match no request of this caller, whatever
    /// it says (`relaxed`), do not count.
    fn is_complete(&self, relaxed: &Flow<'_>) -> bool {
        let counts =
            |rule: &Rule<'_>, action| self.judge.rule(rule, action, relaxed, None) != Truth::False;
        let rules = self.rules().filter(|(rule, action)| counts(rule, *action));
        let mut paths = rules
            .flat_map(|(rule, _)| rule.terms())
            .filter(|term| term.attribute == Attribute::Path);
        !paths.any(|term| {
            let texts = term.values.items().known;
            texts.iter().any(|one| one.text().is_some_and(|text| pattern::is_template(&text)))
        })
    }

    /// The texts to try for each attribute of a request: for a seed those that satisfy it and those
    /// that escape a DENY or CUSTOM, else everything that any policy names.
    fn lists(&self, seed: Option<&Vec<&Clause<'_>>>) -> Vec<(Attribute, Vec<Option<String>>)> {
        let mut lists: Vec<(Attribute, Vec<Option<String>>)> = Vec::new();
        let mut wanted: Vec<Attribute> = Vec::new();
        for (rule, _) in self.rules() {
            for term in rule.terms().filter(|term| term.attribute.is_http()) {
                if !wanted.contains(&term.attribute) {
                    wanted.push(term.attribute.clone());
                }
            }
        }
        for attribute in wanted {
            let (mut patterns, mut mentioned) = (Vec::new(), Vec::new());
            let mut positive = false;
            for (rule, action) in self.rules() {
                for term in rule.terms().filter(|term| term.attribute == attribute) {
                    let escapes = action != Action::Allow && term.negated;
                    let texts = term.values.items().known;
                    let texts: Vec<String> =
                        texts.iter().filter_map(Cursor::text).map(String::from).collect();
                    if seed.is_none() || escapes {
                        patterns.extend(texts.iter().cloned());
                    }
                    mentioned.extend(texts);
                }
            }
            for clause in seed.into_iter().flatten() {
                for term in clause.terms.iter().filter(|term| term.attribute == attribute) {
                    if !term.negated {
                        positive = true;
                        let texts = term.values.items().known;
                        let texts = texts.iter().filter_map(Cursor::text).map(String::from);
                        patterns.splice(0..0, texts.collect::<Vec<_>>());
                    }
                }
            }
            let found = texts(&attribute, &patterns, &mentioned, positive);
            lists.push((attribute.clone(), found));
        }
        lists
    }
}

/// The texts to try for one attribute; none for leaving it out. `narrow` where only what the
/// patterns match is wanted; else also some that nothing that is mentioned matches.
fn texts(
    attribute: &Attribute,
    patterns: &[String],
    mentioned: &[String],
    narrow: bool,
) -> Vec<Option<String>> {
    let root = if *attribute == Attribute::Path { "/" } else { "" };
    let mut found: Vec<Option<String>> = Vec::new();
    let mut add = |text: String| {
        if !found.contains(&Some(text.clone())) {
            found.push(Some(text));
        }
    };
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    for pattern in patterns {
        if *attribute == Attribute::Path && pattern::is_template(pattern) {
            add(pattern.replace("{**}", FRESH).replace("{*}", FRESH));
        } else if pattern == "*" {
            add(format!("{root}{FRESH}"));
        } else if let Some(end) = pattern.strip_prefix('*') {
            let start = if end.starts_with('/') { "" } else { root };
            add(format!("{start}{end}"));
            add(format!("{root}{FRESH}{end}"));
            ends.push(end);
        } else if let Some(start) = pattern.strip_suffix('*') {
            add(format!("{start}{FRESH}"));
            add(start.to_owned());
            starts.push(start);
        } else {
            add(pattern.clone());
        }
    }
    for start in &starts {
        for end in &ends {
            add(format!("{start}{FRESH}{end}"));
        }
    }
    if !narrow {
        match attribute {
            Attribute::Method => {
                add("GET".to_owned());
                let usual = ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ZTLINT"];
                let met = |one: &&str| {
                    mentioned.iter().any(|text| text != "*" && pattern::matches(text, one))
                };
                let other = usual.into_iter().find(|one| !met(one));
                add(other.unwrap_or("ZTLINT").to_owned());
            }
            Attribute::Path => {
                add("/".to_owned());
                add(format!("/{FRESH}"));
            }
            Attribute::Host => add(format!("{FRESH}.test")),
            _ => {
                found.insert(0, None);
                found.push(Some(FRESH.to_owned()));
            }
        }
    }
    found
}

/// The attributes of a request as they are tried.
#[derive(Clone, Default)]
struct Fields {
    method: String,
    path: String,
    host: String,
    headers: Vec<(String, String)>,
    principal: Option<String>,
    audience: Option<String>,
    presenter: Option<String>,
    claims: Vec<(String, String)>,
}

impl Fields {
    fn set(&mut self, attribute: &Attribute, text: Option<&String>) {
        let Some(text) = text.cloned() else { return };
        match attribute {
            Attribute::Method => self.method = text,
            Attribute::Path => self.path = text,
            Attribute::Host => self.host = text,
            Attribute::Header(name) => self.headers.push((name.clone(), text)),
            Attribute::RequestPrincipal => self.principal = Some(text),
            Attribute::Audience => self.audience = Some(text),
            Attribute::Presenter => self.presenter = Some(text),
            Attribute::Claim(name) => self.claims.push((name.clone(), text)),
            _ => {}
        }
    }

    /// The request, with a token of an issuer and for one of its audiences if there is one.
    fn witness(&self, issuer: Option<&(String, Vec<String>)>) -> Witness {
        let token = issuer.map(|(issuer, audiences)| {
            let own = self.principal.as_deref().and_then(|text| text.strip_prefix(&**issuer));
            let subject = own.and_then(|rest| rest.strip_prefix('/')).unwrap_or(FRESH);
            let audience = self.audience.clone();
            let asked = audience.filter(|one| audiences.is_empty() || audiences.contains(one));
            Claims {
                issuer: issuer.clone(),
                subject: subject.to_owned(),
                audiences: asked.or_else(|| audiences.first().cloned()).into_iter().collect(),
                presenter: self.presenter.clone(),
                others: self.claims.clone(),
            }
        });
        Witness {
            method: self.method.clone(),
            host: self.host.clone(),
            path: self.path.clone(),
            headers: self.headers.clone(),
            token,
        }
    }
}

/// A search: the best answer so far, and how many requests may still be tried.
struct Tries<'s, 'q, 'a> {
    question: &'s Question<'q, 'a>,
    flow: &'s Flow<'s>,
    best: Answer,
    left: usize,
}

impl Tries<'_, '_, '_> {
    /// Tries a request; says whether that is enough.
    fn done(&mut self, witness: Witness) -> bool {
        self.left = self.left.saturating_sub(1);
        let flow = Flow { request: Some(witness.request()), ..self.flow.clone() };
        let truth = self.question.judged(&flow);
        if truth == Truth::True || truth == Truth::Unknown && self.best.0 == Truth::False {
            self.best = (truth, Some(witness));
        }
        truth == Truth::True || self.left == 0
    }

    /// Tries every combination; says whether that is enough.
    fn each(
        &mut self,
        lists: &[(Attribute, Vec<Option<String>>)],
        issuer: Option<&(String, Vec<String>)>,
    ) -> bool {
        let mut at = vec![0; lists.len()];
        loop {
            let mut fields =
                Fields { method: "GET".to_owned(), path: "/".to_owned(), ..Fields::default() };
            for ((attribute, texts), at) in lists.iter().zip(&at) {
                fields.set(attribute, texts.get(*at).and_then(Option::as_ref));
            }
            if self.done(fields.witness(issuer)) {
                return true;
            }
            let Some(next) = (0..lists.len()).find(|one| at[*one] + 1 < lists[*one].1.len()) else {
                return false;
            };
            at[next] += 1;
            at[..next].fill(0);
        }
    }

    /// The best answer; of a search that was given up nothing is known.
    fn answer(self) -> Answer {
        if self.left == 0 && self.best.0 == Truth::False {
            (Truth::Unknown, None)
        } else {
            self.best
        }
    }
}
