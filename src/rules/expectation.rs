//! Expectations: what a team says its policies allow and deny (`[[expect]]` in ztlint.toml), held
//! against the trust graph of every root that holds both ends. What cannot be told is counted.

pub mod written;

use super::catalog;
use super::engine::{Judged, about};
use super::finding::{Confidence, Label};
use super::published::Traffic;
use super::rule::Rule;
use crate::input::file::written;
use crate::input::source::{FileId, Place, Span};
use crate::model::fact::Truth;
use crate::model::graph::call::{Asks, Call};
use crate::model::graph::links::End;
use crate::model::graph::ports::Protocol;
use crate::model::graph::question::{Account, Question, Reply};
use crate::model::graph::speech::Speaks;
use crate::model::graph::{Graph, Peer};
use crate::model::istio::flow::Request;
use crate::model::project::Project;
use crate::model::root::Root;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// An expected connection is denied.
const DENIED: &str = "ZT-POL-650";
/// A forbidden one is allowed.
const ALLOWED: &str = "ZT-POL-651";
/// An expectation names nothing.
const NOTHING: &str = "ZT-POL-652";

/// The expectations of a file.
#[derive(Clone, Debug, Default)]
pub struct Expectations {
    /// The file's path.
    pub path: String,
    /// Its text.
    pub text: String,
    /// What it expects, in its order.
    pub list: Vec<Expectation>,
}

/// One expectation.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// Whether the connection is to be allowed; denied otherwise.
    pub allow: bool,
    /// Where the file says so.
    pub at: Span,
    /// Who calls.
    pub from: End,
    /// Where the file says so.
    pub from_at: Span,
    /// Who is called.
    pub to: End,
    /// Where the file says so.
    pub to_at: Span,
    /// The port of the destination's pods; none for any.
    pub port: Option<(Protocol, u16)>,
    /// Who the caller is in the mesh; none for whatever it can be.
    pub identity: Option<Account>,
    /// Method and path of the request; none for any.
    pub request: Option<(String, String)>,
    /// The root it is for, and where the file says so; none for every one that holds both ends.
    pub root: Option<(String, Span)>,
}

/// What expectations come to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Findings in the file.
    pub judged: Vec<Judged>,
    /// How many questions unknown values left open.
    pub unknowns: usize,
}

/// What one root says of one expectation.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    /// Whether it holds the ends.
    there: [bool; 2],
    /// Whether it may hold them under names that are not known.
    unclear: bool,
    asked: usize,
    unknown: usize,
    violations: Vec<Violation>,
    /// The files of the root, where there are violations: what breaks an expectation may be what a
    /// policy says no more, so that none of its places need show it.
    files: BTreeSet<FileId>,
}

#[derive(Debug)]
struct Violation {
    ends: String,
    labels: Vec<Label>,
    assumptions: Vec<String>,
}

/// Whether one of the rules about expectations is to run.
pub(super) fn wanted(rules: &[&'static Rule]) -> bool {
    let rule = |id| catalog::find(id).is_some_and(|rule| rules.contains(&rule));
    [DENIED, ALLOWED, NOTHING].into_iter().any(rule)
}

/// What roots, by their names, say of the expectations in a file of the project.
pub(super) fn judge(
    project: &Project,
    worlds: &[(String, Vec<Verdict>)],
    expected: &[Expectation],
    file: FileId,
    rules: &[&'static Rule],
) -> Outcome {
    let rule = |id| catalog::find(id).filter(|rule| rules.contains(rule));
    let [denied, allowed, nothing] = [DENIED, ALLOWED, NOTHING].map(rule);
    let mut outcome = Outcome::default();
    for (at, one) in expected.iter().enumerate() {
        let of = || worlds.iter().map(|(name, verdicts)| (name, &verdicts[at]));
        outcome.unknowns += of().map(|(_, verdict)| verdict.unknown).sum::<usize>();
        let asked = of().filter(|(_, verdict)| verdict.asked > 0).count();
        if asked == 0 {
            if of().any(|(_, verdict)| verdict.unclear) {
                outcome.unknowns += 1;
            } else if let Some(rule) = nothing {
                let there = [0, 1].map(|end| of().any(|(_, verdict)| verdict.there[end]));
                let known = |root: &String| worlds.iter().any(|(name, _)| name == root);
                let root = one.root.as_ref().filter(|(root, _)| !known(root));
                outcome.judged.push(one.names_nothing(project, file, rule, there, root));
            }
            continue;
        }
        let Some(rule) = (if one.allow { denied } else { allowed }) else { continue };
        let broken: Vec<_> = of().filter(|(_, verdict)| !verdict.violations.is_empty()).collect();
        if broken.is_empty() {
            continue;
        }
        let mut judged = one.violated(project, file, rule, broken.iter().map(|(_, one)| *one));
        if broken.len() < asked {
            judged.finding.roots = broken.iter().map(|(name, _)| (*name).clone()).collect();
        }
        judged.about.extend(broken.iter().flat_map(|(_, one)| &one.files));
        outcome.judged.push(judged);
    }
    outcome
}

/// What a root says of each expectation, by its graph; that is built if nobody has asked for it yet.
pub(super) fn verdicts<'a>(
    name: &str,
    root: &'a Root<'a>,
    traffic: &Traffic<'a>,
    expected: &[Expectation],
) -> Vec<Verdict> {
    let none = || expected.iter().map(|_| Verdict::default()).collect();
    if expected.is_empty() || root.cluster().workloads.is_empty() {
        return none();
    }
    let graph = traffic.graph(root);
    let names = graph.names();
    let unclear = names.iter().any(|name| name.contains('?'));
    let one = |expected: &Expectation| {
        if expected.root.as_ref().is_some_and(|(wanted, _)| wanted != name) {
            return Verdict::default();
        }
        let there = [&expected.from, &expected.to].map(|end| graph.is_there(&names, end));
        let mut verdict = Verdict { there, unclear, ..Verdict::default() };
        let question = expected.question();
        for reply in graph.ask(&names, &question) {
            verdict.asked += 1;
            match expected.holds(&reply) {
                Truth::True => {}
                Truth::Unknown => verdict.unknown += 1,
                Truth::False => {
                    verdict.violations.push(violation(graph, &names, &question, &reply));
                }
            }
        }
        if !verdict.violations.is_empty() {
            verdict.files = root.resources.iter().map(|resource| resource.node.file).collect();
        }
        verdict
    };
    expected.iter().map(one).collect()
}

fn violation(
    graph: &Graph<'_>,
    names: &[String],
    question: &Question<'_>,
    reply: &Reply,
) -> Violation {
    let end = |peer: Peer, asked: &End| match (peer, asked) {
        (Peer::Workload(at), _) => names[at].clone(),
        (Peer::AnyPod, _) => "any pod".to_owned(),
        (Peer::Outside(_), End::Addresses(net)) => net.to_string(),
        (Peer::Outside(_), _) => "the internet".to_owned(),
    };
    let (protocol, port) = reply.port;
    let (from, to) = (reply.from, reply.to);
    let ends = format!(
        "{} to {} on {} {port}",
        end(from, question.from),
        end(to, question.to),
        protocol.word()
    );
    let (speaks, asks) = (question.speaks, question.asks.clone());
    let told = graph.explain(&Call { from, to, protocol, port, speaks, asks });
    let labels = told.because.iter().map(|one| {
        let title = graph.root().resources[one.resource].title();
        let text = format!("{} {}: {title}", one.layer.word(), one.reason.word());
        Label { place: written(graph.root().files, one.place).0, text }
    });
    let assumptions = told.assumes.iter().map(ToString::to_string).collect();
    Violation { ends, labels: labels.collect(), assumptions }
}

impl Expectation {
    fn question(&self) -> Question<'_> {
        let asks = match &self.request {
            Some((method, path)) => Asks::Request(Request { method, path, ..Request::default() }),
            None => Asks::Anything,
        };
        let speaks = self.identity.as_ref().map_or(Speaks::Any, Account::speaks);
        Question { from: &self.from, to: &self.to, port: self.port, speaks, asks }
    }

    /// Of a CIDR every address is expected to be allowed, or denied; of the internet one that is
    /// allowed is enough.
    fn holds(&self, reply: &Reply) -> Truth {
        let whole = [&self.from, &self.to].into_iter().any(|end| matches!(end, End::Addresses(_)));
        let best = reply.decision.allowed;
        match (self.allow, whole) {
            (true, true) => reply.worst,
            (true, false) => best,
            (false, _) => !best,
        }
    }

    /// `deny any-pod to shop/db`, however it is laid out.
    fn title(&self) -> String {
        let end = |end: &End| match end {
            End::Workload(name) => name.clone(),
            End::AnyPod => "any-pod".to_owned(),
            End::Internet => "internet".to_owned(),
            End::Addresses(net) => net.to_string(),
        };
        let mut title = if self.allow { "allow" } else { "deny" }.to_owned();
        let _ = write!(title, " {} to {}", end(&self.from), end(&self.to));
        if let Some((protocol, port)) = self.port {
            let _ = write!(title, ":{port}/{}", protocol.word());
        }
        if let Some((method, path)) = &self.request {
            let _ = write!(title, " {method} {path}");
        }
        title
    }

    fn finding(
        &self,
        project: &Project,
        file: FileId,
        rule: &'static Rule,
        at: Span,
        value: &str,
    ) -> Judged {
        let mut judged = about(project, rule, Place { file, span: at }, &self.title());
        let message = rule.message.replace("{resource}", &format!("`{}`", self.title()));
        judged.finding.message = message.replace("{value}", value);
        judged
    }

    fn names_nothing(
        &self,
        project: &Project,
        file: FileId,
        rule: &'static Rule,
        there: [bool; 2],
        root: Option<&(String, Span)>,
    ) -> Judged {
        let (at, value) = match (root, there) {
            (Some((_, at)), _) => (*at, "no root is what `root` says"),
            (None, [false, _]) => (self.from_at, "no workload is what `from` says"),
            (None, [_, false]) => (self.to_at, "no workload is what `to` says"),
            (None, _) => (self.to_at, "no root holds both ends"),
        };
        let mut judged = self.finding(project, file, rule, at, value);
        judged.finding.confidence = Confidence::Possible;
        let assumption = "no chart or file that was not read holds it".to_owned();
        judged.finding.assumption = Some(assumption);
        judged
    }

    fn violated<'v>(
        &self,
        project: &Project,
        file: FileId,
        rule: &'static Rule,
        verdicts: impl Iterator<Item = &'v Verdict>,
    ) -> Judged {
        let all: Vec<&Violation> = verdicts.flat_map(|verdict| &verdict.violations).collect();
        let mut ends: Vec<&str> = all.iter().map(|one| one.ends.as_str()).collect();
        ends.dedup();
        let more = ends.len().saturating_sub(1);
        let value = match (ends.first(), more) {
            (Some(first), 0) => (*first).to_owned(),
            (Some(first), more) => format!("{first}, and {more} more"),
            (None, _) => String::new(),
        };
        let mut judged = self.finding(project, file, rule, self.at, &value);
        for label in all.iter().flat_map(|one| &one.labels) {
            if !judged.finding.labels.contains(label) {
                judged.finding.labels.push(label.clone());
            }
        }
        // One violation that assumes nothing proves it.
        if let Some(least) = all.iter().min_by_key(|one| one.assumptions.len())
            && !least.assumptions.is_empty()
        {
            judged.finding.confidence = Confidence::Possible;
            judged.finding.assumption = Some(least.assumptions.join("; "));
        }
        judged
    }
}
