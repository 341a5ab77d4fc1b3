//! Variables, locals and outputs of module instances, and the instances themselves.

use super::types::{self, Declaration};
use super::{Caller, Evaluation, Level, MAX_MODULES, MAX_NESTING, Module, Scope, State};
use crate::input::tree::{NodeKind, Text};
use crate::model::cursor::Cursor;
use crate::model::datum::{Datum, Key, Reason};
use crate::model::resource::Resource;
use crate::model::terraform::conversion::{self, Type};
use crate::model::terraform::declared::is_automatic;
use crate::model::terraform::local_source;
use crate::model::terraform::terragrunt::Input;
use crate::model::value::NodeRef;
use foldhash::HashMap;
use std::cell::{OnceCell, RefCell};

type Memo<'a> = RefCell<HashMap<&'a str, State>>;

impl<'a> Evaluation<'a> {
    /// Looks a value up, or computes it once.
    fn once(
        &self,
        memo: &Memo<'a>,
        name: &'a str,
        node: NodeRef,
        compute: impl FnOnce() -> Datum,
    ) -> Datum {
        let state = memo.borrow().get(name).cloned();
        match state {
            Some(State::Done(value)) => return value,
            Some(State::Working) => return self.wrong(node, "This value depends on itself."),
            None => {}
        }
        memo.borrow_mut().insert(name, State::Working);
        let value = compute();
        memo.borrow_mut().insert(name, State::Done(value.clone()));
        value
    }

    /// The value of a variable of a module instance.
    pub(super) fn variable(&self, module: u32, name: &'a str) -> Datum {
        let instance = self.module(module);
        let Some((&name, &node)) = instance.declared.variables.get_key_value(name) else {
            return Datum::unknown(Reason::Variable);
        };
        self.once(&instance.variables, name, node, || self.supplied(module, &instance, name, node))
    }

    fn supplied(&self, module: u32, instance: &Module<'a>, name: &str, node: NodeRef) -> Datum {
        let declaration = self.declaration(node);
        let given = match &instance.caller {
            Some(caller) => {
                self.entry(caller.call, name).map(|argument| self.eval(argument, &caller.scope))
            }
            None => self.given(instance, name, &declaration.kind),
        };
        let null = given.as_ref().is_some_and(Datum::is_null);
        let given = given.filter(|_| !null || declaration.nullable);
        if given.is_none()
            && self.outside.plan.is_none()
            && let Some(default) = self.fixed(module, node, &declaration)
        {
            return default;
        }
        let value = match (given, declaration.default) {
            (Some(value), _) => value,
            (None, Some(default)) => self.eval(default, &Scope::of(module)),
            (None, None) => Datum::unknown(Reason::Variable),
        };
        let value = match &instance.caller {
            None => self.planned_variable(name, value),
            Some(_) => value,
        };
        match conversion::convert(&value, &declaration.kind) {
            Ok(converted) => converted,
            Err(message) => {
                let at = value.at.unwrap_or(node);
                self.wrong(at, format!("`{name}` does not take this: {message}"))
            }
        }
    }

    /// The default of a variable, if it is the same in every root and nothing is wrong with it.
    fn fixed(&self, module: u32, node: NodeRef, declaration: &Declaration) -> Option<Datum> {
        self.configuration.default(node, || {
            let default = declaration.default.filter(|default| self.is_constant(*default))?;
            if !self.entry(node, "type").is_none_or(|kind| self.is_plain(kind)) {
                return None;
            }
            let errors = self.errors.get();
            let value = self.eval(default, &Scope::of(module));
            let converted = conversion::convert(&value, &declaration.kind).ok();
            converted.filter(|value| self.errors.get() == errors && value.is_known())
        })
    }

    /// The value that files or the command line give to a variable of the root module.
    fn given(&self, instance: &Module<'a>, name: &str, kind: &Type) -> Option<Datum> {
        let texts = self.outside.given.texts.iter().rev();
        if let Some((_, text)) = texts.clone().find(|(given, _)| given == name) {
            return Some(types::given(text, kind));
        }
        let named = self.outside.given.files.iter().rev();
        let named = named.filter_map(|path| self.paths.get(path.as_str())).filter_map(|id| {
            let file = &self.files[*id as usize];
            let node = *file.tree.documents.first()?;
            Some(NodeRef { file: file.id, node })
        });
        let automatic = instance.declared.values.iter().rev();
        let automatic = automatic.filter(|(path, _)| is_automatic(path));
        // `terraform.tfvars` is read before `*.auto.tfvars`.
        let (plain, auto): (Vec<_>, Vec<_>) = automatic.partition(|(path, _)| {
            path.rsplit('/').next().is_some_and(|name| name.starts_with("terraform.tfvars"))
        });
        let automatic = auto.into_iter().chain(plain).map(|(_, node)| *node);
        let written = named.chain(automatic).find_map(|values| self.entry(values, name));
        if let Some(value) = written {
            return Some(self.eval(value, &Scope::of(0)));
        }
        if let Some(unit) = self.outside.unit {
            return match unit.input(self.files, name) {
                Input::Written(node) if self.is_constant(node) => {
                    Some(self.eval(node, &Scope::of(0)))
                }
                Input::Nothing => None,
                _ => Some(Datum::unknown(Reason::Terragrunt)),
            };
        }
        let (_, text) =
            self.outside.given.environment.iter().rev().find(|(given, _)| given == name)?;
        Some(types::given(text, kind))
    }

    /// What a `variable` block says.
    fn declaration(&self, node: NodeRef) -> Declaration {
        let nullable = self.entry(node, "nullable").is_none_or(|value| {
            !matches!(&self.syntax(value).kind, NodeKind::Scalar(_, text)
                if self.file(value).text(text) == "false")
        });
        let kind = self.entry(node, "type").map_or(Type::Any, |kind| self.constraint(kind));
        Declaration { kind, default: self.entry(node, "default"), nullable }
    }

    /// The value of a local.
    pub(super) fn local(&self, node: NodeRef, module: u32, name: &str) -> Datum {
        let instance = self.module(module);
        let Some((&name, &value)) = instance.declared.locals.get_key_value(name) else {
            return Datum::unknown(Reason::Variable);
        };
        self.once(&instance.locals, name, node, || self.eval(value, &Scope::of(module)))
    }

    /// The value of an output of a module instance.
    pub(super) fn output(&self, node: NodeRef, module: u32, name: &str) -> Datum {
        let instance = self.module(module);
        let Some((&name, &output)) = instance.declared.outputs.get_key_value(name) else {
            return Datum::unknown(Reason::RemoteModule);
        };
        let Some(value) = self.entry(output, "value") else {
            return Datum::unknown(Reason::Invalid);
        };
        self.once(&instance.outputs, name, node, || self.eval(value, &Scope::of(module)))
    }

    /// The instance of a called module.
    pub(super) fn child(&self, module: u32, call: &'a Resource, key: Option<&Key>) -> Option<u32> {
        let address = (module, call.node, key.cloned());
        if let Some(known) = self.children.borrow().get(&address) {
            return *known;
        }
        let found = self.instantiate(module, call, key);
        self.children.borrow_mut().insert(address, found);
        found
    }

    fn instantiate(&self, module: u32, call: &'a Resource, key: Option<&Key>) -> Option<u32> {
        let parent = self.module(module);
        let body = Cursor::node(self.files, call.node);
        let name = call.block().map_or("", |block| block.name.as_str());
        let path = if parent.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", parent.path)
        };
        let folder = local_source(parent.declared.folder, body).or_else(|| {
            let root = self.module(0).declared.folder.to_owned();
            self.configuration.vendored.get(&(root, path.clone())).cloned()
        });
        let declared =
            folder.as_ref().and_then(|folder| self.configuration.folders.get(folder.as_str()));
        let Some(declared) = declared else {
            // What it creates, a plan may show.
            if self.planned_keys(module, call).is_none() {
                let source = body.key("source").text().unwrap_or_default().into_owned();
                self.remote.borrow_mut().insert(source);
            }
            return None;
        };
        if parent.nesting >= MAX_NESTING {
            let message = "Modules are nested too deeply here (or call themselves).";
            self.report(call.node, Level::Error, "terraform-limit", message.to_owned());
            return None;
        }
        if self.modules.borrow().len() >= MAX_MODULES {
            let message =
                "This root module has too many module instances; the rest is not looked at.";
            self.report(call.node, Level::Error, "terraform-limit", message.to_owned());
            return None;
        }
        let expansion = self.expansion(module, call);
        let instance = expansion.instances.iter().find(|(known, _)| known.as_ref() == key);
        let repetition = instance.map(|(_, repetition)| repetition.clone())?;
        let suffix = key.map_or_else(String::new, Key::suffix);
        let scope = Scope { repetition, ..Scope::of(module) };
        Some(self.add(Module {
            declared,
            prefix: format!("{}module.{name}{suffix}.", parent.prefix),
            path,
            caller: Some(Caller { call: call.node, scope }),
            call: if self.file(call.node).auxiliary { parent.call } else { Some(call.node) },
            nesting: parent.nesting + 1,
            certain: parent.certain && key != Some(&Key::Any),
            declared_here: OnceCell::new(),
            variables: RefCell::default(),
            locals: RefCell::default(),
            outputs: RefCell::default(),
        }))
    }

    /// The text of a name in syntax.
    pub(super) fn text(&self, node: NodeRef, text: &'a Text) -> &'a str {
        self.file(node).text(text)
    }
}
