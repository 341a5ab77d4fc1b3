//! Whether public ACLs have an effect on an S3 bucket: public access blocks of the bucket and of the
//! account make them void, and so does an object ownership that switches ACLs off.

use super::reference::{Target, target};
use crate::input::source::Place;
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use std::borrow::Cow;
use std::collections::HashMap;

const BUCKET: &str = "aws_s3_bucket";
const BLOCK: &str = "aws_s3_bucket_public_access_block";
const ACCOUNT: &str = "aws_s3_account_public_access_block";
const OWNERSHIP: &str = "aws_s3_bucket_ownership_controls";

/// What becomes of a public ACL.
pub enum Effect {
    /// Nothing.
    Stopped,
    /// Cannot be told.
    Unknown,
    /// It holds: the bucket's access block, at this place, lets it.
    Allowed(Place),
    /// It holds as far as this root shows.
    Unguarded,
}

/// How a bucket is known.
#[derive(PartialEq, Eq, Hash)]
enum Key<'r> {
    Resource(usize),
    Name(Cow<'r, str>),
}

/// Who names a bucket.
struct Named<'r> {
    keys: Vec<Key<'r>>,
    /// Whether it may also have a name that is not known.
    nameless: Truth,
}

/// The guards of a root by bucket.
pub struct Guards<'r> {
    root: &'r Root<'r>,
    /// Whether public ACLs are stopped; and the access block that lets them.
    buckets: HashMap<Key<'r>, (Truth, Option<Place>)>,
    /// Stopped everywhere.
    everywhere: Truth,
    /// Possibly stopped where a bucket is known by name, by resource, or not at all.
    some_name: Truth,
    some_resource: Truth,
    some: Truth,
}

impl<'r> Guards<'r> {
    /// Gathers the guards of a root.
    pub fn new(root: &'r Root<'r>) -> Self {
        let mut guards = Self {
            root,
            buckets: HashMap::new(),
            everywhere: Truth::False,
            some_name: Truth::False,
            some_resource: Truth::False,
            some: Truth::False,
        };
        for &at in root.terraform(Category::Managed, ACCOUNT) {
            let (stops, _) = guards.stops(at);
            guards.everywhere = guards.everywhere.or(stops);
        }
        for kind in [BLOCK, OWNERSHIP] {
            for &at in root.terraform(Category::Managed, kind) {
                let (stops, place) = guards.stops(at);
                let place = (kind == BLOCK).then_some(place);
                guards.add(at, stops, place);
            }
        }
        guards
    }

    /// Whether a guard stops public ACLs where it applies, and the place that says so.
    fn stops(&self, at: usize) -> (Truth, Place) {
        let resource = self.root.resources[at];
        let body = self.root.cursor(resource);
        let ownership = body.key("rule").index(0).key("object_ownership");
        let blocks = [body.key("ignore_public_acls"), body.key("block_public_acls")];
        let stops = is(ownership, "BucketOwnerEnforced")
            .or(is(blocks[0], "true"))
            .or(is(blocks[1], "true"));
        let written = blocks.iter().find(|block| block.shape() == Shape::Scalar);
        let place = written.map_or(resource.header, Cursor::focus);
        (if resource.certain { stops } else { stops.and(Truth::Unknown) }, place)
    }

    fn add(&mut self, at: usize, stops: Truth, place: Option<Place>) {
        let maybe = stops.and(Truth::Unknown);
        self.some = self.some.or(maybe);
        let Some(named) = self.named(at) else {
            self.everywhere = self.everywhere.or(maybe);
            return;
        };
        self.some_resource = self.some_resource.or(maybe.and(named.nameless));
        for key in named.keys {
            if matches!(key, Key::Name(_)) {
                self.some_name = self.some_name.or(maybe);
            }
            let known = self.buckets.entry(key).or_insert((Truth::False, None));
            *known = (known.0.or(stops), known.1.or(place));
        }
    }

    /// The bucket that a resource is, or is for; none if that cannot be told.
    fn named(&self, at: usize) -> Option<Named<'r>> {
        let resource = self.root.resources[at];
        let bucket = if resource.block().is_some_and(|block| block.kind == BUCKET) {
            at
        } else {
            let attribute = self.root.cursor(resource).key("bucket");
            match target(self.root, attribute, &[BUCKET], "bucket") {
                Target::Resource(bucket) => bucket,
                Target::Text(name) => {
                    return Some(Named { keys: vec![Key::Name(name)], nameless: Truth::False });
                }
                Target::Elsewhere => {
                    return Some(Named { keys: Vec::new(), nameless: Truth::False });
                }
                Target::Unknown => return None,
            }
        };
        let name = self.root.cursor(self.root.resources[bucket]).key("bucket");
        let mut keys = vec![Key::Resource(bucket)];
        keys.extend(name.text().map(Key::Name));
        let nameless = Truth::of(keys.len() == 1 && name.shape() != Shape::Absent);
        Some(Named { keys, nameless })
    }

    /// What becomes of the public ACL of a resource.
    pub fn effect(&self, at: usize) -> Effect {
        let named = self.named(at);
        let (mut stopped, mut open) = (self.everywhere, None);
        match &named {
            None => stopped = stopped.or(self.some),
            Some(named) => {
                stopped = stopped.or(named.nameless.and(self.some_name));
                if matches!(named.keys.as_slice(), [Key::Name(_)]) {
                    stopped = stopped.or(self.some_resource);
                }
                for key in &named.keys {
                    if let Some((stops, place)) = self.buckets.get(key) {
                        stopped = stopped.or(*stops);
                        open = open.or(*place);
                    }
                }
            }
        }
        match (stopped, open) {
            (Truth::True, _) => Effect::Stopped,
            (Truth::Unknown, _) => Effect::Unknown,
            (Truth::False, Some(place)) => Effect::Allowed(place),
            (Truth::False, None) => Effect::Unguarded,
        }
    }
}

fn is(value: Cursor<'_>, word: &str) -> Truth {
    match (value.shape(), value.text()) {
        (Shape::Absent, _) => Truth::False,
        (_, Some(text)) => Truth::of(text == word),
        (_, None) => Truth::Unknown,
    }
}
