//! What is said of arguments that are known in part holds for whatever their holes hold.

use super::call;
use crate::input::source::FileId;
use crate::input::tree::NodeId;
use crate::model::datum::{Datum, Kind, List, Piece, Reason, Symbol, Unknown};
use crate::model::value::NodeRef;
use proptest::prelude::*;
use std::sync::Arc;

/// What the holes hold.
type Filling = [String; 3];

/// Known characters, or the number of a hole.
type Parts = Vec<Result<String, usize>>;

#[derive(Clone, Debug)]
enum Argument {
    Text(Parts),
    Int(i64),
    /// Members, from where on others may be between them, and these others.
    List(Vec<Parts>, Option<usize>, Vec<(usize, String)>),
}

fn hole(number: usize) -> Unknown {
    let block = NodeRef { file: FileId(0), node: NodeId(0) };
    let symbol = Symbol { module: 0, block, key: None, path: number.to_string().into() };
    Unknown { reason: Reason::Computed, symbol: Some(Arc::new(symbol)) }
}

fn partial(parts: &Parts) -> Datum {
    match parts.as_slice() {
        [] => Datum::text(""),
        [Ok(text)] => Datum::text(text.as_str()),
        [Err(number)] => hole(*number).into(),
        parts if parts.iter().all(Result::is_ok) => {
            Datum::text(parts.iter().flatten().map(String::as_str).collect::<String>())
        }
        parts => {
            let piece = |part: &Result<String, usize>| match part {
                Ok(text) => Piece::Text(text.as_str().into()),
                Err(number) => Piece::Hole(hole(*number)),
            };
            Datum::new(Kind::Partial(parts.iter().map(piece).collect()))
        }
    }
}

fn full(parts: &Parts, filling: &Filling) -> Datum {
    let text = |part: &Result<String, usize>| match part {
        Ok(text) => text.clone(),
        Err(number) => filling[*number].clone(),
    };
    Datum::text(parts.iter().map(text).collect::<String>())
}

impl Argument {
    fn partial(&self) -> Datum {
        match self {
            Self::Text(parts) => partial(parts),
            Self::Int(int) => Datum::int(*int),
            Self::List(items, open, _) => {
                let items = items.iter().map(partial).collect();
                Datum::new(Kind::List(Arc::new(List { items, open: *open })))
            }
        }
    }

    fn full(&self, filling: &Filling) -> Datum {
        match self {
            Self::Text(parts) => full(parts, filling),
            Self::Int(int) => Datum::int(*int),
            Self::List(items, open, others) => {
                let mut items: Vec<Datum> = items.iter().map(|item| full(item, filling)).collect();
                for (place, other) in others.iter().filter(|_| open.is_some()) {
                    let place = (open.unwrap_or(0) + place).min(items.len());
                    items.insert(place, Datum::text(other.as_str()));
                }
                Datum::list(items)
            }
        }
    }
}

/// Whether what is said in part is true of the whole.
fn holds(said: &Datum, whole: &Datum, filling: &Filling) -> bool {
    match (&said.kind, &whole.kind) {
        (Kind::Unknown(unknown), kind) => match (&unknown.symbol, kind) {
            (None, _) => true,
            (Some(symbol), Kind::Text(text)) => *filled(symbol, filling) == **text,
            _ => false,
        },
        (Kind::Partial(pieces), Kind::Text(text)) => fits(pieces, text, filling),
        (Kind::Text(said), Kind::Text(whole)) => said == whole,
        (Kind::Bool(said), Kind::Bool(whole)) => said == whole,
        (Kind::List(said), Kind::List(whole)) => {
            let sure = said.open.unwrap_or(said.items.len());
            let pairs = said.items.iter().zip(&whole.items).take(sure);
            if said.items.len() > whole.items.len()
                || said.open.is_none() && said.items.len() != whole.items.len()
                || !pairs.into_iter().all(|(said, whole)| holds(said, whole, filling))
            {
                return false;
            }
            let mut rest = whole.items.iter().skip(sure);
            let mut later = said.items.iter().skip(sure);
            later.all(|said| rest.any(|whole| holds(said, whole, filling)))
        }
        _ => false,
    }
}

fn filled<'a>(symbol: &Symbol, filling: &'a Filling) -> &'a str {
    let number: usize = symbol.path.parse().expect("the number of a hole");
    &filling[number]
}

fn fits(pieces: &[Piece], text: &str, filling: &Filling) -> bool {
    match pieces {
        [] => text.is_empty(),
        [Piece::Text(known), rest @ ..] => {
            text.strip_prefix(&**known).is_some_and(|text| fits(rest, text, filling))
        }
        [Piece::Hole(Unknown { symbol: Some(symbol), .. }), rest @ ..] => {
            let text = text.strip_prefix(filled(symbol, filling));
            text.is_some_and(|text| fits(rest, text, filling))
        }
        [Piece::Hole(_), rest @ ..] => {
            (0..=text.len()).any(|at| text.is_char_boundary(at) && fits(rest, &text[at..], filling))
        }
    }
}

fn parts() -> impl Strategy<Value = Parts> {
    let text = "[ab,\nA ]{1,3}".prop_map(Ok);
    prop::collection::vec(prop_oneof![text, (0..3_usize).prop_map(Err)], 0..4)
}

fn text() -> impl Strategy<Value = Argument> {
    parts().prop_map(Argument::Text)
}

fn word() -> impl Strategy<Value = Argument> {
    "[ab,]{0,3}".prop_map(|word| Argument::Text(vec![Ok(word)]))
}

fn list() -> impl Strategy<Value = Argument> {
    let open = prop::option::of(0..3_usize);
    let others = prop::collection::vec((0..3_usize, "[ab,]{0,2}"), 0..3);
    (prop::collection::vec(parts(), 0..4), open, others)
        .prop_map(|(items, open, others)| Argument::List(items, open, others))
}

fn filling() -> impl Strategy<Value = Filling> {
    let text = || "[ab,\nA é\u{301}]{0,4}";
    (text(), text(), text()).prop_map(|(a, b, c)| [a, b, c])
}

fn judge(name: &str, arguments: &[Argument], filling: &Filling) -> Result<(), TestCaseError> {
    let some: Vec<Datum> = arguments.iter().map(Argument::partial).collect();
    let all: Vec<Datum> = arguments.iter().map(|argument| argument.full(filling)).collect();
    let said = call(name, &some).expect("a function");
    let whole = call(name, &all).expect("a function");
    match (&said, &whole) {
        (Err(sentence), Ok(whole)) => {
            prop_assert!(false, "{name} of {some:?}: {sentence}, but {whole:?}");
        }
        (Ok(said), Ok(whole)) => {
            prop_assert!(
                holds(said, whole, filling),
                "{name} of {some:?} is said to be {said:?}, but of {all:?} it is {whole:?}"
            );
        }
        (_, Err(_)) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn of_one_text(text in text(), offset in -4..4_i64, length in -2..4_i64, filling in filling()) {
        for name in ["chomp", "lower", "strrev", "title", "trimspace", "upper", "base64encode", "sha1"] {
            judge(name, std::slice::from_ref(&text), &filling)?;
        }
        judge("substr", &[text.clone(), Argument::Int(offset), Argument::Int(length)], &filling)?;
        judge("indent", &[Argument::Int(length.abs()), text], &filling)?;
    }

    #[test]
    fn of_two_texts(text in text(), other in text(), word in word(), filling in filling()) {
        let names =
            ["endswith", "startswith", "strcontains", "trim", "trimprefix", "trimsuffix", "split"];
        for name in names {
            judge(name, &[text.clone(), word.clone()], &filling)?;
            judge(name, &[word.clone(), text.clone()], &filling)?;
            judge(name, &[text.clone(), other.clone()], &filling)?;
        }
    }

    #[test]
    fn of_replacements(text in text(), by in text(), word in word(), filling in filling()) {
        judge("replace", &[text.clone(), word.clone(), by.clone()], &filling)?;
        judge("replace", &[word.clone(), text.clone(), by.clone()], &filling)?;
        judge("replace", &[word.clone(), word, text], &filling)?;
    }

    #[test]
    fn of_lists(one in list(), two in list(), text in text(), filling in filling()) {
        judge("join", &[text.clone(), one.clone()], &filling)?;
        judge("join", &[text.clone(), one.clone(), two.clone()], &filling)?;
        let template = |text: &str| Argument::Text(vec![Ok(text.to_owned())]);
        judge("format", &[template("%s|%q%5s"), text.clone(), text.clone(), text.clone()], &filling)?;
        judge("format", &[template("%v%v"), one.clone(), text.clone()], &filling)?;
        judge("formatlist", &[template("%s,%s"), one.clone(), text.clone()], &filling)?;
        judge("formatlist", &[template("%s.%s"), one, two], &filling)?;
    }
}
