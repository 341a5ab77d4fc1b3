//! Who holds which AWS permissions: roles, users and groups with the policy statements that other
//! resources give them. Says nothing about what is too much.

use super::reference::{Target, named, target};
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::{Fact, Truth};
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::model::words::Words;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A role.
pub const ROLE: &str = "aws_iam_role";
/// A user.
pub const USER: &str = "aws_iam_user";
/// A group.
pub const GROUP: &str = "aws_iam_group";
/// A policy of its own.
pub const POLICY: &str = "aws_iam_policy";

/// Those that hold permissions.
const HOLDERS: [&str; 3] = [ROLE, USER, GROUP];

/// How AWS's own policy that allows everything is called.
const ADMINISTRATOR: &str = ":iam::aws:policy/AdministratorAccess";

/// Resources that give somebody a policy: type, whom, and the policy's identifier (empty where the
/// policy is written in the resource).
const GIVERS: [(&str, &str, &str); 8] = [
    ("aws_iam_role_policy", "role", ""),
    ("aws_iam_user_policy", "user", ""),
    ("aws_iam_group_policy", "group", ""),
    ("aws_iam_role_policy_attachment", "role", "policy_arn"),
    ("aws_iam_user_policy_attachment", "user", "policy_arn"),
    ("aws_iam_group_policy_attachment", "group", "policy_arn"),
    ("aws_iam_policy_attachment", "roles", "policy_arn"),
    ("aws_iam_policy_attachment", "users", "policy_arn"),
];

/// One statement of a policy.
pub struct Statement<'r> {
    /// The resource it is written in.
    pub resource: usize,
    /// The `iam-statement` element.
    pub at: Cursor<'r>,
}

/// What somebody holds.
#[derive(Default)]
pub struct Holding<'r> {
    /// The statements of all policies that are known.
    pub statements: Vec<Statement<'r>>,
    /// The policies attached, by their index in the root.
    pub policies: BTreeSet<usize>,
    /// Whether everything is allowed.
    pub administrator: bool,
    /// Whether something may take away from it or add to it that is not known here.
    pub open: bool,
}

/// The permissions of a root, by holder.
pub struct Permissions<'r> {
    root: &'r Root<'r>,
    /// By index of the role, user or group.
    pub holdings: BTreeMap<usize, Holding<'r>>,
    /// Whether somebody is given something, and it cannot be told who.
    pub floating: bool,
}

impl<'r> Permissions<'r> {
    /// Gathers the permissions of a root.
    pub fn new(root: &'r Root<'r>) -> Self {
        let mut written: HashMap<usize, Vec<Cursor<'r>>> = HashMap::new();
        for element in root.view("iam-statement") {
            let at = element.cursor(root);
            if at.key("document").text().as_deref() != Some("trust") {
                written.entry(element.resource).or_default().push(at);
            }
        }
        let holdings = BTreeMap::new();
        let mut found = Self { root, holdings, floating: false };
        for kind in HOLDERS {
            for &at in root.terraform(Category::Managed, kind) {
                let holding = found.own(at, &written);
                found.holdings.insert(at, holding);
            }
        }
        for (kind, whom, policy) in GIVERS {
            for &at in root.terraform(Category::Managed, kind) {
                found.give(at, whom, policy, &written);
            }
        }
        for holding in found.holdings.values_mut() {
            holding.administrator |=
                holding.statements.iter().any(|statement| allows_everything(statement.at));
        }
        found
    }

    /// What a role, user or group says of itself.
    fn own(&self, at: usize, written: &HashMap<usize, Vec<Cursor<'r>>>) -> Holding<'r> {
        let body = self.root.cursor(self.root.resources[at]);
        let mut holding = Holding {
            open: body.key("permissions_boundary").shape() != Shape::Absent,
            ..Holding::default()
        };
        holding.add(at, written.get(&at));
        let inline = body.key("inline_policy").items();
        holding.open |= inline.open;
        for block in inline.known {
            holding.open |= !readable(block.key("policy"));
        }
        let managed = body.key("managed_policy_arns").items();
        holding.open |= managed.open;
        for policy in managed.known {
            self.attach(&mut holding, policy, written);
        }
        holding
    }

    /// Adds what a resource gives.
    fn give(
        &mut self,
        at: usize,
        whom: &str,
        policy: &str,
        written: &HashMap<usize, Vec<Cursor<'r>>>,
    ) {
        let resource = self.root.resources[at];
        let body = self.root.cursor(resource);
        let whom = body.key(whom);
        self.floating |= whom.symbol().is_none() && whom.items().open;
        for name in named(whom) {
            let holder = match target(self.root, name, &HOLDERS, "") {
                Target::Resource(holder) => holder,
                Target::Text(name) => match self.by_name(&name) {
                    Some(holder) => holder,
                    None => continue,
                },
                Target::Elsewhere => continue,
                Target::Unknown => {
                    self.floating = true;
                    continue;
                }
            };
            let Some(mut holding) = self.holdings.remove(&holder) else { continue };
            if !resource.certain {
                holding.open = true;
            } else if policy.is_empty() {
                holding.open |= !readable(body.key("policy"));
                holding.add(at, written.get(&at));
            } else {
                self.attach(&mut holding, body.key(policy), written);
            }
            self.holdings.insert(holder, holding);
        }
    }

    fn attach(
        &self,
        holding: &mut Holding<'r>,
        named: Cursor<'r>,
        written: &HashMap<usize, Vec<Cursor<'r>>>,
    ) {
        if ends_with(named, ADMINISTRATOR) {
            holding.administrator = true;
            return;
        }
        match target(self.root, named, &[POLICY], "") {
            Target::Resource(policy) => {
                holding.policies.insert(policy);
                holding.open |=
                    !readable(self.root.cursor(self.root.resources[policy]).key("policy"));
                holding.add(policy, written.get(&policy));
            }
            // AWS's own policies hardly ever deny.
            Target::Text(text) if text.contains(":iam::aws:policy/") => {}
            _ => holding.open = true,
        }
    }

    /// The holder of a name that is written as a text.
    fn by_name(&self, name: &str) -> Option<usize> {
        let named = |at: &&usize| {
            let body = self.root.cursor(self.root.resources[**at]);
            body.key("name").text().is_some_and(|own| own == name)
        };
        self.holdings.keys().find(named).copied()
    }

    /// Whether an entry of a statement's `resources` is a resource of the root, by reference or by
    /// the last part of its ARN. Wildcards are no names.
    pub fn names(&self, entry: Cursor<'r>, resource: usize) -> bool {
        if let Some(symbol) = entry.symbol() {
            return self.root.instance(symbol) == Some(resource);
        }
        let body = self.root.cursor(self.root.resources[resource]);
        let Some(kind) = self.root.resources[resource].block().map(|block| block.kind.as_str())
        else {
            return false;
        };
        let (word, key) = match kind {
            ROLE => (":role/", "name"),
            USER => (":user/", "name"),
            GROUP => (":group/", "name"),
            POLICY => (":policy/", "name"),
            "aws_lambda_function" => (":function:", "function_name"),
            _ => return false,
        };
        body.key(key).text().is_some_and(|name| ends_with(entry, &format!("{word}{name}")))
    }

    /// The resource of a type that an attribute names.
    pub fn target(&self, named: Cursor<'r>, kind: &str) -> Option<usize> {
        match target(self.root, named, &[kind], "") {
            Target::Resource(at) => Some(at),
            _ => None,
        }
    }
}

impl<'r> Holding<'r> {
    fn add(&mut self, resource: usize, written: Option<&Vec<Cursor<'r>>>) {
        let statements = written.into_iter().flatten();
        self.statements.extend(statements.map(|&at| Statement { resource, at }));
    }

    /// Whether some statement allows an action without naming conditions or targets.
    pub fn does(&self, action: &str) -> bool {
        self.statements.iter().any(|statement| {
            is_allow(statement.at)
                && statement.at.key("conditions").shape() == Shape::Absent
                && named(statement.at.key("actions")).iter().any(|entry| speaks_of(*entry, action))
        })
    }

    /// Whether something may deny an action.
    pub fn may_deny(&self, action: &str) -> bool {
        self.open
            || self.statements.iter().any(|statement| {
                let denies = match statement.at.key("effect").text() {
                    Some(effect) => effect == "Deny",
                    None => statement.at.key("effect").shape() != Shape::Absent,
                };
                let actions = statement.at.key("actions");
                let listed = named(actions);
                let speaks = actions.shape() != Shape::List
                    || actions.items().open
                    || listed.iter().any(|entry| {
                        entry.text().is_none_or(|pattern| matches_action(&pattern, action))
                    });
                denies && speaks
            })
    }
}

/// Whether a statement allows.
pub fn is_allow(statement: Cursor<'_>) -> bool {
    statement.key("effect").text().as_deref() == Some("Allow")
}

/// Whether an entry of a statement's `actions` holds an action.
pub fn speaks_of(entry: Cursor<'_>, action: &str) -> bool {
    entry.text().is_some_and(|pattern| matches_action(&pattern, action))
}

fn allows_everything(statement: Cursor<'_>) -> bool {
    let star = |key: &str| {
        named(statement.key(key)).iter().any(|entry| {
            entry.text().is_some_and(|text| !text.is_empty() && text.chars().all(|c| c == '*'))
        })
    };
    is_allow(statement)
        && statement.key("conditions").shape() == Shape::Absent
        && star("actions")
        && star("resources")
}

/// Whether every statement of a policy can be read.
fn readable(policy: Cursor<'_>) -> bool {
    if policy.absent() == Truth::True {
        return true;
    }
    let statements = policy.document().key("Statement");
    match statements.shape() {
        Shape::Map => true,
        Shape::List => {
            let items = statements.items();
            !items.open && items.known.iter().all(|item| item.shape() == Shape::Map)
        }
        _ => false,
    }
}

/// Whether a text surely ends so; its beginning need not be known.
fn ends_with(named: Cursor<'_>, end: &str) -> bool {
    match named.words() {
        Fact::Known(Words::Exact(text), _) => text.ends_with(end),
        Fact::Known(Words::Partial(pieces), _) => {
            pieces.last().copied().flatten().is_some_and(|last| last.ends_with(end))
        }
        _ => false,
    }
}

/// Whether an action matches a pattern with `*` and `?`; case does not matter.
fn matches_action(pattern: &str, action: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase().into_bytes();
    let action = action.to_ascii_lowercase().into_bytes();
    // Which lengths of the action the pattern so far may have matched.
    let mut reached = vec![false; action.len() + 1];
    reached[0] = true;
    for &wanted in &pattern {
        if wanted == b'*' {
            let first = reached.iter().position(|&yes| yes).unwrap_or(reached.len());
            reached[first..].fill(true);
            continue;
        }
        for at in (0..action.len()).rev() {
            reached[at + 1] = reached[at] && (wanted == b'?' || wanted == action[at]);
        }
        reached[0] = false;
    }
    reached[action.len()]
}

#[cfg(test)]
mod tests {
    use super::matches_action;

    #[test]
    fn actions_match_patterns_whole_and_in_any_case() {
        for pattern in ["*", "iam:*", "iam:Pass*", "IAM:passrole", "iam:Pass????", "i*:*Role"] {
            assert!(matches_action(pattern, "iam:PassRole"), "{pattern}");
        }
        for pattern in ["", "iam:Pass", "iam:PassRole?", "ec2:*", "?am:*s"] {
            assert!(!matches_action(pattern, "iam:PassRole"), "{pattern}");
        }
    }
}
