//! Names that tell of secrets. Knows no value.

use smallvec::SmallVec;

/// Names of which one is enough, as words of a key; sorted, as the other lists of words are.
const WORDS: [&str; 28] = [
    "auth",
    "authorization",
    "bearer",
    "cookie",
    "cookies",
    "cred",
    "credential",
    "credentials",
    "creds",
    "dsn",
    "hmac",
    "jwt",
    "otp",
    "pass",
    "passcode",
    "passphrase",
    "passwd",
    "password",
    "passwords",
    "pat",
    "psk",
    "pw",
    "pwd",
    "salt",
    "sas",
    "secret",
    "token",
    "tokens",
];

/// Parts of names without their separators.
const PARTS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "credential",
    "connectionstring",
    "apikey",
    "accesskey",
    "privatekey",
    "dockerconfig",
    "dockercfg",
    "kubeconfig",
    "idrsa",
];

/// What `key` follows in the name of a secret.
const KEYS: [&str; 19] = [
    "access",
    "account",
    "api",
    "auth",
    "client",
    "deploy",
    "encryption",
    "host",
    "license",
    "master",
    "primary",
    "private",
    "secondary",
    "session",
    "shared",
    "signing",
    "ssh",
    "storage",
    "tls",
];

/// Ends of names that only lead to a secret or say something about it.
const ABOUT: [&str; 46] = [
    "address",
    "algorithm",
    "algorithms",
    "arn",
    "audience",
    "audiences",
    "class",
    "count",
    "days",
    "duration",
    "enable",
    "enabled",
    "endpoint",
    "expiration",
    "expiry",
    "file",
    "format",
    "from",
    "hours",
    "id",
    "ids",
    "issuer",
    "kind",
    "length",
    "manager",
    "method",
    "mode",
    "name",
    "names",
    "path",
    "policy",
    "provider",
    "ref",
    "refs",
    "required",
    "reviewer",
    "rotation",
    "seconds",
    "secrets",
    "size",
    "store",
    "ttl",
    "type",
    "uri",
    "url",
    "version",
];

/// The words of a name, in small letters: `dbPassword`, `DB_PASSWORD` and `db-password` have two.
pub(super) struct Words {
    /// All of them, without what separates them.
    pub(super) whole: String,
    /// Where each ends in it.
    ends: SmallVec<[usize; 8]>,
}

impl Words {
    pub(super) fn of(name: &str) -> Self {
        let (mut whole, mut ends) = (String::with_capacity(name.len()), SmallVec::new());
        let mut lower = false;
        for character in name.chars() {
            let starts = character.is_ascii_uppercase() && lower;
            if !character.is_ascii_alphanumeric() || starts {
                ends.push(whole.len());
            }
            lower = character.is_ascii_lowercase() || character.is_ascii_digit();
            if character.is_ascii_alphanumeric() {
                whole.push(character.to_ascii_lowercase());
            }
        }
        ends.push(whole.len());
        Self { whole, ends }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let words = starts.zip(&self.ends).map(|(start, &end)| &self.whole[start..end]);
        words.filter(|word| !word.is_empty())
    }
}

/// Whether what stands behind a name may be a secret.
pub fn telling(name: &str) -> bool {
    let words = Words::of(name);
    let whole = words.whole.as_str();
    if whole.is_empty() {
        return false;
    }
    if whole.ends_with("externalid") {
        return true;
    }
    let listed = |list: &[&str], word: &str| list.binary_search(&word).is_ok();
    let (mut tells, mut count, mut last) = (false, 0, "");
    for word in words.iter() {
        tells = tells || listed(&WORDS, word) || word == "key" && listed(&KEYS, last);
        (count, last) = (count + 1, word);
    }
    if listed(&ABOUT, last) && count > 1 {
        return false;
    }
    let part = || PARTS.iter().any(|part| holds(whole.as_bytes(), part.as_bytes()));
    tells || part() && !ABOUT.iter().any(|end| end.len() > 2 && whole.ends_with(end))
}

/// Whether a short text holds a shorter one: sooner than what prepares for long texts.
fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window[0] == part[0] && window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(WORDS.is_sorted() && KEYS.is_sorted() && ABOUT.is_sorted());
    }

    #[test]
    fn names_have_words() {
        for (name, words) in [
            ("dbPassword", "db password"),
            ("DB_PASSWORD", "db password"),
            ("x--y.", "x y"),
            ("sha256Sum", "sha256 sum"),
            ("API", "api"),
            ("_", ""),
        ] {
            let found = Words::of(name);
            assert_eq!(found.iter().collect::<Vec<_>>().join(" "), words, "{name}");
            assert_eq!(found.whole, words.replace(' ', ""), "{name}");
        }
    }

    #[test]
    fn names_tell() {
        for name in [
            "DB_PASSWORD",
            "dbPassword",
            "api-key",
            "apiKey",
            "token",
            "clientSecret",
            "PGPASS",
            "aws_secret_access_key",
            "smtp.auth",
            "x-api-key",
            "primary_key",
            "externalId",
            "jwt",
        ] {
            let compact = name == "PGPASS";
            assert_eq!(telling(name), !compact, "{name}");
        }
        for name in [
            "key",
            "name",
            "secretName",
            "token_url",
            "tokenReviewer",
            "password_policy",
            "secretKeyRef",
            "imagePullSecrets",
            "key_vault_id",
            "compass",
            "authored",
            "keyboard",
            "max_token_ttl",
            "",
        ] {
            assert!(!telling(name), "{name}");
        }
    }
}
