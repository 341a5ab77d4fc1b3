//! Terraform's functions on sets. What they say of a set that is known in part holds whatever the
//! rest is.

use super::Outcome;
use super::argument::{self, Answer, Arguments, Entry, MAX_MEMBERS, Stop};
use super::collection::{gap_of, list, sequence};
use crate::model::datum::{Datum, Kind, List, Reason, Unknown};
use crate::model::fact::Truth;
use crate::model::terraform::conversion::{Type, common_type, convert, like, same, set_of};
use std::sync::Arc;

/// The most comparisons that one call makes.
const MAX_COMPARISONS: usize = 10_000_000;

/// Calls a function of this family.
pub fn call(name: &str, arguments: &[Datum]) -> Option<Outcome> {
    Some(argument::run(name, entry(name)?, arguments))
}

fn entry(name: &str) -> Option<Entry> {
    Some(match name {
        "setintersection" => (&["first_set", "other_sets..."], setintersection),
        "setproduct" => (&["sets..."], setproduct),
        "setsubtract" => (&["a", "b"], setsubtract),
        "setunion" => (&["first_set", "other_sets..."], setunion),
        _ => return None,
    })
}

/// Sets of one type; one of which nothing is known is open and empty, and says why.
struct Sets {
    sets: Vec<Arc<List>>,
    gap: Option<Unknown>,
}

impl Sets {
    fn of(arguments: &Arguments) -> Result<Self, Stop> {
        let mut gap = None;
        let mut sets = Vec::new();
        for place in arguments.rest(0) {
            let value = arguments.value(place)?;
            let wrong = |_| arguments.wrong(place, "set of any single type required");
            let set = convert(value, &Type::Set(Box::new(Type::Any))).map_err(wrong)?;
            if let Kind::Set(list) = set.kind {
                sets.push(list);
            } else {
                gap = gap.or_else(|| value.gap());
                sets.push(Arc::new(List { items: Vec::new(), open: Some(0) }));
            }
        }
        let wrong = || arguments.failed("given sets must all have compatible element types");
        let open = sets.iter().any(|set| set.open.is_some());
        let common = match common_type(sets.iter().flat_map(|set| &set.items)) {
            Some(common) => common,
            None if open => return Err(gap.map_or(Stop::because(Reason::Instances), Stop::from)),
            None => return Err(wrong()),
        };
        for set in &mut sets {
            let items = set.items.iter().map(|item| like(item, &common)).collect();
            if let Kind::Set(converted) = set_of(items, set.open.is_some()) {
                *set = converted;
            }
        }
        let work = sets.iter().map(|set| set.items.len()).max().unwrap_or(0);
        let work = work.saturating_mul(sets.iter().map(|set| set.items.len()).sum());
        if work > MAX_COMPARISONS && sets.len() > 1 {
            return Err(Stop::because(Reason::Limit));
        }
        Ok(Self { sets, gap })
    }

    fn result(self, members: Vec<Datum>, open: bool) -> Answer {
        if members.len() > MAX_MEMBERS {
            return Err(Stop::because(Reason::Limit));
        }
        match self.gap {
            Some(gap) if open && members.is_empty() => Err(gap.into()),
            _ => Ok(Datum::new(set_of(members, open))),
        }
    }
}

fn within(set: &List, member: &Datum) -> Truth {
    let more = if set.open.is_some() { Truth::Unknown } else { Truth::False };
    more.or(Truth::any(set.items.iter().map(|other| same(other, member))))
}

fn empty(set: &List) -> bool {
    set.items.is_empty() && set.open.is_none()
}

fn setunion(arguments: &Arguments) -> Answer {
    let all = Sets::of(arguments)?;
    let open = all.sets.iter().any(|set| set.open.is_some());
    let members = all.sets.iter().flat_map(|set| set.items.iter().cloned()).collect();
    all.result(members, open)
}

fn setintersection(arguments: &Arguments) -> Answer {
    let all = Sets::of(arguments)?;
    if all.sets.iter().any(|set| empty(set)) {
        return all.result(Vec::new(), false);
    }
    let Some((first, others)) = all.sets.split_first() else {
        return Err(arguments.failed("a set is required"));
    };
    let mut open = first.open.is_some();
    let mut members = Vec::new();
    for member in &first.items {
        match Truth::all(others.iter().map(|other| within(other, member))) {
            Truth::True => members.push(member.clone()),
            Truth::Unknown => open = true,
            Truth::False => {}
        }
    }
    all.result(members, open)
}

fn setsubtract(arguments: &Arguments) -> Answer {
    let all = Sets::of(arguments)?;
    let [from, what] = &all.sets[..] else {
        return Err(arguments.failed("two sets are required"));
    };
    let mut open = from.open.is_some();
    let mut members = Vec::new();
    for member in &from.items {
        match within(what, member) {
            Truth::True => {}
            Truth::Unknown => open = true,
            Truth::False => members.push(member.clone()),
        }
    }
    all.result(members, open)
}

fn setproduct(arguments: &Arguments) -> Answer {
    if arguments.values.len() < 2 {
        return Err(arguments.failed("at least two arguments are required"));
    }
    let mut factors = Vec::new();
    let (mut set, mut gap) = (false, None);
    for place in arguments.rest(0) {
        let value = arguments.value(place)?;
        let to = Type::List(Box::new(Type::Any));
        set |= matches!(value.kind, Kind::Set(_));
        match &value.kind {
            Kind::Unknown(_) | Kind::Instance(_) => gap = gap.or_else(|| value.gap()),
            Kind::List(_) | Kind::Set(_) => {
                let list = convert(value, &to)
                    .map_err(|_| arguments.wrong(place, "a set or a list is required"))?;
                if let Some(list) = sequence(&list)? {
                    factors.push(list.into_owned());
                }
            }
            _ => return Err(arguments.wrong(place, "a set or a list is required")),
        }
    }
    if let Some(gap) = gap {
        return Err(gap.into());
    }
    let open = factors.iter().any(|factor| factor.open.is_some());
    let nothing = factors.iter().any(empty);
    let size = factors.iter().map(|factor| factor.items.len()).fold(1, usize::saturating_mul);
    if size.saturating_mul(factors.len()) > MAX_MEMBERS {
        return Err(Stop::because(Reason::Limit));
    }
    let mut rows: Vec<Vec<Datum>> = vec![Vec::with_capacity(factors.len())];
    for factor in &factors {
        let extended = |row: &Vec<Datum>| {
            let row = row.clone();
            let with =
                move |item: &Datum| row.iter().chain([item]).cloned().collect::<Vec<Datum>>();
            factor.items.iter().map(with).collect::<Vec<_>>()
        };
        rows = rows.iter().flat_map(extended).collect();
    }
    let items: Vec<Datum> = rows.into_iter().map(Datum::list).collect();
    if items.is_empty() && open && !nothing {
        let first = arguments.values.iter().find(|value| !value.is_known());
        return Err(first.map_or(Stop::because(Reason::Instances), gap_of));
    }
    let open = open && !nothing;
    if set { Ok(Datum::new(set_of(items, open))) } else { list(items, open.then_some(0)) }
}
