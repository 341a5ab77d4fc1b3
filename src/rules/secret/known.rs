//! Credentials that their form gives away: keys, tokens with a prefix, addresses with a password.
//! Answers with the kind, never with the text.

use super::{base64, placeholder};
use serde_json::Value;

/// A token with a fixed beginning.
struct Format {
    prefix: &'static str,
    /// What may follow.
    body: fn(u8) -> bool,
    /// How many characters follow, at least and at most.
    length: (usize, usize),
    /// What the prefix and the lengths cannot say; gets what follows the prefix.
    verify: fn(&str) -> bool,
    /// For people.
    kind: &'static str,
}

const fn format(
    prefix: &'static str,
    body: fn(u8) -> bool,
    length: (usize, usize),
    kind: &'static str,
) -> Format {
    Format { prefix, body, length, verify: varied, kind }
}

const ANY: usize = usize::MAX;

fn base32(byte: u8) -> bool {
    matches!(byte, b'A'..=b'Z' | b'2'..=b'7')
}

fn hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

fn alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn word(byte: u8) -> bool {
    alnum(byte) || matches!(byte, b'_' | b'-')
}

fn dotted(byte: u8) -> bool {
    word(byte) || matches!(byte, b'.' | b'=')
}

fn base64_body(byte: u8) -> bool {
    alnum(byte) || matches!(byte, b'+' | b'/' | b'=')
}

fn path(byte: u8) -> bool {
    alnum(byte) || byte == b'/'
}

/// Formats as their issuers document them.
const FORMATS: &[Format] = &[
    format("AKIA", base32, (16, 16), "an AWS access key"),
    format("ASIA", base32, (16, 16), "an AWS access key"),
    format("ghp_", alnum, (36, 255), "a GitHub token"),
    format("gho_", alnum, (36, 255), "a GitHub token"),
    format("ghu_", alnum, (36, 255), "a GitHub token"),
    format("ghs_", alnum, (36, 255), "a GitHub token"),
    format("ghr_", alnum, (36, 255), "a GitHub token"),
    format("github_pat_", word, (60, 255), "a GitHub token"),
    format("glpat-", dotted, (20, 320), "a GitLab token"),
    format("gldt-", dotted, (20, 320), "a GitLab token"),
    format("glrt-", dotted, (20, 320), "a GitLab token"),
    format("glptt-", dotted, (20, 320), "a GitLab token"),
    format("glcbt-", dotted, (20, 320), "a GitLab token"),
    format("glsoat-", dotted, (20, 320), "a GitLab token"),
    format("glagent-", dotted, (20, 320), "a GitLab token"),
    Format { verify: slack, ..format("xox", word, (24, 512), "a Slack token") },
    Format { verify: slack_app, ..format("xapp-", word, (40, 512), "a Slack token") },
    Format {
        verify: slack_hook,
        ..format("hooks.slack.com/services/", path, (36, 128), "a Slack webhook")
    },
    format("sk_live_", alnum, (24, 255), "a Stripe key"),
    format("rk_live_", alnum, (24, 255), "a Stripe key"),
    format("AIza", word, (35, 35), "a Google API key"),
    format("GOCSPX-", word, (28, 28), "a Google client secret"),
    format("npm_", alnum, (36, 36), "an npm token"),
    Format { verify: pypi, ..format("pypi-", word, (60, ANY), "a PyPI token") },
    format("rubygems_", hex, (48, 48), "a RubyGems key"),
    Format { verify: sendgrid, ..format("SG.", dotted, (66, 66), "a SendGrid key") },
    Format {
        verify: azure_key,
        ..format("AccountKey=", base64_body, (86, 88), "an Azure storage key")
    },
    format("SharedAccessKey=", base64_body, (43, 44), "an Azure access key"),
    format("SharedAccessSignature=", sas, (60, ANY), "an Azure access signature"),
    format("hvs.", word, (24, ANY), "a Vault token"),
    format("dop_v1_", hex, (64, 64), "a DigitalOcean token"),
    format("doo_v1_", hex, (64, 64), "a DigitalOcean token"),
    format("dapi", hex, (32, 32), "a Databricks token"),
    format("dckr_pat_", word, (27, 27), "a Docker token"),
    format("glsa_", word, (41, 41), "a Grafana token"),
    format("NRAK-", alnum, (27, 27), "a New Relic key"),
    format("hf_", alnum, (34, 34), "a Hugging Face token"),
    format("sk-ant-", word, (80, ANY), "an Anthropic key"),
    Format { verify: openai, ..format("sk-", word, (40, ANY), "an OpenAI key") },
    format("shpat_", hex, (32, 32), "a Shopify token"),
    format("shpss_", hex, (32, 32), "a Shopify secret"),
    format("ATATT3", dotted, (100, ANY), "an Atlassian token"),
    format("lin_api_", alnum, (40, 40), "a Linear key"),
    format("pscale_tkn_", dotted, (32, ANY), "a PlanetScale token"),
    format("AGE-SECRET-KEY-1", alnum, (58, 58), "an age key"),
    Format {
        verify: service_account_token,
        ..format("eyJ", dotted, (60, ANY), "a service account token")
    },
    Format {
        verify: encoded_key,
        ..format("LS0tLS1CRUdJTi", base64_body, (60, ANY), "a private key")
    },
];

/// For each first byte of a prefix, its second bytes, as sets by their last six bits: nearly every
/// word of a text is told apart from a token here.
static SECOND: [u64; 128] = {
    let (mut sets, mut at) = ([0u64; 128], 0);
    while at < FORMATS.len() {
        let prefix = FORMATS[at].prefix.as_bytes();
        sets[prefix[0] as usize] |= 1 << (prefix[1] & 63);
        at += 1;
    }
    sets
};

/// How long a token is at least.
const SHORTEST: usize = {
    let (mut least, mut at) = (usize::MAX, 0);
    while at < FORMATS.len() {
        let length = FORMATS[at].prefix.len() + FORMATS[at].length.0;
        if length < least {
            least = length;
        }
        at += 1;
    }
    least
};

/// What kind of credential a text holds, if it holds one.
pub fn find(text: &str) -> Option<&'static str> {
    if text.len() < 8 || ["ENC[", "vault:", "ref+"].iter().any(|start| text.starts_with(start)) {
        return None;
    }
    // Most texts lack the marks of everything but a token.
    let holds = |mark| memchr::memchr(mark, text.as_bytes()).is_some();
    let (colon, equals) = (holds(b':'), holds(b'='));
    if text.len() > 64 && text.contains("-----") && private_key(text) {
        return Some("a private key");
    }
    token(text)
        .or_else(|| {
            ((equals || colon) && secret_access_key(text)).then_some("an AWS secret access key")
        })
        .or_else(|| {
            (colon && text.contains("://") && url_password(text))
                .then_some("an address with a password")
        })
        .or_else(|| {
            (equals && connection_string(text)).then_some("a connection string with a password")
        })
        .or_else(|| registry_login(text).then_some("a registry login"))
}

/// The first token of a known format; a token begins where a word begins and ends where it ends.
fn token(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    if bytes.len() < SHORTEST {
        return None;
    }
    for (at, pair) in bytes.windows(2).enumerate() {
        let (first, second) = (pair[0], pair[1]);
        if SECOND[usize::from(first & 127)] & (1 << (second & 63)) == 0 {
            continue;
        }
        if at > 0 && (alnum(bytes[at - 1]) || bytes[at - 1] == b'_') {
            continue;
        }
        let rest = &bytes[at..];
        for format in FORMATS {
            let prefix = format.prefix.as_bytes();
            if prefix[0] != first || !rest.starts_with(prefix) {
                continue;
            }
            let start = at + format.prefix.len();
            let (least, most) = format.length;
            let length = bytes[start..]
                .iter()
                .take(most.saturating_add(1))
                .take_while(|&&byte| (format.body)(byte))
                .count();
            let ends = bytes.get(start + length).is_none_or(|&next| !alnum(next));
            let whole = &text[at..start + length];
            if (least..=most).contains(&length)
                && ends
                && !placeholder(whole)
                && (format.verify)(&text[start..start + length])
            {
                return Some(format.kind);
            }
        }
    }
    None
}

/// A handful of different characters; `aaaa…` and `0000…` stand for a token.
fn varied(body: &str) -> bool {
    let mut seen = [false; 256];
    body.bytes().for_each(|byte| seen[usize::from(byte)] = true);
    seen.iter().filter(|&&seen| seen).count() >= 7
}

fn sas(byte: u8) -> bool {
    dotted(byte) || matches!(byte, b'%' | b'&' | b'+' | b'/' | b':' | b' ')
}

/// `b-123456789012-…`: a letter for the kind, then numbers.
fn slack(body: &str) -> bool {
    let mut parts = body.splitn(3, '-');
    let kind =
        parts.next().is_some_and(|part| matches!(part, "a" | "b" | "e" | "o" | "p" | "r" | "s"));
    let team = parts
        .next()
        .is_some_and(|part| part.len() >= 6 && part.bytes().all(|byte| byte.is_ascii_digit()));
    kind && team && parts.next().is_some_and(|part| part.len() >= 16) && varied(body)
}

fn slack_app(body: &str) -> bool {
    body.split('-').count() >= 4 && varied(body)
}

/// `T…/B…/…`.
fn slack_hook(body: &str) -> bool {
    let parts: Vec<&str> = body.split('/').collect();
    matches!(parts.as_slice(), [team, hook, key]
        if team.starts_with('T') && hook.starts_with('B') && key.len() >= 20)
        && varied(body)
}

/// A macaroon of `PyPI` begins with its version and location.
fn pypi(body: &str) -> bool {
    body.starts_with("AgE") && varied(body)
}

fn sendgrid(body: &str) -> bool {
    let parts: Vec<usize> = body.split('.').map(str::len).collect();
    parts == [22, 43] && varied(body)
}

/// The key of the storage emulator is the same for everyone.
fn azure_key(body: &str) -> bool {
    !body.starts_with("Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq")
        && varied(body)
}

fn openai(body: &str) -> bool {
    body.contains("T3BlbkFJ") && varied(body)
}

/// A JSON Web Token that the Kubernetes API server issued.
fn service_account_token(body: &str) -> bool {
    let mut parts = body.split('.').skip(1);
    let payload = parts.next().and_then(base64::decode_text);
    payload.is_some_and(|json| json.contains("\"kubernetes/serviceaccount\""))
        && parts.next().is_some_and(|signature| signature.len() > 40)
}

fn encoded_key(body: &str) -> bool {
    let text = format!("LS0tLS1CRUdJTi{body}");
    base64::decode_text(&text).is_some_and(|text| private_key(&text))
}

/// A private key in PEM, not encrypted and with a body.
fn private_key(text: &str) -> bool {
    const BEGIN: &str = "-----BEGIN ";
    text.match_indices(BEGIN).any(|(at, _)| {
        let rest = &text[at + BEGIN.len()..];
        let Some((label, body)) = rest.split_once("-----") else { return false };
        let label = label.strip_suffix(" BLOCK").unwrap_or(label);
        label.ends_with("PRIVATE KEY") && !label.starts_with("ENCRYPTED") && key_body(body)
    })
}

/// Whether base64 of some length follows, after header lines that do not tell of encryption.
fn key_body(body: &str) -> bool {
    let mut key = String::new();
    // Line ends inside JSON strings and shell scripts are written `\n`.
    for line in body.split('\n').flat_map(|line| line.split("\\n")) {
        let line = line.trim().trim_end_matches("\\r");
        if line.contains(':') && !line.contains("ENCRYPTED") || line.is_empty() {
            continue;
        }
        if line.starts_with("-----") {
            break;
        }
        let whole = line.len();
        let good = line.bytes().take_while(|&byte| base64_body(byte)).count();
        key.push_str(&line[..good]);
        if good < whole || key.len() >= 64 {
            break;
        }
    }
    key.len() >= 40 && varied(&key) && !placeholder(&key)
}

/// `aws_secret_access_key = …`, in credential files and scripts.
fn secret_access_key(text: &str) -> bool {
    if !text.contains("ecret") && !text.contains("ECRET") {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    ["secret_access_key", "secretaccesskey", "aws_secret_key"].iter().any(|name| {
        lower.match_indices(name).any(|(at, _)| {
            let rest = text[at + name.len()..].trim_start_matches(['"', '\'', ' ', '\t']);
            let Some(rest) = rest.strip_prefix(['=', ':']) else { return false };
            let value = rest.trim_start_matches(['"', '\'', ' ', '\t']);
            let length = value
                .bytes()
                .take(41)
                .take_while(|&byte| alnum(byte) || matches!(byte, b'/' | b'+'))
                .count();
            length == 40 && varied(&value[..40]) && !placeholder(&value[..40])
        })
    })
}

/// `scheme://user:password@host`.
pub fn url_password(text: &str) -> bool {
    text.match_indices("://").any(|(at, mark)| {
        let scheme = text[..at].bytes().next_back().is_some_and(alnum);
        let rest = &text[at + mark.len()..];
        let end = rest.find(|c: char| {
            matches!(c, '/' | '?' | '#' | '"' | '\'' | '`' | '<' | '>' | '\\') || c.is_whitespace()
        });
        let authority = &rest[..end.unwrap_or(rest.len())];
        let Some((login, host)) = authority.rsplit_once('@') else { return false };
        let Some((user, password)) = login.split_once(':') else { return false };
        scheme && !host.is_empty() && credible(user, password)
    })
}

/// Whether a password is more than an illustration.
fn credible(user: &str, password: &str) -> bool {
    const WEAK: [&str; 9] =
        ["password", "passwd", "pass", "pwd", "pw", "secret", "x-oauth-basic", "token", "..."];
    password.len() >= 3
        && !WEAK.iter().any(|weak| password.eq_ignore_ascii_case(weak))
        && !password.eq_ignore_ascii_case(user)
        && !password.starts_with(['%', '$', '{', '[', '@'])
        && !placeholder(password)
}

/// `host=db user=app password=…`, as libpq takes it.
pub fn pair_password(text: &str) -> bool {
    text.split_whitespace().filter_map(|pair| pair.split_once('=')).any(|(key, value)| {
        key.eq_ignore_ascii_case("password") && credible("", value.trim_matches('\''))
    })
}

/// `jdbc:…?password=…`, `Server=…;Password=…` and `host=… password=…`.
fn connection_string(text: &str) -> bool {
    let text = text.trim();
    if text.len() > 2000 || text.contains('\n') || !text.contains('=') {
        return false;
    }
    if text.split_whitespace().any(|pair| pair.starts_with("host=")) && pair_password(text) {
        return true;
    }
    let java = text.starts_with("jdbc:");
    let keys = text.split(['?', '&', ';']).filter_map(|pair| pair.split_once('='));
    let (mut server, mut password) = (java, false);
    for (key, value) in keys {
        match key.trim().to_ascii_lowercase().as_str() {
            "server" | "data source" | "host" | "address" | "addr" => server |= text.contains(';'),
            "password" | "pwd" => password |= credible("", value.trim()),
            _ => {}
        }
    }
    server && password
}

/// What the rule about user data looks for: an AWS key, a private key, an assigned secret.
pub fn script(text: &str) -> bool {
    matches!(find(text), Some("an AWS access key" | "a private key")) || assigned(text)
}

/// `PASSWORD=…`, `token: …` with at least eight characters.
fn assigned(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["password", "passwd", "secret", "token", "api_key", "apikey"].iter().any(|word| {
        lower.match_indices(word).any(|(at, _)| {
            let rest = lower[at + word.len()..].trim_start();
            let Some(rest) = rest.strip_prefix(['=', ':']) else { return false };
            let rest = rest.trim_start();
            let value = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
            let part = |byte: &u8| alnum(*byte) || b"/+_!@#%^&*-".contains(byte);
            value.bytes().take(8).filter(part).count() == 8 && !value.starts_with(['/', '+'])
        })
    })
}

/// The `config.json` of a container client, with a login in it.
pub fn registry_login(text: &str) -> bool {
    let text = text.trim();
    if !text.starts_with('{') || !text.contains("auth") {
        return false;
    }
    let Ok(Value::Object(document)) = serde_json::from_str(text) else { return false };
    let registries = match document.get("auths") {
        Some(Value::Object(auths)) => auths,
        Some(_) => return false,
        None => &document,
    };
    registries.values().any(|entry| {
        let word = |key: &str| entry.get(key).and_then(Value::as_str);
        let user = word("username").unwrap_or_default();
        let login = word("auth").and_then(base64::decode_text);
        let login = login.as_deref().and_then(|login| login.split_once(':'));
        login.is_some_and(|(user, password)| credible(user, password.trim_end()))
            || word("auth").is_some() && word("password").is_some_and(|p| credible(user, p))
            || document.contains_key("auths")
                && ["password", "identitytoken", "registrytoken"]
                    .iter()
                    .filter_map(|key| word(key))
                    .any(|secret| credible(user, secret))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters that no issuer gave out: a fixed pattern of the wanted length.
    fn body(length: usize) -> String {
        "FABRICATEDforTESTS0123456789nowhere".chars().cycle().take(length).collect()
    }

    fn hex_body(length: usize) -> String {
        "fab0123456789cade".chars().cycle().take(length).collect()
    }

    fn key(label: &str, body: &str) -> String {
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    }

    #[test]
    fn tokens_have_their_length() {
        let long = |prefix: &str, length: usize| format!("{prefix}{}", body(length));
        for (token, kind) in [
            (format!("{}{}", "AKIA", "FABRICATED234567"), "an AWS access key"),
            (format!("{}{}", "ASIA", "FABRICATED234567"), "an AWS access key"),
            (long("ghp_", 36), "a GitHub token"),
            (long("github_pat_", 82), "a GitHub token"),
            (long("glpat-", 20), "a GitLab token"),
            (long("xoxb-123456789012-123456789012-", 24), "a Slack token"),
            (
                format!("https://hooks.slack.com/services/T0FAB/B0FAB/{}", body(30)),
                "a Slack webhook",
            ),
            (long("sk_live_", 24), "a Stripe key"),
            (long("AIza", 35), "a Google API key"),
            (long("npm_", 36), "an npm token"),
            (long("pypi-AgE", 80), "a PyPI token"),
            (format!("SG.{}.{}", body(22), body(43)), "a SendGrid key"),
            (format!("AccountKey={}==", body(86)), "an Azure storage key"),
            (format!("dop_v1_{}", hex_body(64)), "a DigitalOcean token"),
            (long("hvs.", 90), "a Vault token"),
        ] {
            assert_eq!(find(&token), Some(kind), "{kind}");
            assert_eq!(find(&format!("export X=\"{token}\"; run")), Some(kind), "{kind} inside");
            assert_eq!(find(&format!("x{token}")).filter(|_| kind != "a Slack webhook"), None);
        }
        for text in [
            long("ghp_", 35),
            format!("ghp_{}", "a".repeat(36)),
            "ghp_your-token".to_owned(),
            "AKIAIOSFODNN7EXAMPLE".to_owned(),
            format!("AKIA{}", "FABRICATED2345678"),
            format!("AKIA{}", "FABRICATED23456"),
            "SG.short.short".to_owned(),
            "sk_test_51FABRICATEDfabricatedFABRIC".to_owned(),
            "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
                .to_owned(),
            "xoxb-your-token-goes-right-here-now".to_owned(),
            "registry.example.com/shop/app:1.4.2".to_owned(),
            format!(
                "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/{}==",
                body(18)
            ),
        ] {
            assert_eq!(find(&text), None, "{text}");
        }
    }

    #[test]
    fn private_keys_have_a_body() {
        let fabricated = "RkFCUklDQVRFRC1OT1QtQS1LRVktRkFCUklDQVRFRC1OT1QtQS1LRVk=";
        for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
            assert!(private_key(&key(label, fabricated)), "{label}");
        }
        assert!(private_key(&key("PGP PRIVATE KEY BLOCK", &format!("Version: 1\n\n{fabricated}"))));
        let json = key("PRIVATE KEY", fabricated).replace('\n', "\\n");
        assert_eq!(find(&format!("{{\"private_key\": \"{json}\"}}")), Some("a private key"));
        for text in [
            key("CERTIFICATE", fabricated),
            key("PUBLIC KEY", fabricated),
            key("ENCRYPTED PRIVATE KEY", fabricated),
            key(
                "RSA PRIVATE KEY",
                &format!("Proc-Type: 4,ENCRYPTED\nDEK-Info: A,B\n\n{fabricated}"),
            ),
            key("PRIVATE KEY", "..."),
            key("PRIVATE KEY", "<your key>"),
            key("PRIVATE KEY", "REDACTED"),
            "-----BEGIN PRIVATE KEY-----".to_owned(),
            "-----BEGIN ".repeat(50),
        ] {
            assert!(!private_key(&text), "{text}");
        }
    }

    #[test]
    fn addresses_with_a_password() {
        for text in [
            "postgres://app:Fabricated-9qT7xW@db.shop.svc:5432/shop",
            "redis://:Fabricated-9qT7xW@cache:6379",
            "url = \"https://bot:f4bricated@git.example.com/x.git\"",
            "jdbc:postgresql://db/shop?user=app&password=f4bricated",
            "Server=db;User Id=app;Password=f4bricated;",
            "host=db user=app password=f4bricated dbname=shop",
        ] {
            assert!(find(text).is_some(), "{text}");
        }
        for text in [
            "postgres://user:password@localhost:5432/db",
            "amqp://guest:guest@mq",
            "postgres://app:${PASSWORD}@db",
            "postgres://app:$(PASSWORD)@db",
            "postgres://app:<password>@db",
            "postgres://app:\u{fffc}@db",
            "postgres://app:changeme@db",
            "https://example.com/a:b@c",
            "mailto://a@b",
            "oci://registry.example.com:5000/a@sha256:00",
            "jdbc:postgresql://db/shop?user=app&password=${PW}",
            "Server=db;Password=<password>;",
            "a://b://c://",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn logins_and_credential_files() {
        let login =
            |auth: &str| format!("{{\"auths\": {{\"r.example.com\": {{\"auth\": \"{auth}\"}}}}}}");
        // `bot:fabricated-9` and `user:password`.
        assert_eq!(find(&login("Ym90OmZhYnJpY2F0ZWQtOQ==")), Some("a registry login"));
        assert_eq!(find(&login("dXNlcjpwYXNzd29yZA==")), None);
        assert_eq!(find("{\"auths\": {}}"), None);
        let file = format!("[default]\naws_secret_access_key = {}\n", body(40));
        assert_eq!(find(&file), Some("an AWS secret access key"));
        assert_eq!(find("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), None);
    }

    #[test]
    fn service_account_tokens_only() {
        // {"iss":"kubernetes/serviceaccount"} and {"iss":"https://login.example.com"}.
        let token = |payload: &str| format!("eyJhbGciOiJub25lIn0.{payload}.{}", body(43));
        let cluster = token("eyJpc3MiOiJrdWJlcm5ldGVzL3NlcnZpY2VhY2NvdW50In0");
        assert_eq!(find(&cluster), Some("a service account token"));
        assert_eq!(find(&token("eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUuY29tIn0")), None);
    }
}
