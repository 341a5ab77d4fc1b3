//! Names that tell of secrets. Knows no value.

/// Names of which one is enough, as words of a key.
const WORDS: [&str; 28] = [
    "auth",
    "authorization",
    "bearer",
    "cookie",
    "cookies",
    "cred",
    "creds",
    "credential",
    "credentials",
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

/// The words of a name: `dbPassword`, `DB_PASSWORD` and `db-password` have two.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for character in name.chars() {
        let starts = character.is_ascii_uppercase() && lower;
        if !character.is_ascii_alphanumeric() || starts {
            words.push(String::new());
        }
        lower = character.is_ascii_lowercase() || character.is_ascii_digit();
        if character.is_ascii_alphanumeric() {
            words.last_mut().expect("there is one").push(character.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether what stands behind a name may be a secret.
pub fn telling(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last() else { return false };
    let whole = words.concat();
    if whole.ends_with("externalid") {
        return true;
    }
    if ABOUT.contains(&last.as_str()) && words.len() > 1 {
        return false;
    }
    let key = |pair: &[String]| pair[1] == "key" && KEYS.contains(&pair[0].as_str());
    words.iter().any(|word| WORDS.contains(&word.as_str()))
        || words.windows(2).any(key)
        || PARTS.iter().any(|part| whole.contains(part))
            && !ABOUT.iter().any(|end| end.len() > 2 && whole.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

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
