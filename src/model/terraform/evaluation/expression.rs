//! Expressions to values.

use super::{Evaluation, MAX_DEPTH, MAX_ELEMENTS, MAX_STEPS, Scope};
use crate::input::scalar::Scalar;
use crate::input::tree::{Entry, For, NodeId, NodeKind, Operation, Part, Style, Text};
use crate::model::datum::{Datum, Json, Key, Kind, List, Map, Piece, Reason, Unknown};
use crate::model::number::Number;
use crate::model::terraform::conversion::{self, Type};
use crate::model::terraform::function;
use crate::model::value::NodeRef;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Texts longer than this are not built.
const MAX_TEXT: usize = 16 << 20;

impl<'a> Evaluation<'a> {
    /// The value of an expression.
    pub(super) fn eval(&self, node: NodeRef, scope: &Scope) -> Datum {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAX_STEPS {
            return self.beyond(node, "This root module takes too much work to evaluate.");
        }
        if self.depth.get() >= MAX_DEPTH {
            return self.beyond(node, "This expression leads through too many others.");
        }
        self.depth.set(self.depth.get() + 1);
        let value = stacker::maybe_grow(128 << 10, 2 << 20, || self.evaluated(node, scope));
        self.depth.set(self.depth.get() - 1);
        self.seen_at(value, node)
    }

    fn evaluated(&self, node: NodeRef, scope: &Scope) -> Datum {
        let at = |id: NodeId| NodeRef { file: node.file, node: id };
        match &self.syntax(node).kind {
            NodeKind::Scalar(style, text) => self.scalar(node, *style, text, scope),
            NodeKind::List { items, blocks: true } => {
                Datum::list(items.iter().map(|&item| self.block(at(item), scope)).collect())
            }
            NodeKind::List { items, .. } => {
                Datum::list(items.iter().map(|&item| self.eval(at(item), scope)).collect())
            }
            NodeKind::Map { entries, .. } => self.object(node, entries, scope),
            NodeKind::Alias(target) => self.eval(at(*target), scope),
            NodeKind::Template(parts) => self.template(node, parts, scope),
            NodeKind::Call { name, args } => {
                let name = self.file(node).text(name);
                self.call(node, name, args, scope)
            }
            NodeKind::Name(name) => self.name(node, self.file(node).text(name), scope),
            NodeKind::Operation(operation) => self.operation(node, operation, scope),
            NodeKind::Expression => Datum::unknown(Reason::Invalid),
            NodeKind::Masked => Datum::unknown(Reason::Masked),
        }
    }

    fn scalar(&self, node: NodeRef, style: Style, text: &Text, scope: &Scope) -> Datum {
        let written = self.file(node).text(text);
        if matches!(style, Style::Plain | Style::Empty) {
            return match Scalar::read(style, written) {
                Scalar::Null => Datum::null(),
                Scalar::Bool(value) => Datum::bool(value),
                Scalar::Int(value) => Datum::int(value),
                Scalar::Float(_) | Scalar::Text(_) => Datum::text(written),
            };
        }
        if style == Style::Literal {
            return match written {
                "null" => Datum::null(),
                "true" => Datum::bool(true),
                "false" => Datum::bool(false),
                number => match Number::parse(number) {
                    Some(number) => Datum::new(Kind::Number(number)),
                    None => self.wrong(node, "This number is out of range."),
                },
            };
        }
        match self.syntax(node).embedded {
            Some(inner) => {
                let document = self.eval(NodeRef { file: node.file, node: inner }, scope);
                Datum::new(Kind::Json(Arc::new(Json { text: Some(written.into()), document })))
            }
            None => Datum::text(written),
        }
    }

    fn object(&self, node: NodeRef, entries: &[Entry], scope: &Scope) -> Datum {
        let file = self.file(node);
        let mut map = Map::default();
        for entry in entries {
            let value = NodeRef { file: node.file, node: entry.value };
            let name = file.text(&entry.key);
            if !name.is_empty() {
                map.entries.insert(name.into(), self.eval(value, scope));
                continue;
            }
            let computed = match &self.syntax(value).kind {
                NodeKind::Operation(Operation::Computed(key, inner)) => Some((*key, *inner)),
                // A key that cannot be read.
                NodeKind::Expression | NodeKind::Masked => {
                    map.open = true;
                    continue;
                }
                _ => None,
            };
            let Some((key, inner)) = computed else {
                map.entries.insert("".into(), self.eval(value, scope));
                continue;
            };
            let key = self.eval(NodeRef { file: node.file, node: key }, scope);
            let inner = self.eval(NodeRef { file: node.file, node: inner }, scope);
            match self.key_text(&key, value) {
                Ok(Some(key)) => {
                    map.entries.insert(key, inner);
                }
                Ok(None) => {
                    map.open = true;
                    map.unnamed.push(inner);
                }
                Err(wrong) => return wrong,
            }
        }
        Datum::new(Kind::Map(Arc::new(map)))
    }

    /// The text of a map's key; none where it cannot be told.
    fn key_text(&self, key: &Datum, node: NodeRef) -> Result<Option<Arc<str>>, Datum> {
        if key.is_null() {
            return Err(self.wrong(node, "The key of a map must not be null."));
        }
        Ok(conversion::whole_text(&self.text_of(key, node)?))
    }

    /// The value as a text, or the unknown that stands for the whole where it has none.
    fn text_of(&self, value: &Datum, node: NodeRef) -> Result<Datum, Datum> {
        match conversion::to_text(value) {
            Ok(text) => Ok(text),
            Err(message) => Err(self.wrong(node, message)),
        }
    }

    fn template(&self, node: NodeRef, parts: &[Part], scope: &Scope) -> Datum {
        let file = self.file(node);
        let (mut text, mut origin) = (Joined::default(), None);
        for part in parts {
            match part {
                Part::Literal(literal) => text.push(&Datum::text(file.text(literal))),
                Part::Hole(_, None) => text.pieces.push(Piece::Hole(Reason::Invalid.into())),
                Part::Hole(_, Some(inner)) => {
                    let inner = NodeRef { file: node.file, node: *inner };
                    let value = self.eval(inner, scope);
                    if value.is_null() {
                        let message = "A null value cannot be part of a text.";
                        return self.fails(inner, &[&value], message);
                    }
                    match self.text_of(&value, inner) {
                        Ok(value) => text.push(&value),
                        Err(unknown) => return unknown,
                    }
                    origin = origin.or(value.origin);
                }
            }
            if text.size > MAX_TEXT {
                return self.beyond(node, "This text is too long.");
            }
        }
        let mut value = conversion::text_of(text.pieces);
        if let Some(root) = self.syntax(node).embedded {
            let document = self.eval(NodeRef { file: node.file, node: root }, scope);
            let text = match value.kind {
                Kind::Text(text) => Some(text),
                _ => None,
            };
            value = Datum::new(Kind::Json(Arc::new(Json { text, document })));
        } else {
            value = as_document(value);
        }
        value.origin = origin;
        value
    }

    fn operation(&self, node: NodeRef, operation: &'a Operation, scope: &Scope) -> Datum {
        let at = |id: NodeId| NodeRef { file: node.file, node: id };
        match operation {
            Operation::Traversal(base, steps) => self.traversal(node, at(*base), steps, scope),
            Operation::Unary(operator, operand) => {
                let operand = self.eval(at(*operand), scope);
                self.unary(node, *operator, &operand)
            }
            Operation::Binary(left, operator, right) => {
                self.binary(node, at(*left), *operator, at(*right), scope)
            }
            Operation::Conditional(condition, yes, no) => {
                self.conditional(at(*condition), at(*yes), at(*no), scope)
            }
            Operation::For(one) => self.repeat(node, one, scope),
            Operation::Expand(list) => self.eval(at(*list), scope),
            Operation::Computed(..) => Datum::unknown(Reason::Invalid),
        }
    }

    fn conditional(&self, condition: NodeRef, yes: NodeRef, no: NodeRef, scope: &Scope) -> Datum {
        let decided = self.eval(condition, scope);
        let origin = decided.origin;
        let mut value = match self.truth(&decided, condition) {
            Ok(true) => self.like(self.eval(yes, scope), no, scope),
            Ok(false) => self.like(self.eval(no, scope), yes, scope),
            Err(unknown) => {
                let (yes, no) = (self.eval(yes, scope), self.eval(no, scope));
                let same = yes.is_known()
                    && no.is_known()
                    && conversion::equals(&yes, &no) == crate::model::fact::Truth::True;
                if same { yes } else { unknown }
            }
        };
        value.origin = value.origin.or(origin);
        value
    }

    /// Of two branches the one that counts, in the type that both have: a number beside a text is a
    /// text, a tuple beside a set is a set.
    fn like(&self, value: Datum, other: NodeRef, scope: &Scope) -> Datum {
        if !matches!(value.kind, Kind::Number(_) | Kind::Bool(_) | Kind::List(_)) {
            return value;
        }
        let (errors, quiet) = (self.errors.get(), self.quiet.get());
        self.quiet.set(quiet + 1);
        let other = self.eval(other, scope);
        self.quiet.set(quiet);
        self.errors.set(errors);
        let converted = match (&value.kind, &other.kind) {
            (Kind::Number(_) | Kind::Bool(_), Kind::Text(_) | Kind::Partial(_)) => {
                conversion::to_text(&value)
            }
            (Kind::List(_), Kind::Set(_)) => {
                conversion::convert(&value, &Type::Set(Box::new(Type::Any)))
            }
            _ => return value,
        };
        match converted {
            Ok(converted) => Datum { kind: converted.kind, at: value.at, origin: value.origin },
            Err(_) => value,
        }
    }

    /// A condition's truth; the unknown that stands for the result where it cannot be told.
    pub(super) fn truth(&self, value: &Datum, node: NodeRef) -> Result<bool, Datum> {
        match &value.kind {
            Kind::Bool(truth) => Ok(*truth),
            Kind::Text(text) if &**text == "true" => Ok(true),
            Kind::Text(text) if &**text == "false" => Ok(false),
            Kind::Unknown(unknown) => Err(undecided(unknown)),
            Kind::Partial(_) => Err(value.gap().map_or_else(Datum::null, |gap| undecided(&gap))),
            Kind::Null => Err(self.fails(node, &[value], "A condition must not be null.")),
            _ => Err(self.wrong(node, "A condition must be true or false.")),
        }
    }

    fn repeat(&self, node: NodeRef, one: &For, scope: &Scope) -> Datum {
        let file = self.file(node);
        let at = |id: NodeId| NodeRef { file: node.file, node: id };
        let collection = self.eval(at(one.collection), scope);
        let Some((elements, open)) = self.elements(&collection) else {
            return match &collection.kind {
                Kind::Unknown(unknown) if one.text => {
                    Datum::new(Kind::Partial([Piece::Hole(plain(unknown))].into()))
                }
                Kind::Unknown(unknown) => undecided(unknown),
                Kind::Null => self.wrong(at(one.collection), "A `for` cannot go through null."),
                _ => self
                    .wrong(at(one.collection), "A `for` needs a list, a set, a map or an object."),
            };
        };
        if elements.len() > MAX_ELEMENTS {
            let message = format!("This `for` goes through more than {MAX_ELEMENTS} elements.");
            return self.beyond(node, message);
        }
        let mut results = Results { open, ..Results::default() };
        for (position, (key, element)) in elements.into_iter().enumerate() {
            let mut inner = scope.with(file.text(&one.value), element);
            if let Some(name) = &one.key {
                inner = inner.with(file.text(name), key);
            }
            if let Some(condition) = one.condition {
                let condition = at(condition);
                match self.truth(&self.eval(condition, &inner), condition) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(unknown) if unknown.as_unknown().is_some_and(is_invalid) => return unknown,
                    Err(_) => {
                        results.open = true;
                        results.placed.get_or_insert(results.items.len());
                        continue;
                    }
                }
            }
            if results.open && open && position == 0 {
                results.placed.get_or_insert(first_open(&collection));
            }
            let value = self.eval(at(one.result), &inner);
            let Some(new_key) = one.new_key else {
                results.items.push(value);
                continue;
            };
            match self.key_text(&self.eval(at(new_key), &inner), at(new_key)) {
                Ok(Some(key)) => results.keyed.entry(key).or_default().push(value),
                Ok(None) => results.open = true,
                Err(unknown) => return unknown,
            }
        }
        self.collect(node, one, results)
    }

    fn collect(&self, node: NodeRef, one: &For, results: Results) -> Datum {
        if one.text {
            let mut text = Joined::default();
            for value in &results.items {
                match self.text_of(value, node) {
                    Ok(value) => text.push(&value),
                    Err(unknown) => return unknown,
                }
                if text.size > MAX_TEXT {
                    return self.beyond(node, "This text is too long.");
                }
            }
            if results.open {
                text.pieces.push(Piece::Hole(Reason::Instances.into()));
            }
            return conversion::text_of(text.pieces);
        }
        if one.new_key.is_none() {
            let open = results.open.then(|| results.placed.unwrap_or(results.items.len()));
            return Datum::new(Kind::List(Arc::new(List { items: results.items, open })));
        }
        let mut map = Map { entries: BTreeMap::new(), open: results.open, ..Map::default() };
        for (key, mut values) in results.keyed {
            let value = if one.grouping {
                Datum::list(values)
            } else if values.len() > 1 {
                let message = "Two elements of this `for` give the same key.";
                return self.wrong(node, message);
            } else {
                values.remove(0)
            };
            map.entries.insert(key, value);
        }
        Datum::new(Kind::Map(Arc::new(map)))
    }

    /// Keys and elements of a collection, and whether there may be more.
    pub(super) fn elements(&self, collection: &Datum) -> Option<(Vec<(Datum, Datum)>, bool)> {
        match &collection.kind {
            Kind::List(list) => {
                let placed = list.open.unwrap_or(list.items.len());
                let pair = |(index, item): (usize, &Datum)| {
                    let key = if index < placed {
                        Datum::int(i64::try_from(index).unwrap_or(i64::MAX))
                    } else {
                        Datum::unknown(Reason::Instances)
                    };
                    (key, item.clone())
                };
                Some((list.items.iter().enumerate().map(pair).collect(), list.open.is_some()))
            }
            Kind::Set(list) => {
                let pair = |item: &Datum| (item.clone(), item.clone());
                Some((list.items.iter().map(pair).collect(), list.open.is_some()))
            }
            Kind::Map(map) => {
                let pair = |(key, value): (&Arc<str>, &Datum)| {
                    let key = Datum { at: value.at, ..Datum::text(key.clone()) };
                    (key, value.clone())
                };
                Some((map.entries.iter().map(pair).collect(), map.open))
            }
            // One that stands for an unknown number of instances.
            Kind::Instance(symbol) if symbol.key == Some(Key::Any) => {
                Some((vec![(Datum::unknown(Reason::Instances), collection.clone())], true))
            }
            Kind::Instance(symbol) => {
                let map = self.materialised(symbol);
                let whole = map.as_unknown().is_none();
                whole.then(|| self.elements(&map)).flatten()
            }
            _ => None,
        }
    }

    fn call(&self, node: NodeRef, name: &str, args: &[NodeId], scope: &Scope) -> Datum {
        let at = |id: &NodeId| NodeRef { file: node.file, node: *id };
        match name {
            "try" => return self.attempt(node, args, scope),
            "can" => {
                let [only] = args else { return self.wrong(node, "`can` takes one argument.") };
                return match self.tried(at(only), scope) {
                    Some(value) => match value.as_unknown() {
                        Some(unknown) => undecided(unknown),
                        None => Datum::bool(true),
                    },
                    None => Datum::bool(false),
                };
            }
            _ => {}
        }
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            let value = self.eval(at(arg), scope);
            let spread =
                matches!(self.syntax(at(arg)).kind, NodeKind::Operation(Operation::Expand(_)));
            match &value.kind {
                Kind::List(list) | Kind::Set(list) if spread => match list.open {
                    None => values.extend(list.items.iter().cloned()),
                    Some(_) => return Datum::unknown(Reason::Instances),
                },
                Kind::Unknown(unknown) if spread => return undecided(unknown),
                _ if spread => {
                    return self.wrong(at(arg), "Only a list can be spread over arguments.");
                }
                Kind::Instance(symbol) if name != "type" => values.push(self.materialised(symbol)),
                _ => values.push(value),
            }
        }
        let origin = values.iter().find_map(|value| value.origin);
        let broken = |value: &Datum| value.gap().as_ref().is_some_and(is_invalid);
        if values.iter().any(broken) {
            return Datum::unknown(Reason::Invalid);
        }
        let mut value = if let Some(value) = self.file_function(node, name, &values, scope) {
            value
        } else {
            match function::call(name, &values) {
                Some(Ok(value)) => {
                    let large = value.as_unknown().is_some_and(|u| u.reason == Reason::Limit);
                    let given = values.iter().any(|value| value.as_unknown().is_some());
                    if large && !given {
                        self.beyond(node, format!("The result of `{name}` is too large."))
                    } else {
                        value
                    }
                }
                Some(Err(message)) => {
                    let operands: Vec<&Datum> = values.iter().collect();
                    self.fails(node, &operands, message)
                }
                None if name.contains("::") => Datum::unknown(Reason::Function),
                // Gone since Terraform 0.15.
                None if name == "list" => Datum::list(values),
                None if name == "map" => Datum::unknown(Reason::Function),
                None => self.wrong(node, format!("There is no function `{name}`.")),
            }
        };
        value.origin = value.origin.or(origin);
        value
    }

    /// The value of an expression that may fail; none if it does.
    fn tried(&self, node: NodeRef, scope: &Scope) -> Option<Datum> {
        let (errors, quiet) = (self.errors.get(), self.quiet.get());
        self.quiet.set(quiet + 1);
        let value = self.eval(node, scope);
        self.quiet.set(quiet);
        let failed = self.errors.get() > errors;
        self.errors.set(errors);
        let invalid = value.as_unknown().is_some_and(is_invalid);
        (!failed && !invalid).then_some(value)
    }

    fn attempt(&self, node: NodeRef, args: &[NodeId], scope: &Scope) -> Datum {
        for arg in args {
            if let Some(value) = self.tried(NodeRef { file: node.file, node: *arg }, scope) {
                return value;
            }
        }
        self.wrong(node, "None of the arguments of `try` can be evaluated.")
    }
}

/// A text under construction.
#[derive(Default)]
struct Joined {
    pieces: Vec<Piece>,
    /// Bytes that are known so far.
    size: usize,
}

impl Joined {
    fn push(&mut self, value: &Datum) {
        let Some(pieces) = conversion::pieces(value) else {
            let gap = value.gap().unwrap_or_else(|| Reason::Invalid.into());
            self.pieces.push(Piece::Hole(gap));
            return;
        };
        for piece in pieces.iter() {
            if let Piece::Text(text) = piece {
                self.size += text.len();
            }
            self.pieces.push(piece.clone());
        }
    }
}

/// What a `for` has gathered.
#[derive(Default)]
struct Results {
    items: Vec<Datum>,
    keyed: BTreeMap<Arc<str>, Vec<Datum>>,
    open: bool,
    placed: Option<usize>,
}

fn first_open(collection: &Datum) -> usize {
    match &collection.kind {
        Kind::List(list) => list.open.unwrap_or(list.items.len()),
        _ => 0,
    }
}

fn is_invalid(unknown: &Unknown) -> bool {
    unknown.reason == Reason::Invalid
}

/// The same reason without the claim to be a certain attribute.
fn plain(unknown: &Unknown) -> Unknown {
    Unknown { reason: unknown.reason, symbol: None }
}

/// What depends on something unknown.
pub(super) fn undecided(unknown: &Unknown) -> Datum {
    Datum::from(plain(unknown))
}

/// A text that a template built and that looks like JSON, with its document; the places are lost.
pub(super) fn as_document(value: Datum) -> Datum {
    let Kind::Text(text) = &value.kind else { return value };
    let trimmed = text.trim_ascii();
    let between = |open, close| trimmed.starts_with(open) && trimmed.ends_with(close);
    if !(between('{', '}') || between('[', ']')) {
        return value;
    }
    match function::call("jsondecode", std::slice::from_ref(&value)) {
        Some(Ok(document)) if !matches!(document.kind, Kind::Unknown(_)) => {
            let json = Json { text: Some(text.clone()), document };
            Datum { kind: Kind::Json(Arc::new(json)), ..value }
        }
        _ => value,
    }
}
