//! Roles, users and groups that are no administrators and can become one through what their policies
//! name: a role to pass, a function to rewrite, their own policy to edit.

use crate::model::cursor::{Cursor, Shape};
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::iam::{self, GROUP, Holding, POLICY, Permissions, ROLE, USER};
use crate::rules::reference::named;
use crate::rules::sink::Sink;
use std::collections::BTreeSet;

const FUNCTION: &str = "aws_lambda_function";

/// Services that act with a role they are passed, and the actions that make them; one of each list.
const LAUNCHES: [(&str, &[&[&str]]); 6] = [
    ("ec2.amazonaws.com", &[&["ec2:RunInstances"]]),
    (
        "lambda.amazonaws.com",
        &[
            &["lambda:CreateFunction"],
            &["lambda:InvokeFunction", "lambda:AddPermission", "lambda:CreateEventSourceMapping"],
        ],
    ),
    (
        "ecs-tasks.amazonaws.com",
        &[
            &["ecs:RegisterTaskDefinition"],
            &["ecs:RunTask", "ecs:StartTask", "ecs:CreateService", "ecs:UpdateService"],
        ],
    ),
    ("cloudformation.amazonaws.com", &[&["cloudformation:CreateStack"]]),
    ("glue.amazonaws.com", &[&["glue:CreateJob"], &["glue:StartJobRun", "glue:CreateTrigger"]]),
    (
        "codebuild.amazonaws.com",
        &[&["codebuild:CreateProject"], &["codebuild:StartBuild", "codebuild:StartBuildBatch"]],
    ),
];

/// Actions by which somebody changes what they themselves hold, and what these name.
const EDITS: [(&str, &str); 8] = [
    ("iam:AttachRolePolicy", ROLE),
    ("iam:PutRolePolicy", ROLE),
    ("iam:AttachUserPolicy", USER),
    ("iam:PutUserPolicy", USER),
    ("iam:AttachGroupPolicy", GROUP),
    ("iam:PutGroupPolicy", GROUP),
    ("iam:CreatePolicyVersion", POLICY),
    ("iam:SetDefaultPolicyVersion", POLICY),
];

/// `iam_escalation_path`.
pub fn iam_escalation_path<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let held = [ROLE, USER, GROUP].iter().any(|k| !root.terraform(Category::Managed, k).is_empty());
    if !held {
        return;
    }
    let permissions = Permissions::new(root);
    if permissions.floating {
        sink.unknown();
        return;
    }
    let search = Search::new(root, &permissions);
    let mut told = BTreeSet::new();
    for (&holder, holding) in &permissions.holdings {
        if holding.administrator {
            continue;
        }
        for path in search.paths(holder, holding) {
            if holding.may_deny(path.action) {
                sink.unknown();
                continue;
            }
            // A policy that several hold has one fault, not several.
            let place = path.at.focus();
            if !told.insert((place.file.0, place.span.start, path.action)) {
                continue;
            }
            let target = root.resources[path.target];
            let words = [
                ("holder", root.resources[holder].title()),
                ("action", path.action.to_owned()),
                ("target", target.title()),
                ("how", path.how.to_owned()),
            ];
            let words: Vec<(&str, &str)> =
                words.iter().map(|(name, text)| (*name, text.as_str())).collect();
            if let Some(raw) = sink.report(path.resource, path.at, None, &words) {
                let text = format!("{} is where the path leads", target.title());
                raw.labels.push(Label { place: target.header, text });
            }
        }
    }
}

/// A way from a holder to more.
struct Path<'r> {
    /// The resource whose policy opens it, and the entry of its `resources` that does.
    resource: usize,
    at: Cursor<'r>,
    action: &'static str,
    target: usize,
    how: &'static str,
}

struct Search<'s, 'r> {
    root: &'r Root<'r>,
    permissions: &'s Permissions<'r>,
    /// Roles that may do everything.
    administrators: Vec<usize>,
    /// Functions that run with such a role.
    functions: Vec<usize>,
}

impl<'s, 'r> Search<'s, 'r> {
    fn new(root: &'r Root<'r>, permissions: &'s Permissions<'r>) -> Self {
        let strong = |at: &usize| {
            permissions.holdings.get(at).is_some_and(|held| held.administrator && !held.open)
        };
        let roles = root.terraform(Category::Managed, ROLE).iter().copied();
        let administrators: Vec<usize> = roles.filter(strong).collect();
        let functions = root.terraform(Category::Managed, FUNCTION).iter().copied();
        let functions = functions.filter(|&at| {
            let role = root.cursor(root.resources[at]).key("role");
            permissions.target(role, ROLE).is_some_and(|role| administrators.contains(&role))
        });
        let functions = functions.collect();
        Self { root, permissions, administrators, functions }
    }

    fn paths(&self, holder: usize, holding: &Holding<'r>) -> Vec<Path<'r>> {
        let mut found = Vec::new();
        for statement in &holding.statements {
            if !iam::is_allow(statement.at) {
                continue;
            }
            let actions = named(statement.at.key("actions"));
            let speaks = |action: &str| actions.iter().any(|entry| iam::speaks_of(*entry, action));
            let unconditional = statement.at.key("conditions").shape() == Shape::Absent;
            for at in named(statement.at.key("resources")) {
                let names = |resource: &usize| self.permissions.names(at, *resource);
                let mut push = |action, target, how| {
                    let resource = statement.resource;
                    found.push(Path { resource, at, action, target, how });
                };
                if speaks("iam:PassRole")
                    && let Some(&role) = self.administrators.iter().find(|role| names(role))
                    && role != holder
                    && self.launches(holding, role, statement.at.key("conditions"))
                {
                    push(
                        "iam:PassRole",
                        role,
                        "act as that administrator through a service it may start",
                    );
                }
                if !unconditional {
                    continue;
                }
                if speaks("iam:UpdateAssumeRolePolicy")
                    && let Some(&role) = self.administrators.iter().find(|role| names(role))
                {
                    push("iam:UpdateAssumeRolePolicy", role, "assume that administrator's role");
                }
                if speaks("lambda:UpdateFunctionCode")
                    && let Some(&function) = self.functions.iter().find(|at| names(at))
                {
                    let how = "run its own code as an administrator";
                    push("lambda:UpdateFunctionCode", function, how);
                }
                for (action, kind) in EDITS {
                    let own = if kind == POLICY {
                        holding.policies.iter().find(|policy| names(policy)).copied()
                    } else {
                        let is = |at: usize| self.root.resources[at].block().map(|b| &*b.kind);
                        Some(holder).filter(|at| is(*at) == Some(kind) && names(at))
                    };
                    if let Some(own) = own
                        && speaks(action)
                    {
                        push(action, own, "give itself any permission");
                        break;
                    }
                }
            }
        }
        found
    }

    /// Whether the holder can start a service that the role trusts and may be passed to.
    fn launches(&self, holding: &Holding<'r>, role: usize, conditions: Cursor<'r>) -> bool {
        LAUNCHES.iter().any(|(service, needed)| {
            let starts =
                |one: &&[&str]| one.iter().any(|act| holding.does(act) && !holding.may_deny(act));
            self.trusts(role, service) && passes(conditions, service) && needed.iter().all(starts)
        })
    }

    /// Whether a role's trust policy lets a service assume it, under no condition.
    fn trusts(&self, role: usize, service: &str) -> bool {
        self.root.view("iam-statement").iter().filter(|one| one.resource == role).any(|one| {
            let at = one.cursor(self.root);
            let principals = at.key("principals").items().known.into_iter();
            let mut principals = principals.map(|principal| principal.key("value"));
            at.key("document").text().as_deref() == Some("trust")
                && iam::is_allow(at)
                && at.key("conditions").shape() == Shape::Absent
                && principals.any(|value| value.text().as_deref() == Some(service))
        })
    }
}

/// Whether conditions let a role be passed to a service: there are none, or they name it.
fn passes(conditions: Cursor<'_>, service: &str) -> bool {
    if conditions.shape() == Shape::Absent {
        return true;
    }
    let items = conditions.items();
    !items.open
        && items.known.iter().all(|condition| {
            let is = |key: &str, word: &str| {
                condition.key(key).text().is_some_and(|text| text.eq_ignore_ascii_case(word))
            };
            is("key", "iam:PassedToService")
                && (is("test", "StringEquals") || is("test", "StringLike"))
                && condition
                    .key("values")
                    .items()
                    .known
                    .iter()
                    .any(|value| value.text().as_deref() == Some(service))
        })
}
