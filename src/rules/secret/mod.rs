//! What a secret looks like: known formats, random values, telling names, and what only stands
//! for a secret. Judges texts; what follows from one is the rules' affair.

pub mod base64;
pub mod known;
pub mod literals;
pub mod manifest;
pub mod random;
pub mod veil;

use crate::input::decoded::HOLE;
use crate::model::cursor::Cursor;
use crate::model::fact::Fact;
use crate::model::words::Words;
use std::borrow::Cow;

/// The known text here; each part that cannot be told is one `HOLE`, over which no format reaches.
pub fn known_text<'a>(cursor: &Cursor<'a>) -> Option<Cow<'a, str>> {
    match cursor.words() {
        Fact::Known(Words::Exact(text), _) => Some(text),
        Fact::Known(Words::Partial(pieces), _) => {
            let mut text = String::new();
            for piece in pieces {
                match piece {
                    Some(known) => text.push_str(known),
                    None => text.push(HOLE),
                }
            }
            Some(Cow::Owned(text))
        }
        _ => None,
    }
}

/// Words that say "put your own here". A leading `-` asks for a place where a word may begin.
const WORDS: [&str; 14] = [
    "changeme",
    "change-me",
    "change_me",
    "changeit",
    "placeholder",
    "redacted",
    "dummy",
    "xxxx",
    "replaceme",
    "replace-me",
    "replace_me",
    "****",
    "....",
    "-your",
];

/// What begins a reference to a secret that is kept elsewhere.
const REFERENCES: [&str; 12] = [
    "ENC[",
    "vault:",
    "ref+",
    "op://",
    "sm://",
    "gcpsm://",
    "awssm://",
    "awssecret",
    "secretref",
    "akv:",
    "keyvault:",
    "arn:",
];

/// Whether a text is no secret: it only stands for one, or is a documented example.
pub fn placeholder(text: &str) -> bool {
    stands_for(text) || text.to_ascii_lowercase().contains("example")
}

/// Whether a text only stands for a secret: a placeholder, a template, a reference to a store.
pub fn stands_for(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.starts_with('<') && text.ends_with('>') {
        return true;
    }
    if ["${", "$(", "{{", "<%", "%("].iter().any(|mark| text.contains(mark)) || text.contains(HOLE)
    {
        return true;
    }
    let variable = text.strip_prefix('$').is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    });
    if variable || REFERENCES.iter().any(|start| text.starts_with(start)) {
        return true;
    }
    let mut bytes = text.bytes();
    let first = bytes.next();
    if bytes.all(|byte| Some(byte) == first) {
        return true;
    }
    let lower = text.to_ascii_lowercase();
    WORDS.iter().any(|word| match word.strip_prefix('-') {
        Some(word) => lower
            .match_indices(word)
            .any(|(at, _)| !lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric())),
        None => lower.contains(word),
    })
}

/// Whether a variable of some environment holds a secret: by its value's form, or by its name.
pub fn variable(name: &str, value: Cursor<'_>) -> bool {
    let Some(text) = known_text(&value) else { return false };
    known::find(&text).is_some() || telling_name(name) && secret_value(&text)
}

/// Whether a variable's name says that its value is a secret.
pub fn telling_name(name: &str) -> bool {
    const ENDS: [&str; 9] = [
        "PASSWORD",
        "PASSWD",
        "SECRET",
        "TOKEN",
        "API_KEY",
        "PRIVATE_KEY",
        "SECRET_KEY",
        "SIGNING_KEY",
        "SECRET_ACCESS_KEY",
    ];
    let name = name.to_ascii_uppercase().replace(['-', '.'], "_");
    let compact = name.ends_with("APIKEY");
    compact
        || ENDS.iter().any(|end| {
            name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
        })
}

/// Whether the value of a variable with a telling name is a secret, rather than a switch, a
/// placeholder, or the name, path or address of something.
pub fn secret_value(value: &str) -> bool {
    const SWITCHES: [&str; 10] = [
        "enabled",
        "disabled",
        "required",
        "optional",
        "default",
        "undefined",
        "unknown",
        "manual",
        "automatic",
        "secret",
    ];
    let lower = value.to_ascii_lowercase();
    let names_one = ["secret", "secrets", "token", "password", "credentials", "key"]
        .iter()
        .filter_map(|word| lower.strip_suffix(word))
        .any(|rest| rest.ends_with(['-', '_', '/', '.']));
    value.chars().count() >= 6
        && !value.contains(char::is_whitespace)
        && !SWITCHES.contains(&lower.as_str())
        && !names_one
        && !value.starts_with('/')
        && !value.contains("://")
        && !(value.contains('/') && random::wordy(value))
        && !placeholder(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_secret_is_none() {
        for text in [
            "",
            " ",
            "<token>",
            "${X}",
            "$(X)",
            "$DB_PASSWORD",
            "{{ .Values.x }}",
            "ENC[AES256]",
            "vault:secret/data/a#b",
            "<path:a#b>",
            "ref+awsssm://a",
            "xxxxxxxx",
            "******",
            "0000000000",
            "changeme",
            "Change-Me-Now",
            "your-api-key",
            "MY_YOUR_KEY",
            "AKIAIOSFODNN7EXAMPLE",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "a\u{fffc}b",
            "REDACTED",
            "dummy-1",
        ] {
            assert!(placeholder(text), "{text}");
        }
        for text in ["corr3ct-horse", "$2x!Kq", "neighbouryours1", "Fabricated-9qT7xW", "<a"] {
            assert!(!placeholder(text), "{text}");
        }
    }

    #[test]
    fn names_tell() {
        for name in ["DB_PASSWORD", "TOKEN", "github-token", "Stripe.Api_Key", "APP_SECRET_KEY"] {
            assert!(telling_name(name), "{name}");
        }
        for name in ["DB_PASSWORD_FILE", "TOKEN_URL", "MONKEYTOKEN", "KEY", "SECRET_ARN"] {
            assert!(!telling_name(name), "{name}");
        }
        for value in ["corr3ct-horse", "hunter22", "a/B9x2Kq+77Lm3Qp0Zt"] {
            assert!(secret_value(value), "{value}");
        }
        for value in [
            "short",
            "two words",
            "true",
            "enabled",
            "/shop/prod/token",
            "https://a.example/token",
            "prod/shop/db",
            "shop-db-password",
            "arn:aws:secretsmanager:eu-west-1:1:secret:a",
            "${TOKEN}",
        ] {
            assert!(!secret_value(value), "{value}");
        }
    }
}
