//! A resource: one Kubernetes object or one Terraform block, with the place to name it by.

use super::datum::Key;
use super::value::{NodeRef, Value};
use crate::input::source::Place;
use std::borrow::Cow;
use std::sync::Arc;

/// What a resource is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identity {
    /// A Kubernetes API object.
    Object(Object),
    /// A Terraform block.
    Block(Block),
}

/// A Kubernetes object's identity as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Object {
    /// API group; empty for the core group.
    pub group: String,
    /// API version without group.
    pub version: String,
    /// Kind.
    pub kind: String,
    /// Namespace, if written and known.
    pub namespace: Option<String>,
    /// Name, if written and known.
    pub name: Option<String>,
}

/// What kind of Terraform block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// `resource`.
    Managed,
    /// `data`.
    Data,
    /// `provider`.
    Provider,
    /// `module`.
    Module,
    /// `variable`.
    Variable,
    /// `output`.
    Output,
    /// `locals`.
    Locals,
    /// `terraform`.
    Settings,
    /// A file of variable values.
    Values,
}

/// A Terraform block's identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Block {
    /// Which kind of block.
    pub category: Category,
    /// Resource type or provider name; empty elsewhere.
    pub kind: String,
    /// Name; empty where there is none.
    pub name: String,
}

/// A resource of one file.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its whole body.
    pub node: NodeRef,
    /// What to point at for the resource itself: the value of `kind`, or the block's header.
    pub header: Place,
    /// What it is.
    pub identity: Arc<Identity>,
    /// Whether it surely exists (a `count` or `for_each` that cannot be told leaves it open).
    pub certain: bool,
    /// Which instance of a Terraform block, or of an object that kustomizations change, this is; none
    /// for what is as written.
    pub instance: Option<Arc<Instance>>,
}

/// One instance of a Terraform block, or an object as a kustomization gives it.
#[derive(Debug, Default)]
pub struct Instance {
    /// The module instance, by its index in the evaluation of its root.
    pub module: u32,
    /// What addresses in that module begin with: `module.db["eu"].`; empty for the root module.
    pub prefix: String,
    /// The innermost call on the way to that module that stands in a file of the project.
    pub call: Option<NodeRef>,
    /// The key of `count` or `for_each`.
    pub key: Option<Key>,
    /// Statements of a policy document that another one replaces where it takes this one in.
    pub replaced: Vec<NodeRef>,
    /// The evaluated body, where it is not as written.
    pub body: Option<Value>,
    /// What an object's source calls it, where a kustomization may call it otherwise or a Terraform
    /// block makes it.
    pub written: Option<Identity>,
}

impl Resource {
    /// The address of the instance: `module.db["eu"].aws_db_instance.main[0]`; of an object, what it
    /// is called where it is judged.
    pub fn instance_address(&self) -> String {
        match &self.instance {
            _ if self.is_object_by_itself() => self.identity.address(),
            Some(instance) => {
                let suffix = instance.key.as_ref().map_or_else(String::new, Key::suffix);
                format!("{}{}{suffix}", instance.prefix, self.address())
            }
            None => self.address(),
        }
    }

    /// Whether it is an object that no Terraform block makes.
    fn is_object_by_itself(&self) -> bool {
        matches!(*self.source_identity(), Identity::Object(_))
    }

    /// The Terraform block that makes this object.
    pub fn maker(&self) -> Option<&Block> {
        match self.instance.as_ref()?.written.as_ref()? {
            Identity::Block(block) => Some(block),
            Identity::Object(_) => None,
        }
    }

    /// The module instance a Terraform block is judged in; 0 for the root module.
    pub fn module(&self) -> u32 {
        self.instance.as_ref().map_or(0, |instance| instance.module)
    }

    /// The Kubernetes object, if it is one.
    pub fn object(&self) -> Option<&Object> {
        match &*self.identity {
            Identity::Object(object) => Some(object),
            Identity::Block(_) => None,
        }
    }

    /// The Terraform block, if it is one.
    pub fn block(&self) -> Option<&Block> {
        match &*self.identity {
            Identity::Block(block) => Some(block),
            Identity::Object(_) => None,
        }
    }

    /// What its source calls it.
    fn source_identity(&self) -> Cow<'_, Identity> {
        match self.instance.as_ref().and_then(|instance| instance.written.as_ref()) {
            Some(written) => Cow::Borrowed(written),
            None => Cow::Borrowed(&self.identity),
        }
    }

    /// For people, as its source calls it: `NetworkPolicy shop/web`, `aws_db_instance.main`.
    pub fn title(&self) -> String {
        self.source_identity().title()
    }

    /// For machines: as the title, with the API group where there is one.
    pub fn address(&self) -> String {
        self.source_identity().address()
    }
}

impl Identity {
    fn title(&self) -> String {
        match self {
            Identity::Object(object) => {
                let name = object.name.as_deref().unwrap_or("(unnamed)");
                match &object.namespace {
                    Some(namespace) => format!("{} {namespace}/{name}", object.kind),
                    None => format!("{} {name}", object.kind),
                }
            }
            Identity::Block(block) => block.address(),
        }
    }

    fn address(&self) -> String {
        match self {
            Identity::Object(object) if !object.group.is_empty() => {
                format!("{}/{}", object.group, self.title())
            }
            _ => self.title(),
        }
    }
}

impl Block {
    /// The address inside its module, such as `aws_db_instance.main` or `data.x.y`.
    pub fn address(&self) -> String {
        let (kind, name) = (&self.kind, &self.name);
        match self.category {
            Category::Managed => format!("{kind}.{name}"),
            Category::Data => format!("data.{kind}.{name}"),
            Category::Provider => format!("provider.{kind}"),
            Category::Module => format!("module.{name}"),
            Category::Variable => format!("var.{name}"),
            Category::Output => format!("output.{name}"),
            Category::Locals => "locals".to_owned(),
            Category::Settings => "terraform".to_owned(),
            Category::Values => format!("variable values {name}"),
        }
    }
}
