//! Joins Terraform resources through the attributes that name each other: who refers to a
//! resource, and might somebody do so whom the text does not show?

pub use super::rule::Source;
use super::sink::Raw;
use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::finding::Confidence;
use std::borrow::Cow;
use std::collections::HashSet;

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

/// The resource of one of the `wanted` types that an attribute names. A reference to a resource
/// of another type is followed through `via`, the argument by which such resources belong to a
/// wanted one (a subnet to its network).
pub fn target<'r>(
    root: &'r Root<'r>,
    attribute: Cursor<'r>,
    wanted: &[&str],
    via: &str,
) -> Target<'r> {
    let mut at = attribute;
    for _ in 0..HOPS {
        match at.absent() {
            Truth::True => return Target::Elsewhere,
            Truth::Unknown => return Target::Unknown,
            Truth::False => {}
        }
        let Some(symbol) = at.symbol() else {
            return at.text().map_or(Target::Unknown, Target::Text);
        };
        let Some(found) = root.instance(symbol) else { return Target::Unknown };
        let resource = root.resources[found];
        let Some(block) = resource.block().filter(|b| b.category == Category::Managed) else {
            return Target::Unknown;
        };
        if wanted.contains(&block.kind.as_str()) {
            return Target::Resource(found);
        }
        if via.is_empty() {
            return Target::Elsewhere;
        }
        at = root.cursor(resource).key(via);
    }
    Target::Unknown
}

/// The resource of a type that an attribute names, be it by a reference or by the text that is
/// written as that resource's `name`; none if it cannot be told or is not of this root.
pub fn resource<'r>(
    root: &'r Root<'r>,
    attribute: Cursor<'r>,
    wanted: &'static str,
    name: &str,
) -> Option<usize> {
    match target(root, attribute, &[wanted], "") {
        Target::Resource(at) => Some(at),
        Target::Text(text) => {
            let mut all = root.terraform(Category::Managed, wanted).iter().copied();
            all.find(|&at| {
                root.cursor(root.resources[at]).key(name).text().is_some_and(|own| own == text)
            })
        }
        Target::Elsewhere | Target::Unknown => None,
    }
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
        let (referred, texts) = (HashSet::new(), HashSet::new());
        let mut join = Self { referred, texts, open: false, name_in };
        for source in sources {
            for &holder in root.terraform(Category::Managed, source.kind) {
                let body = root.cursor(root.resources[holder]);
                for place in source.attributes.iter().flat_map(|attribute| places(body, attribute))
                {
                    match target(root, place, wanted, source.via) {
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

    /// Whether a source is for this resource, whose name is written at `name`; without one, no text
    /// can name it, since the provider chooses the identifier.
    pub fn reaches<'c>(&self, resource: usize, name: impl Into<Option<Cursor<'c>>>) -> Truth {
        if self.referred.contains(&resource) {
            return Truth::True;
        }
        let named = match name.into().filter(|name| name.absent() != Truth::True) {
            Some(name) if !self.texts.is_empty() => match name.text() {
                Some(name) => Truth::of(self.texts.contains(&(self.name_in)(&name))),
                None => Truth::Unknown,
            },
            _ => Truth::False,
        };
        if self.open { named.or(Truth::Unknown) } else { named }
    }
}

/// An attribute of a body, or that of each block of a kind.
fn places<'r>(body: Cursor<'r>, attribute: &str) -> Vec<Cursor<'r>> {
    match attribute.split_once('.') {
        Some((block, name)) => {
            let list = body.key(block);
            let blocks = list.items();
            // Where there may be more blocks, what they name cannot be told.
            let more = blocks.open.then_some(list);
            blocks.known.into_iter().map(|block| block.key(name)).chain(more).collect()
        }
        None => vec![body.key(attribute)],
    }
}

/// What an attribute names, be it a list or a lone reference.
pub fn named(attribute: Cursor<'_>) -> Vec<Cursor<'_>> {
    if attribute.symbol().is_some() { vec![attribute] } else { attribute.items().known }
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
