//! Addresses and references as a plan spells them: `module.db["eu"].aws_db_instance.this[0]`.

use crate::model::datum::Key;

/// One part of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// A name.
    Name(&'a str),
    /// An instance key.
    Key(Key),
}

/// A module instance on the way to another: the name of the call and the key.
pub type Step = (String, Option<Key>);

/// The parts of an address; none where it is spelled otherwise.
pub fn parts(address: &str) -> Option<Vec<Part<'_>>> {
    let (mut found, mut rest) = (Vec::new(), address);
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let (key, after) = key(inner)?;
            found.push(Part::Key(key));
            rest = after.strip_prefix(']')?;
        } else {
            rest = if found.is_empty() { rest } else { rest.strip_prefix('.')? };
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            found.push(Part::Name(&rest[..end]));
            rest = &rest[end..];
        }
    }
    Some(found)
}

/// A key and what follows it.
fn key(text: &str) -> Option<(Key, &str)> {
    if !text.starts_with('"') {
        let end = text.find(']')?;
        return Some((Key::Index(text[..end].parse().ok()?), &text[end..]));
    }
    let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let name = strings.next()?.ok()?;
    Some((Key::Name(name.into()), &text[strings.byte_offset()..]))
}

/// The module instances that a module's address leads through.
pub fn steps(address: &str) -> Option<Vec<Step>> {
    let parts = parts(address)?;
    let (mut found, mut at): (Vec<Step>, _) = (Vec::new(), parts.iter());
    while let Some(part) = at.next() {
        match part {
            Part::Name("module") => match at.next()? {
                Part::Name(name) => found.push(((*name).to_owned(), None)),
                Part::Key(_) => return None,
            },
            Part::Key(key) => found.last_mut()?.1 = Some(key.clone()),
            Part::Name(_) => return None,
        }
    }
    Some(found)
}

/// What the addresses in a module instance begin with: `module.db["eu"].`
pub fn prefix(steps: &[Step]) -> String {
    let step = |(name, key): &Step| {
        format!("module.{name}{}.", key.as_ref().map_or_else(String::new, Key::suffix))
    };
    steps.iter().map(step).collect()
}

/// The names of the calls that lead to a module, joined by dots.
pub fn path(steps: &[Step]) -> String {
    steps.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart() {
        let name = |name| Key::Name(name);
        let table: [(&str, Option<Vec<Step>>); 7] = [
            ("", Some(vec![])),
            ("module.a", Some(vec![("a".into(), None)])),
            (
                "module.a[3].module.b",
                Some(vec![("a".into(), Some(Key::Index(3))), ("b".into(), None)]),
            ),
            ("module.a[\"x.y[\\\"]\"]", Some(vec![("a".into(), Some(name("x.y[\"]".into())))])),
            ("module", None),
            ("module.a[", None),
            ("resource.a", None),
        ];
        for (text, expected) in table {
            assert_eq!(steps(text), expected, "{text}");
        }
        let steps = steps("module.a[\"eu\"].module.b[0]").expect("an address");
        assert_eq!(prefix(&steps), "module.a[\"eu\"].module.b[0].");
        assert_eq!(path(&steps), "a.b");
        let reference = parts("aws_kms_key.k[0].arn").expect("a reference");
        let names = ["aws_kms_key", "k", "arn"].map(Part::Name);
        assert_eq!(
            reference,
            [names[0].clone(), names[1].clone(), Part::Key(Key::Index(0)), names[2].clone()]
        );
        assert_eq!(parts("a..b"), None);
    }
}
