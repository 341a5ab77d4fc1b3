//! Forty kinds of secrets, made of dice.

use super::Dice;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const HEX: &str = "0123456789abcdef";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const WEB64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A secret as it is written down.
pub struct Planted {
    /// On one line.
    pub text: String,
    /// What must not appear.
    secrets: Vec<String>,
    /// Whether only the name beside it gives it away.
    pub named: bool,
}

impl Planted {
    /// A secret that is all of the text.
    pub fn plain(text: String) -> Self {
        Self { secrets: vec![text.clone()], text, named: false }
    }

    fn named(text: String) -> Self {
        Self { named: true, ..Self::plain(text) }
    }

    fn part(text: String, secret: &str) -> Self {
        Self { text, secrets: vec![secret.to_owned()], named: false }
    }

    /// On several lines, where it has them.
    pub fn lines(&self) -> Vec<&str> {
        self.text.split("\\n").collect()
    }

    /// Texts that give the secret away: its middle, as it is and in base64.
    pub fn needles(&self) -> Vec<String> {
        let middle = |text: &String| {
            let from = (text.len() / 4).max(4).min(text.len() - 6);
            text[from..(from + 12).min(text.len())].to_owned()
        };
        let encoded = STANDARD.encode(&self.text);
        let ends = [&self.text, &encoded].map(|text| text[..text.len() * 3 / 4].to_owned());
        self.secrets
            .iter()
            .map(middle)
            .chain(ends.into_iter().filter(|end| end.len() > 9))
            .collect()
    }
}

/// A kind of secret.
pub type Kind = fn(&mut Dice) -> Planted;

fn token(prefix: &[&str], alphabet: &str, length: usize, dice: &mut Dice) -> Planted {
    let body = dice.text(alphabet, length);
    Planted::part(format!("{}{body}", prefix.concat()), &body)
}

fn pem(label: &str, dice: &mut Dice) -> Planted {
    let lines: Vec<String> = (0..6).map(|_| dice.text(BASE64, 64)).collect();
    let body = lines.join("\\n");
    let key = ["PRIVATE", "KEY"].join(" ");
    let text = format!("-----BEGIN {label}{key}-----\\n{body}\\n-----END {label}{key}-----");
    Planted { text, secrets: lines, named: false }
}

fn phrase(dice: &mut Dice) -> String {
    let words: Vec<String> = (0..3).map(|_| dice.text(LOWER, 6)).collect();
    words.join("-")
}

/// Every kind with its name.
pub const KINDS: [(&str, Kind); 40] = [
    ("an AWS access key", |d| token(&["AK", "IA"], BASE32, 16, d)),
    ("an AWS secret access key", |d| Planted::plain(d.text(BASE64, 40))),
    ("an AWS session token", |d| Planted::plain(d.text(BASE64, 220))),
    ("a GitHub token", |d| token(&["gh", "p_"], ALNUM, 36, d)),
    ("a fine-grained GitHub token", |d| token(&["github", "_pat_"], ALNUM, 82, d)),
    ("a GitLab token", |d| token(&["gl", "pat-"], WEB64, 20, d)),
    ("a Slack token", |d| {
        let (team, bot) = (d.text("123456789", 12), d.text("123456789", 13));
        let body = d.text(ALNUM, 24);
        Planted::part(format!("{}{team}-{bot}-{body}", ["xo", "xb-"].concat()), &body)
    }),
    ("a Slack webhook", |d| {
        let (team, hook, body) = (d.text(BASE32, 8), d.text(BASE32, 8), d.text(ALNUM, 24));
        let host = ["https://hooks.sl", "ack.com/serv", "ices"].concat();
        Planted::part(format!("{host}/T{team}/B{hook}/{body}"), &body)
    }),
    ("a Discord webhook", |d| {
        let (id, body) = (d.text("123456789", 18), d.text(ALNUM, 68));
        Planted::part(format!("https://discord.com/api/webhooks/{id}/{body}"), &body)
    }),
    ("a Stripe key", |d| token(&["sk_", "live_"], ALNUM, 24, d)),
    ("a Google API key", |d| token(&["AI", "za"], WEB64, 35, d)),
    ("a Google client secret", |d| token(&["GOC", "SPX-"], WEB64, 28, d)),
    ("an npm token", |d| token(&["np", "m_"], ALNUM, 36, d)),
    ("a PyPI token", |d| token(&["py", "pi-", "AgE"], WEB64, 90, d)),
    ("a SendGrid key", |d| {
        let (id, body) = (d.text(WEB64, 22), d.text(WEB64, 43));
        Planted::part(format!("{}{id}.{body}", ["S", "G."].concat()), &body)
    }),
    ("an Azure storage connection string", |d| {
        let key = format!("{}==", d.text(BASE64, 86));
        let text = format!("DefaultEndpointsProtocol=https;AccountName=shop;AccountKey={key}");
        Planted::part(text, &key)
    }),
    ("an Azure bus connection string", |d| {
        let key = format!("{}=", d.text(BASE64, 43));
        let start = "Endpoint=sb://shop.example.net/;SharedAccessKeyName=root;SharedAccessKey=";
        Planted::part(format!("{start}{key}"), &key)
    }),
    ("an address with a signature", |d| {
        let sig = d.text(ALNUM, 43);
        let start = "https://shop.blob.example.net/a?sv=2022-11-02&ss=b&sp=rw&sig=";
        Planted::part(format!("{start}{sig}%3D"), &sig)
    }),
    ("a Vault token", |d| token(&["hv", "s."], ALNUM, 90, d)),
    ("a DigitalOcean token", |d| token(&["dop", "_v1_"], HEX, 64, d)),
    ("a Databricks token", |d| token(&["da", "pi"], HEX, 32, d)),
    ("a Docker token", |d| token(&["dckr", "_pat_"], WEB64, 27, d)),
    ("a Hugging Face token", |d| token(&["h", "f_"], ALNUM, 34, d)),
    ("an Anthropic key", |d| token(&["sk-", "ant-", "api03-"], WEB64, 93, d)),
    ("an OpenAI key", |d| {
        let (one, two) = (d.text(ALNUM, 20), d.text(ALNUM, 20));
        Planted::part(format!("sk-{one}{}{two}", ["T3Blbk", "FJ"].concat()), &two)
    }),
    ("a Shopify token", |d| token(&["shp", "at_"], HEX, 32, d)),
    ("a JSON Web Token", |d| {
        let head = STANDARD.encode("{\"alg\":\"HS256\"}").replace('=', "");
        let (payload, signature) = (d.text(WEB64, 120), d.text(WEB64, 43));
        let secrets = vec![payload.clone(), signature.clone()];
        Planted { text: format!("{head}.eyJ{payload}.{signature}"), secrets, named: false }
    }),
    ("an address of Postgres", |d| {
        let password = d.text(ALNUM, 14);
        Planted::part(format!("postgres://shop:{password}@db.shop.svc:5432/shop"), &password)
    }),
    ("an address of MongoDB", |d| {
        let password = phrase(d);
        Planted::part(format!("mongodb+srv://shop:{password}@a.example.net/shop"), &password)
    }),
    ("an address of Redis", |d| {
        let password = d.text(LOWER, 12);
        Planted::part(format!("redis://:{password}@cache.shop.svc:6379/0"), &password)
    }),
    ("a connection string", |d| {
        let password = d.text(ALNUM, 13);
        Planted::part(format!("Server=db;Database=shop;User Id=sa;Password={password}"), &password)
    }),
    ("an address of JDBC", |d| {
        let password = phrase(d);
        let start = "jdbc:mysql://db.shop.svc/shop?user=shop&password=";
        Planted::part(format!("{start}{password}"), &password)
    }),
    ("an RSA key", |d| pem("RSA ", d)),
    ("an OpenSSH key", |d| pem("OPENSSH ", d)),
    ("a login in a header", |d| {
        let login = STANDARD.encode(format!("shop:{}", d.text(ALNUM, 24)));
        Planted::part(format!("Basic {login}"), &login)
    }),
    ("a random password", |d| Planted::plain(d.text(&format!("{ALNUM}!^&~"), 24))),
    ("a phrase", |d| Planted::named(phrase(d))),
    ("a short password", |d| {
        Planted::named(format!("{}{}", d.text(LOWER, 7), d.text("0123456789", 3)))
    }),
    ("a key in hexadecimal digits", |d| Planted::plain(d.text(HEX, 64))),
    ("a key in base64", |d| Planted::plain(format!("{}=", d.text(BASE64, 43)))),
];
