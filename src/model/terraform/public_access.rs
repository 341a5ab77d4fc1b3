//! Whether a public policy of an S3 bucket has an effect: public access blocks of the bucket and of
//! the account refuse it or take its effect away, wherever they are written.

use crate::input::file::File;
use crate::input::source::Place;
use crate::model::cursor::{Cursor, Shape};
use crate::model::datum::{Key, Symbol};
use crate::model::fact::Truth;
use crate::model::resource::{Category, Resource};
use crate::model::value::{NodeRef, Value};
use foldhash::{HashMap, HashMapExt};
use std::borrow::Cow;

const BUCKET: &str = "aws_s3_bucket";
const BLOCK: &str = "aws_s3_bucket_public_access_block";
const POLICY: &str = "aws_s3_bucket_policy";
const ACCOUNT: &str = "aws_s3_account_public_access_block";

/// How many references may lie between a policy and its bucket.
const HOPS: usize = 4;

type Instance<'a> = (u32, NodeRef, Option<&'a Key>);

/// The public access blocks of a root.
pub struct PublicAccess<'a> {
    /// The bodies of S3's resources, which lead to their bucket.
    bodies: HashMap<Instance<'a>, (&'a str, Cursor<'a>)>,
    /// Whether public policies are stopped, by bucket.
    stopped: Vec<(Bucket<'a>, Truth)>,
    /// Stopped for every bucket of the account.
    everywhere: Truth,
}

/// What is known of which bucket is meant.
struct Bucket<'a> {
    instance: Option<Instance<'a>>,
    name: Option<String>,
    /// Whether it is certainly no bucket that is declared, or that is named otherwise.
    settled: bool,
}

impl<'a> PublicAccess<'a> {
    /// The blocks among resources. `body` gives a resource's evaluated body.
    pub fn new(
        files: &'a [File],
        resources: &[&'a Resource],
        body: fn(&'a [File], &'a Resource) -> Cursor<'a>,
    ) -> Self {
        let mut found =
            Self { bodies: HashMap::new(), stopped: Vec::new(), everywhere: Truth::False };
        let storage = resources.iter().filter_map(|&resource| {
            let block = resource.block().filter(|block| {
                block.category == Category::Managed && block.kind.starts_with("aws_s3_")
            })?;
            Some((resource, block.kind.as_str(), body(files, resource)))
        });
        let storage: Vec<_> = storage.collect();
        for &(resource, kind, cursor) in &storage {
            if let Some(instance) = &resource.instance {
                let key = (instance.module, resource.node, instance.key.as_ref());
                found.bodies.insert(key, (kind, cursor));
            }
        }
        for (resource, kind, cursor) in storage {
            let stops = stops(cursor);
            let stops = if resource.certain { stops } else { stops.and(Truth::Unknown) };
            match kind {
                ACCOUNT => found.everywhere = found.everywhere.or(stops),
                BLOCK => {
                    let bucket = found.bucket(cursor.key("bucket"));
                    found.stopped.push((bucket, stops));
                }
                _ => {}
            }
        }
        found
    }

    /// Whether public policies are stopped for the bucket that a resource is, or is for; as a value
    /// at `place`. None for resources of other types.
    pub fn stopped(&self, resource: &'a Resource, body: Cursor<'a>, place: Place) -> Option<Value> {
        let instance = resource.instance.as_ref()?;
        let bucket = match resource.block()?.kind.as_str() {
            BUCKET => Self::declared((instance.module, resource.node, instance.key.as_ref()), body),
            POLICY => self.bucket(body.key("bucket")),
            _ => return None,
        };
        let each = self.stopped.iter().map(|(other, stops)| same(&bucket, other).and(*stops));
        Some(Value::truth(self.everywhere.or(Truth::any(each)), place))
    }

    fn declared(instance: Instance<'a>, body: Cursor<'a>) -> Bucket<'a> {
        let name = body.key("bucket");
        let settled = name.text().is_some() || name.shape() == Shape::Absent;
        let name = name.text().map(Cow::into_owned);
        Bucket { instance: Some(instance), name, settled }
    }

    fn bucket(&self, named: Cursor<'a>) -> Bucket<'a> {
        let mut at = named;
        for _ in 0..HOPS {
            let Some(symbol) = at.symbol() else { break };
            let key = instance(symbol);
            match self.bodies.get(&key) {
                Some(&(BUCKET, body)) => return Self::declared(key, body),
                Some(&(_, body)) => at = body.key("bucket"),
                None => break,
            }
        }
        let name = at.text().map(Cow::into_owned);
        Bucket { instance: None, settled: name.is_some(), name }
    }
}

/// Whether two are the same bucket.
fn same(one: &Bucket<'_>, other: &Bucket<'_>) -> Truth {
    match (&one.instance, &other.instance, &one.name, &other.name) {
        (Some(one), Some(other), ..) => Truth::of(one == other),
        (_, _, Some(one), Some(other)) => Truth::of(one == other),
        _ if one.settled && other.settled => Truth::False,
        _ => Truth::Unknown,
    }
}

/// Whether a public access block refuses public policies, or takes their effect away.
fn stops(body: Cursor<'_>) -> Truth {
    Truth::any(["block_public_policy", "restrict_public_buckets"].map(|key| {
        let value = body.key(key);
        match (value.shape(), value.text()) {
            (Shape::Absent, _) => Truth::False,
            (_, Some(text)) => Truth::of(text == "true"),
            (_, None) => Truth::Unknown,
        }
    }))
}

fn instance(symbol: &Symbol) -> Instance<'_> {
    (symbol.module, symbol.block, symbol.key.as_ref())
}
