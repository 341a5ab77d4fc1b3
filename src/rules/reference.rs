//! Joins Terraform resources through the attributes that name each other: who refers to a
//! resource, and might somebody do so whom the text does not show?

use super::sink::Raw;
use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Confidence;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// How many attributes a reference may pass through on its way to the resource it means.
const HOPS: usize = 8;

/// What an attribute names.
#[derive(Debug)]
pub enum Target<'r> {
    /// A resource of the same module, by its index in the root.
    Resource(usize),
    /// A literal text: a name or an identifier.
    Text(Cow<'r, str>),
    /// Certainly another resource, or nothing.
    Elsewhere,
    /// Cannot be told: a variable, another module, a data source, an expression.
    Unknown,
}

/// The managed resources of a root by module and address.
pub struct Addresses<'r> {
    root: &'r Root<'r>,
    index: HashMap<(&'r str, &'r str, &'r str), usize>,
}

impl<'r> Addresses<'r> {
    /// Indexes a root.
    pub fn new(root: &'r Root<'r>) -> Self {
        let mut index = HashMap::new();
        for (at, &resource) in root.resources.iter().enumerate() {
            if let Some(block) = resource.block().filter(|b| b.category == Category::Managed) {
                let key = (root.folder(resource), block.kind.as_str(), block.name.as_str());
                index.insert(key, at);
            }
        }
        Self { root, index }
    }

    /// The resource of one of the `wanted` types that an attribute of resource `holder` names.
    /// A reference to an argument of another resource (`aws_secretsmanager_secret_version.v.secret_id`)
    /// is followed; so is `via`, the argument by which resources of other types belong to a wanted
    /// one (a subnet to its network).
    pub fn target(
        &self,
        holder: usize,
        attribute: Cursor<'r>,
        wanted: &[&str],
        via: &str,
    ) -> Target<'r> {
        let folder = self.root.folder(self.root.resources[holder]);
        let mut at = attribute;
        for _ in 0..HOPS {
            match at.absent() {
                Truth::True => return Target::Elsewhere,
                Truth::Unknown => return Target::Unknown,
                Truth::False => {}
            }
            let Some(address) = at.reference() else {
                return at.text().map_or(Target::Unknown, Target::Text);
            };
            let Some((kind, name)) = address.split_once('.') else { return Target::Unknown };
            let found = self.index.get(&(folder, kind, name)).copied();
            if wanted.contains(&kind) {
                return found.map_or(Target::Elsewhere, Target::Resource);
            }
            let Some(found) = found else { return Target::Unknown };
            let body = self.root.cursor(self.root.resources[found]);
            let next = [member(at.source_text(), address), via]
                .into_iter()
                .filter(|key| !key.is_empty())
                .map(|key| body.key(key))
                .find(|value| value.absent() != Truth::True);
            match next {
                Some(value) => at = value,
                None => return Target::Elsewhere,
            }
        }
        Target::Unknown
    }
}

/// The attribute named after an address: `id` in `aws_vpc.main[0].id`; empty for a longer way.
fn member<'t>(source: &'t str, address: &str) -> &'t str {
    let Some((_, rest)) = source.split_once(address) else { return "" };
    let rest = match rest.strip_prefix('[') {
        Some(indexed) => indexed.split_once(']').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let rest = rest.trim_end_matches(['"', '}', ' ']);
    rest.strip_prefix('.').filter(|name| !name.contains(['.', '['])).unwrap_or("")
}

/// Resources that say by an attribute which other resource they are for.
#[derive(Clone, Copy)]
pub struct Source {
    /// Their type.
    pub kind: &'static str,
    /// The attributes; any of them may name the resource.
    pub attributes: &'static [&'static str],
    /// By which argument resources of other types lead to a wanted one; may be empty.
    pub via: &'static str,
}

/// Which resources others refer to.
pub struct Join {
    referred: HashSet<usize>,
    texts: HashSet<String>,
    open: bool,
    name_in: fn(&str) -> String,
}

impl Join {
    /// Joins `sources` to resources of the `wanted` types. `name_in` takes from an identifier the
    /// name by which a resource would be known, in a form that compares. A source anywhere in the
    /// root whose target cannot be told leaves every resource's state open.
    pub fn new<'r>(
        root: &'r Root<'r>,
        wanted: &[&str],
        sources: &[Source],
        name_in: fn(&str) -> String,
    ) -> Self {
        let addresses = Addresses::new(root);
        let (referred, texts) = (HashSet::new(), HashSet::new());
        let mut join = Self { referred, texts, open: false, name_in };
        for source in sources {
            for &holder in root.terraform(Category::Managed, source.kind) {
                let body = root.cursor(root.resources[holder]);
                for attribute in source.attributes {
                    match addresses.target(holder, body.key(attribute), wanted, source.via) {
                        Target::Resource(at) => {
                            join.referred.insert(at);
                        }
                        Target::Text(text) => {
                            join.texts.insert(name_in(&text));
                        }
                        Target::Elsewhere => {}
                        Target::Unknown => join.open = true,
                    }
                }
            }
        }
        join
    }

    /// Whether a source is for this resource, whose name is written at `name`.
    pub fn reaches(&self, resource: usize, name: Cursor<'_>) -> Truth {
        if self.referred.contains(&resource) {
            return Truth::True;
        }
        let named = match (name.absent(), name.text()) {
            _ if self.texts.is_empty() => Truth::False,
            (Truth::True, _) => Truth::False,
            (_, Some(name)) => Truth::of(self.texts.contains(&(self.name_in)(&name))),
            (_, None) => Truth::Unknown,
        };
        if self.open { named.or(Truth::Unknown) } else { named }
    }
}

/// The last part of an Azure resource's identifier: its name. Case does not matter there.
pub fn last_part(identifier: &str) -> String {
    identifier.rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
}

/// Marks a finding that rests on the absence of another resource.
pub fn assume(finding: Option<&mut Raw>, assumption: &str) {
    if let Some(raw) = finding {
        raw.confidence = Confidence::Possible;
        raw.assumption = Some(assumption.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::member;

    #[test]
    fn members_of_addresses() {
        for (source, expected) in [
            ("aws_vpc.main.id", "id"),
            ("aws_vpc.main[0].id", "id"),
            ("aws_vpc.main[each.key].id", "id"),
            ("\"${aws_vpc.main.id}\"", "id"),
            ("aws_vpc.main.tags.id", ""),
            ("aws_vpc.main.a[0].id", ""),
            ("aws_vpc.main", ""),
        ] {
            assert_eq!(member(source, "aws_vpc.main"), expected, "{source}");
        }
    }
}
