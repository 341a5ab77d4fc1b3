//! Terraform's functions on lists. What they say of a list that is known in part holds whatever the
//! rest is.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, MAX_MEMBERS, Stop};
use super::choice::certain;
use crate::model::datum::{Datum, Kind, List, Reason, Unknown};
use crate::model::fact::Truth;
use crate::model::number::Number;
use crate::model::terraform::conversion::{
    Standing, Type, common_type, convert, equals, kind_name, like, list_of, pieces, same,
    standings, whole_text,
};
use std::borrow::Cow;
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

/// The most numbers that `range` gives.
const MAX_RANGE: usize = 1024;

/// The most comparisons that one call makes.
const MAX_COMPARISONS: usize = 10_000_000;

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    Some(argument::run(name, entry(name)?, arguments))
}

fn entry(name: &str) -> Option<Entry> {
    Some(match name {
        "alltrue" => (&["list"], |arguments| truths(arguments, true)),
        "anytrue" => (&["list"], |arguments| truths(arguments, false)),
        "chunklist" => (&["list", "size"], chunklist),
        "compact" => (&["list"], compact),
        "concat" => (&["seqs..."], concat),
        "contains" => (&["list", "value"], contains),
        "distinct" => (&["list"], distinct),
        "flatten" => (&["list"], flatten),
        "index" => (&["list", "value"], index),
        "length" => (&["value"], length),
        "matchkeys" => (&["values", "keys", "searchset"], matchkeys),
        "range" => (&["params..."], range),
        "reverse" => (&["list"], reverse),
        "slice" => (&["list", "start_index", "end_index"], slice),
        "sort" => (&["list"], sort),
        "sum" => (&["list"], sum),
        _ => return None,
    })
}

/// A list of a certain type of members.
pub(super) fn list_with(
    arguments: &Arguments,
    place: usize,
    inner: Type,
) -> Result<Arc<List>, Stop> {
    let to = Type::List(Box::new(inner));
    let value = arguments.value(place)?;
    let list = convert(value, &to)
        .map_err(|_| arguments.wrong(place, &format!("{} required", to.name())))?;
    match list.kind {
        Kind::List(list) => Ok(list),
        _ => Err(gap_of(value)),
    }
}

/// A list, tuple or set as it is, its members in order; none if it is anything else.
pub(super) fn sequence(value: &Datum) -> Result<Option<Cow<'_, List>>, Stop> {
    match &value.kind {
        Kind::List(list) => Ok(Some(Cow::Borrowed(list))),
        Kind::Set(set) => Ok(Some(Cow::Owned(list_of(set)))),
        Kind::Unknown(_) | Kind::Instance(_) => Err(gap_of(value)),
        _ => Ok(None),
    }
}

/// Why a value decides nothing.
pub(super) fn gap_of(value: &Datum) -> Stop {
    value.gap().map_or(Stop::because(Reason::Instances), Stop::from)
}

/// How many members stand where the list says.
pub(super) fn fixed(list: &List) -> usize {
    list.open.map_or(list.items.len(), |open| open.min(list.items.len()))
}

pub(super) fn list(items: Vec<Datum>, open: Option<usize>) -> Answer {
    if items.len() > MAX_MEMBERS {
        return Err(Stop::because(Reason::Limit));
    }
    Ok(Datum::new(Kind::List(Arc::new(List { items, open }))))
}

fn truths(arguments: &Arguments, all: bool) -> Answer {
    let value = arguments.value(0)?;
    let (Kind::List(members) | Kind::Set(members)) = &value.kind else {
        sequence(value)?;
        return Err(arguments.wrong(0, "list of bool required"));
    };
    let mut result = Truth::of(all);
    let mut add = |truth| result = if all { result.and(truth) } else { result.or(truth) };
    if members.open.is_some() {
        add(Truth::Unknown);
    }
    for member in &members.items {
        let member = convert(member, &Type::Bool);
        add(match member.map_err(|_| arguments.wrong(0, "a bool is required"))?.kind {
            Kind::Bool(truth) => Truth::of(truth),
            Kind::Null => Truth::False,
            _ => Truth::Unknown,
        });
    }
    decided(result, value)
}

fn decided(truth: Truth, value: &Datum) -> Answer {
    match truth {
        Truth::True => Ok(Datum::bool(true)),
        Truth::False => Ok(Datum::bool(false)),
        Truth::Unknown => Err(gap_of(value)),
    }
}

fn chunklist(arguments: &Arguments) -> Answer {
    let members = list_with(arguments, 0, Type::Any)?;
    let size = arguments.int(1)?;
    let Ok(size) = usize::try_from(size) else {
        return Err(arguments.failed("the size argument must be positive"));
    };
    if members.items.is_empty() {
        return list(Vec::new(), members.open);
    }
    if size == 0 {
        return list(vec![Datum::new(Kind::List(members))], None);
    }
    let Some(open) = members.open else {
        let chunks = members.items.chunks(size).map(|chunk| Datum::list(chunk.to_vec()));
        return list(chunks.collect(), None);
    };
    let certain = &members.items[..open.min(members.items.len())];
    let chunks = certain.chunks_exact(size).map(|chunk| Datum::list(chunk.to_vec()));
    let chunks: Vec<Datum> = chunks.collect();
    let open = Some(chunks.len());
    list(chunks, open)
}

fn compact(arguments: &Arguments) -> Answer {
    let members = list_with(arguments, 0, Type::Text)?;
    let fixed = fixed(&members);
    let mut kept = Vec::new();
    let mut open = None;
    for (place, member) in members.items.iter().enumerate() {
        if place >= fixed {
            open.get_or_insert(kept.len());
        }
        if member.is_null() || whole_text(member).as_deref() == Some("") {
            continue;
        }
        if certain(member) {
            kept.push(member.clone());
        } else {
            open.get_or_insert(kept.len());
        }
    }
    if members.open.is_some() {
        open.get_or_insert(kept.len());
    }
    list(kept, open)
}

fn concat(arguments: &Arguments) -> Answer {
    if arguments.values.is_empty() {
        return Err(arguments.failed("at least one argument is required"));
    }
    let mut joined = Joined::default();
    for place in arguments.rest(0) {
        let value = arguments.value(place)?;
        match &value.kind {
            Kind::List(list) => joined.extend(list)?,
            Kind::Unknown(_) | Kind::Instance(_) => joined.doubt(value),
            _ => {
                let got = kind_name(value);
                let what = format!("all arguments must be lists or tuples; got {got}");
                return Err(arguments.wrong(place, &what));
            }
        }
    }
    joined.finish()
}

/// Members put one after the other.
#[derive(Default)]
struct Joined {
    items: Vec<Datum>,
    open: Option<usize>,
    gap: Option<Unknown>,
}

impl Joined {
    fn extend(&mut self, list: &List) -> Result<(), Stop> {
        if self.items.len() + list.items.len() > MAX_MEMBERS {
            return Err(Stop::because(Reason::Limit));
        }
        if let Some(open) = list.open {
            self.open.get_or_insert(self.items.len() + open.min(list.items.len()));
        }
        self.items.extend(list.items.iter().cloned());
        Ok(())
    }

    /// Any number of members follows.
    fn doubt(&mut self, value: &Datum) {
        self.open.get_or_insert(self.items.len());
        self.gap = self.gap.take().or_else(|| value.gap());
    }

    fn finish(self) -> Answer {
        match self.gap {
            Some(gap) if self.items.is_empty() => Err(gap.into()),
            _ => list(self.items, self.open),
        }
    }
}

fn contains(arguments: &Arguments) -> Answer {
    let (members, wanted) = (arguments.value(0)?, arguments.value(1)?);
    let (Kind::List(list) | Kind::Set(list)) = &members.kind else {
        sequence(members)?;
        return Err(arguments.failed("argument must be list, tuple, or set"));
    };
    let more = if list.open.is_some() { Truth::Unknown } else { Truth::False };
    let found = more.or(Truth::any(list.items.iter().map(|item| equals(item, wanted))));
    decided(found, if wanted.is_known() { members } else { wanted })
}

fn distinct(arguments: &Arguments) -> Answer {
    let members = list_with(arguments, 0, Type::Any)?;
    let fixed = fixed(&members);
    let mut kept = Vec::new();
    let mut open = None;
    for (place, standing) in standings(&members.items).into_iter().enumerate() {
        if place >= fixed {
            open.get_or_insert(kept.len());
        }
        match standing {
            Standing::New => kept.push(members.items[place].clone()),
            Standing::Repeated => {}
            Standing::Doubtful => {
                open.get_or_insert(kept.len());
            }
        }
    }
    if members.open.is_some() {
        open.get_or_insert(kept.len());
    }
    list(kept, open)
}

fn flatten(arguments: &Arguments) -> Answer {
    let value = arguments.value(0)?;
    let Some(members) = sequence(value)? else {
        return Err(arguments.failed("can only flatten lists, sets and tuples"));
    };
    let mut joined = Joined::default();
    flatten_into(&members, &mut joined, 0)?;
    joined.finish()
}

fn flatten_into(members: &List, joined: &mut Joined, depth: usize) -> Result<(), Stop> {
    const MAX_DEPTH: usize = 256;
    let fixed = fixed(members);
    for (place, member) in members.items.iter().enumerate() {
        if depth > MAX_DEPTH || joined.items.len() > MAX_MEMBERS {
            return Err(Stop::because(Reason::Limit));
        }
        if place == fixed && members.open.is_some() {
            joined.open.get_or_insert(joined.items.len());
        }
        match &member.kind {
            Kind::Unknown(_) => joined.doubt(member),
            Kind::List(inner) => flatten_into(inner, joined, depth + 1)?,
            Kind::Set(inner) => flatten_into(&list_of(inner), joined, depth + 1)?,
            _ => joined.items.push(member.clone()),
        }
    }
    if members.open.is_some() {
        joined.open.get_or_insert(joined.items.len());
    }
    Ok(())
}

fn index(arguments: &Arguments) -> Answer {
    let (value, wanted) = (arguments.value(0)?, arguments.value(1)?);
    let members = match &value.kind {
        Kind::List(list) => list,
        Kind::Unknown(_) | Kind::Instance(_) => return Err(gap_of(value)),
        _ => return Err(arguments.failed("argument must be a list or tuple")),
    };
    if members.items.is_empty() && members.open.is_none() {
        return Err(arguments.failed("cannot search an empty list"));
    }
    for (place, member) in members.items[..fixed(members)].iter().enumerate() {
        match equals(member, wanted) {
            Truth::True => return Ok(Datum::int(i64::try_from(place).unwrap_or(i64::MAX))),
            Truth::False => {}
            Truth::Unknown if wanted.is_known() => return Err(gap_of(member)),
            Truth::Unknown => return Err(gap_of(wanted)),
        }
    }
    match members.open {
        Some(_) => Err(gap_of(value)),
        None => Err(arguments.failed("item not found")),
    }
}

fn length(arguments: &Arguments) -> Answer {
    let value = arguments.value(0)?;
    let length = match &value.kind {
        Kind::Text(_) | Kind::Json(_) | Kind::Partial(_) => {
            whole_text(value).map(|text| text.graphemes(true).count())
        }
        Kind::List(list) => list.open.is_none().then_some(list.items.len()),
        Kind::Set(set) => {
            let new = || standings(&set.items).iter().all(|one| *one == Standing::New);
            (set.open.is_none() && new()).then_some(set.items.len())
        }
        Kind::Map(map) => (!map.open).then_some(map.entries.len()),
        Kind::Unknown(_) | Kind::Instance(_) => None,
        Kind::Null | Kind::Bool(_) | Kind::Number(_) => {
            let what = "argument must be a string, a collection type, or a structural type";
            return Err(arguments.failed(what));
        }
    };
    match length {
        Some(length) => Ok(Datum::int(i64::try_from(length).unwrap_or(i64::MAX))),
        None => Err(gap_of(value)),
    }
}

fn matchkeys(arguments: &Arguments) -> Answer {
    let values = list_with(arguments, 0, Type::Any)?;
    let keys = list_with(arguments, 1, Type::Any)?;
    let wanted = list_with(arguments, 2, Type::Any)?;
    let closed = values.open.is_none() && keys.open.is_none();
    if closed && values.items.len() != keys.items.len() {
        return Err(arguments.failed("length of keys and values should be equal"));
    }
    let common = match common_type(keys.items.iter().chain(&wanted.items)) {
        Some(common) => common,
        None if keys.open.is_some() || wanted.open.is_some() => {
            return Err(Stop::because(Reason::Instances));
        }
        None => return Err(arguments.failed("keys and searchset must be of the same type")),
    };
    let wanted_items: Vec<Datum> = wanted.items.iter().map(|item| like(item, &common)).collect();
    let more = if wanted.open.is_some() { Truth::Unknown } else { Truth::False };
    let pairs = fixed(&values).min(fixed(&keys));
    if pairs.saturating_mul(wanted_items.len()) > MAX_COMPARISONS {
        return Err(Stop::because(Reason::Limit));
    }
    let mut kept = Vec::new();
    let mut open = None;
    for (value, key) in values.items.iter().zip(&keys.items).take(pairs) {
        let key = like(key, &common);
        match more.or(Truth::any(wanted_items.iter().map(|one| same(one, &key)))) {
            Truth::True => kept.push(value.clone()),
            Truth::False => {}
            Truth::Unknown => {
                open.get_or_insert(kept.len());
            }
        }
    }
    if !closed {
        open.get_or_insert(kept.len());
    }
    list(kept, open)
}

fn range(arguments: &Arguments) -> Answer {
    let numbers = arguments.rest(0).map(|place| arguments.number(place));
    let zero = Number::from(0);
    let (start, end, step) = match &numbers.collect::<Result<Vec<_>, _>>()?[..] {
        [end] => (zero.clone(), end.clone(), None),
        [start, end] => (start.clone(), end.clone(), None),
        [start, end, step] => (start.clone(), end.clone(), Some(step.clone())),
        _ => return Err(arguments.failed("must have one, two, or three arguments")),
    };
    let down = end < start;
    let step = step.unwrap_or_else(|| Number::from(if down { -1 } else { 1 }));
    if down && step > zero {
        return Err(arguments.failed("end must be greater than start when step is positive"));
    }
    if end > start && step < zero {
        return Err(arguments.failed("end must be less than start when step is negative"));
    }
    let mut items = Vec::new();
    let mut next = start;
    while if down { next > end } else { next < end } {
        if items.len() >= MAX_RANGE {
            return Err(arguments.failed("more than 1024 values were generated"));
        }
        let following = next.plus(&step);
        items.push(Datum::new(Kind::Number(next)));
        next = following;
    }
    list(items, None)
}

fn reverse(arguments: &Arguments) -> Answer {
    let value = arguments.value(0)?;
    let Some(members) = sequence(value)? else {
        let what = format!("can only reverse list or tuple values, not {}", kind_name(value));
        return Err(arguments.wrong(0, &what));
    };
    list(members.items.iter().rev().cloned().collect(), members.open.map(|_| 0))
}

fn slice(arguments: &Arguments) -> Answer {
    let value = arguments.value(0)?;
    let members = match &value.kind {
        Kind::List(list) => list,
        Kind::Unknown(_) | Kind::Instance(_) => return Err(gap_of(value)),
        Kind::Set(_) => {
            let what = "cannot slice a set, because its elements do not have indices";
            return Err(arguments.wrong(0, what));
        }
        _ => return Err(arguments.wrong(0, "must be a list or tuple value")),
    };
    let (start, end) = (arguments.int(1)?, arguments.int(2)?);
    let Ok(start) = usize::try_from(start) else {
        return Err(arguments.wrong(1, "start index must not be less than zero"));
    };
    let Some(end) = usize::try_from(end).ok().filter(|end| *end >= start) else {
        return Err(arguments.wrong(1, "start index must not be greater than end index"));
    };
    if members.open.is_none() && end > members.items.len() {
        let what = "end index must not be greater than the length of the list";
        return Err(arguments.wrong(2, what));
    }
    let fixed = fixed(members);
    let items = members.items[start.min(fixed)..end.min(fixed)].to_vec();
    let open = (end > fixed).then_some(items.len());
    list(items, open)
}

fn sort(arguments: &Arguments) -> Answer {
    let members = list_with(arguments, 0, Type::Text)?;
    if members.items.iter().any(Datum::is_null) {
        return Err(arguments.failed("a null string cannot be sorted"));
    }
    let mut known: Vec<(Arc<str>, &Datum)> = Vec::new();
    let mut rest = Vec::new();
    for member in &members.items {
        match whole_text(member) {
            Some(text) => known.push((text, member)),
            None => rest.push(member),
        }
    }
    known.sort_by(|(a, _), (b, _)| a.cmp(b));
    let doubt = members.open.is_some() || !rest.is_empty() && members.items.len() > 1;
    let items = known.into_iter().map(|(_, member)| member).chain(rest).cloned().collect();
    list(items, doubt.then_some(0))
}

fn sum(arguments: &Arguments) -> Answer {
    let value = arguments.value(0)?;
    let Some(members) = sequence(value)? else {
        return Err(arguments.wrong(0, "argument must be list, set, or tuple"));
    };
    if members.items.is_empty() && members.open.is_none() {
        return Err(arguments.wrong(0, "cannot sum an empty list"));
    }
    let mut total = Some(Number::from(0));
    for member in &members.items {
        total = match convert(member, &Type::Number).map(|number| number.kind) {
            Ok(Kind::Number(number)) => total.map(|total| total.plus(&number)),
            Ok(Kind::Unknown(_) | Kind::Instance(_)) => None,
            _ => {
                let what = "argument must be list, set, or tuple of number values";
                return Err(arguments.wrong(0, what));
            }
        };
    }
    match total.filter(|_| members.open.is_none()) {
        Some(total) => Ok(Datum::new(Kind::Number(total))),
        None => Err(gap_of(value)),
    }
}

/// Whether a text can be told apart from another one, such as the keys of a map.
pub(super) fn may_be(value: &Datum, key: &Arc<str>) -> Truth {
    if pieces(value).is_none() {
        return Truth::Unknown;
    }
    same(value, &Datum::text(key.clone()))
}
