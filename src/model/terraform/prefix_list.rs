//! AWS managed prefix lists: the addresses that stand behind a list's identifier in firewall rules,
//! whether its entries are written in the list or as resources of their own.

use crate::input::file::File;
use crate::model::cursor::{Cursor, Shape};
use crate::model::datum::{Key, Symbol};
use crate::model::resource::{Category, Resource};
use crate::model::value::{NodeRef, Value};
use foldhash::HashMap;

const LIST: &str = "aws_ec2_managed_prefix_list";
const ENTRY: &str = "aws_ec2_managed_prefix_list_entry";

/// The lists of a root.
#[derive(Default)]
pub struct PrefixLists<'a> {
    lists: HashMap<(u32, NodeRef, Option<&'a Key>), PrefixList>,
}

/// One list.
#[derive(Default)]
pub struct PrefixList {
    /// The addresses of its known entries.
    pub entries: Vec<Value>,
    /// Whether there may be more.
    pub open: bool,
}

impl<'a> PrefixLists<'a> {
    /// The lists among resources. `body` gives a resource's evaluated body.
    pub fn new(
        files: &'a [File],
        resources: &[&'a Resource],
        body: fn(&'a [File], &'a Resource) -> Cursor<'a>,
    ) -> Self {
        let mut lists = Self::default();
        for resource in managed(resources, LIST) {
            let Some(instance) = &resource.instance else { continue };
            let entries = body(files, resource).key("entry").items();
            let mut list = PrefixList { entries: Vec::new(), open: entries.open };
            for entry in entries.known {
                list.push(entry.key("cidr"));
            }
            let key = (instance.module, resource.node, instance.key.as_ref());
            lists.lists.insert(key, list);
        }
        if lists.lists.is_empty() {
            return lists;
        }
        for resource in managed(resources, ENTRY) {
            let entry = body(files, resource);
            let named = entry.key("prefix_list_id").symbol().map(key);
            match named.and_then(|key| lists.lists.get_mut(&key)) {
                Some(list) if resource.certain => list.push(entry.key("cidr")),
                Some(list) => list.open = true,
                None => lists.lists.values_mut().for_each(|list| list.open = true),
            }
        }
        lists
    }

    /// The list that a value names by reference.
    pub fn get(&self, named: Cursor<'a>) -> Option<&PrefixList> {
        self.lists.get(&key(named.symbol()?))
    }
}

impl PrefixList {
    fn push(&mut self, cidr: Cursor<'_>) {
        match cidr.shape() {
            Shape::Scalar => self.entries.push(cidr.to_value()),
            _ => self.open = true,
        }
    }
}

fn managed<'r, 'a: 'r>(
    resources: &'r [&'a Resource],
    kind: &'static str,
) -> impl Iterator<Item = &'a Resource> + 'r {
    resources.iter().copied().filter(move |resource| {
        resource
            .block()
            .is_some_and(|block| block.category == Category::Managed && block.kind == kind)
    })
}

fn key(symbol: &Symbol) -> (u32, NodeRef, Option<&Key>) {
    (symbol.module, symbol.block, symbol.key.as_ref())
}
