//! Secrets of AWS Secrets Manager that no rotation is for.

use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::{Join, Source, Target, assume, target};
use crate::rules::sink::Sink;
use std::collections::{HashMap, HashSet};

const SECRET: &str = "aws_secretsmanager_secret";

const ROTATION: Source =
    Source { kind: "aws_secretsmanager_secret_rotation", attributes: &["secret_id"], via: "" };

const VERSION: &str = "aws_secretsmanager_secret_version";

/// The clock by which Terraform itself replaces values.
const CLOCK: &str = "time_rotating";

/// `secretsmanager_without_rotation`.
pub fn secretsmanager_without_rotation<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let secrets = root.terraform(Category::Managed, SECRET);
    if secrets.is_empty() {
        return;
    }
    let join = Join::new(root, &[SECRET], &[ROTATION], name_in);
    let versions = Versions::new(root);
    for &at in secrets {
        let secret = root.cursor(root.resources[at]);
        let rotated = [
            join.reaches(at, secret.key("name")),
            // Old providers: rotation written in the secret itself.
            !secret.key("rotation_lambda_arn").absent(),
            !secret.key("rotation_rules").absent(),
            // A secret kept in several regions is rotated where it belongs.
            !secret.key("replica").absent(),
            versions.renewed(at),
        ];
        match Truth::any(rotated) {
            Truth::False => {
                let assumption = if versions.written.contains_key(&at) {
                    "no other module adds a rotation for this secret"
                } else {
                    "no other module adds a rotation for this secret, and whoever writes its value \
                     does not replace it regularly"
                };
                assume(sink.report(at, secret, None, &[]), assumption);
            }
            Truth::Unknown => sink.unknown(),
            Truth::True => {}
        }
    }
}

/// The values that Terraform writes into secrets.
struct Versions<'r> {
    /// By secret, whether Terraform renews the value by a clock.
    written: HashMap<usize, Truth>,
    /// Modules in which a renewed value may be for any secret.
    open: HashSet<&'r str>,
    root: &'r Root<'r>,
}

impl<'r> Versions<'r> {
    fn new(root: &'r Root<'r>) -> Self {
        let mut versions = Self { written: HashMap::new(), open: HashSet::new(), root };
        let held = root.terraform(Category::Managed, VERSION);
        if held.is_empty() {
            return versions;
        }
        let clocked = clocked(root);
        for &at in held {
            let version = root.resources[at];
            let body = root.cursor(version);
            let folder = root.folder(version);
            let renewed = match clocked.get(folder) {
                None => Truth::False,
                Some(kept) => renewed(body.source_text(), kept),
            };
            match target(root, body.key("secret_id"), &[SECRET], "") {
                Target::Resource(secret) => {
                    let known = versions.written.entry(secret).or_insert(Truth::False);
                    *known = known.or(renewed);
                }
                Target::Unknown if renewed != Truth::False => {
                    versions.open.insert(folder);
                }
                _ => {}
            }
        }
        versions
    }

    fn renewed(&self, secret: usize) -> Truth {
        let written = self.written.get(&secret).copied().unwrap_or(Truth::False);
        let open = self.open.contains(self.root.folder(self.root.resources[secret]));
        if open { written.or(Truth::Unknown) } else { written }
    }
}

/// The addresses of clocks, and of what they renew, by module; only modules with a clock.
fn clocked<'r>(root: &'r Root<'r>) -> HashMap<&'r str, HashSet<String>> {
    let mut found: HashMap<&str, HashSet<String>> = HashMap::new();
    for &at in root.terraform(Category::Managed, CLOCK) {
        let resource = root.resources[at];
        found.entry(root.folder(resource)).or_default().insert(resource.address());
    }
    if found.is_empty() {
        return found;
    }
    for &resource in &root.resources {
        let managed = resource.block().is_some_and(|block| block.category == Category::Managed);
        if managed
            && let Some(kept) = found.get_mut(root.folder(resource))
            && addresses(root.cursor(resource).source_text()).any(|word| word.starts_with(CLOCK))
        {
            kept.insert(resource.address());
        }
    }
    found
}

/// Whether a value is renewed by a clock; not known where it comes through names that are not
/// followed here.
fn renewed(text: &str, kept: &HashSet<String>) -> Truth {
    let mut verdict = Truth::False;
    for word in addresses(text) {
        let mut parts = word.split('.');
        let (kind, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if kept.contains(&format!("{kind}.{name}")) {
            return Truth::True;
        }
        if matches!(kind, "local" | "module") {
            verdict = Truth::Unknown;
        }
    }
    verdict
}

/// The dotted names in a text.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.'))
        .filter(|word| word.contains('.'))
}

/// The name in a secret's identifier: the name itself, or an ARN that ends in `name-Ab12Cd`.
fn name_in(identifier: &str) -> String {
    let name = match identifier.split_once(":secret:") {
        Some((_, name)) => match name.rsplit_once('-') {
            Some((name, suffix)) if suffix.len() == 6 => name,
            _ => name,
        },
        None => identifier,
    };
    name.to_owned()
}
