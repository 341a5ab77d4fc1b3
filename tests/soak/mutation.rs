//! Seeded damage to a text: what editors, merges, disks and attackers do to manifests. Knows nothing
//! of what the text means.

/// Random numbers, the same for the same seed on every machine (`SplitMix64`).
pub struct Random(u64);

impl Random {
    /// Numbers that depend on a seed and on a few words.
    pub fn new(seed: u64, words: &[&str]) -> Self {
        let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
        // FNV-1a.
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(hash)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).expect("a length fits");
        usize::try_from(self.next() % end).expect("it is below a length")
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Puts a list into another order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

type Kind = fn(&mut Vec<u8>, &mut Random, &[u8]);

/// The ways to damage a text, by name.
pub const KINDS: [(&str, Kind); 14] = [
    ("flipped bits", flip),
    ("cut off", cut),
    ("repeated lines", repeat),
    ("lines removed", remove),
    ("lines swapped", swap),
    ("indentation swapped", indent),
    ("huge numbers", numbers),
    ("deep nesting", nest),
    ("anchors", anchors),
    ("lines of another file", splice),
    ("strange values", values),
    ("strange characters", characters),
    ("words swapped", words),
    ("many documents", documents),
];

/// Longer texts are not damaged by making them longer.
const LONGEST: usize = 4 << 20;

/// Damages a text in one to three ways; `other` is some other file's.
pub fn mutate(text: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..=random.below(3) {
        let (_, damage) = random.one(&KINDS);
        damage(&mut text, random, other);
        text.truncate(LONGEST);
    }
    text
}

#[allow(clippy::ptr_arg, reason = "all kinds have one type")]
fn flip(text: &mut Vec<u8>, random: &mut Random, _: &[u8]) {
    for _ in 0..=random.below(8) {
        let (at, bit) = (random.below(text.len()), random.below(8));
        if let Some(byte) = text.get_mut(at) {
            *byte ^= 1 << bit;
        }
    }
}

fn cut(text: &mut Vec<u8>, random: &mut Random, _: &[u8]) {
    text.truncate(random.below(text.len()));
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// A few lines that follow one another.
fn some<'t>(lines: &[&'t [u8]], random: &mut Random) -> Vec<&'t [u8]> {
    let start = random.below(lines.len());
    let end = (start + 1 + random.below(20)).min(lines.len());
    lines.get(start..end).unwrap_or_default().to_vec()
}

fn insert(text: &mut Vec<u8>, random: &mut Random, piece: &[&[u8]]) {
    let mut all = lines(text);
    let at = random.below(all.len() + 1);
    all.splice(at..at, piece.iter().copied());
    *text = all.concat();
}

fn repeat(text: &mut Vec<u8>, random: &mut Random, _: &[u8]) {
    let copy = text.clone();
    let piece = some(&lines(&copy), random);
    insert(text, random, &piece);
}

fn splice(text: &mut Vec<u8>, random: &mut Random, other: &[u8]) {
    let piece = some(&lines(other), random);
    insert(text, random, &piece);
}

fn remove(text: &mut Vec<u8>, random: &mut Random, _: &[u8]) {
    let mut all = lines(text);
    let start = random.below(all.len());
    let end = (start + 1 + random.below(5)).min(all.len());
    all.drain(start.min(end)..end);
    *text = all.concat();
}

fn swap(text: &mut Vec<u8>, random: &mut Random, _: &[u8]) {
    let mut all = lines(text);
    if !all.is_empty() {
        let (one, other) = (random.below(all.len()), random.below(all.len()));
        all.swap(one, other);
        *text = all.concat();
    }
}

fn indent(text: &mut Vec<u8>, random: &mut Random, _: &[u8]) {
    let all = lines(text);
    let depth = |line: &[u8]| line.iter().take_while(|byte| **byte == b' ').count();
    let (one, other) = (random.below(all.len()), random.below(all.len()));
    let Some((first, second)) = all.get(one).zip(all.get(other)) else { return };
    let mut made: Vec<Vec<u8>> = all.iter().map(|line| line.to_vec()).collect();
    let exchanged = |line: &[u8], depth_of: &[u8], blank: u8| {
        let mut made = vec![blank; depth(depth_of)];
        made.extend(&line[depth(line)..]);
        made
    };
    let blank = if random.below(8) == 0 { b'\t' } else { b' ' };
    made[one] = exchanged(first, second, blank);
    made[other] = exchanged(second, first, b' ');
    *text = made.concat();
}

const NUMBERS: [&str; 14] = [
    "99999999999999999999999999999999999999",
    "-1",
    "-0",
    "0",
    "1e999999999",
    "1e4096",
    "1e-400",
    "1.7976931348623157e308",
    "18446744073709551616",
    "9223372036854775807",
    "-9223372036854775808",
    "4294967296",
    "0777777777777777777777777",
    "65536",
];

fn numbers(text: &mut Vec<u8>, random: &mut Random, _: &[u8]) {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, byte) in text.iter().enumerate() {
        match runs.last_mut() {
            Some((_, end)) if byte.is_ascii_digit() && *end == at => *end += 1,
            _ if byte.is_ascii_digit() => runs.push((at, at + 1)),
            _ => {}
        }
    }
    if let Some(&(start, end)) = runs.get(random.below(runs.len())) {
        text.splice(start..end, random.one(&NUMBERS).bytes());
    }
}

/// Where a value may begin: behind `: `, `= ` or `- `.
fn value(text: &[u8], random: &mut Random) -> usize {
    let places: Vec<usize> = text
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| matches!(pair, [b':' | b'=' | b'-', b' ']))
        .map(|(at, _)| at + 2)
        .collect();
    places.get(random.below(places.len())).copied().unwrap_or(random.below(text.len()))
}

fn nest(text: &mut Vec<u8>, random: &mut Random, _: &[u8]) {
    const PAIRS: [(&str, &str); 8] = [
        ("[", "]"),
        ("{a: ", "}"),
        ("{a = ", "}"),
        ("(", ")"),
        ("\"${", "}\""),
        ("f(", ")"),
        ("- ", ""),
        ("!", ""),
    ];
    let (open, close) = random.one(&PAIRS);
    let count = *random.one(&[3, 60, 600, 20_000]);
    let at = value(text, random);
    let mut piece = open.repeat(count);
    if random.below(4) > 0 {
        piece += "1";
        piece += &close.repeat(count);
    }
    text.splice(at..at, piece.bytes());
}

fn anchors(text: &mut Vec<u8>, random: &mut Random, _: &[u8]) {
    let at = value(text, random);
    text.splice(at..at, *b"&x ");
    match random.below(4) {
        0 => {
            let copy = text.clone();
            let all = lines(&copy);
            let Some(line) = all.get(random.below(all.len())) else { return };
            let depth = line.iter().take_while(|byte| **byte == b' ').count();
            let merge = format!("{}<<: *x\n", " ".repeat(depth));
            insert(text, random, &[merge.as_bytes()]);
        }
        1 => {
            let mut bomb = String::from("&y0 [*x, x]");
            for at in 1..40 {
                let before = at - 1;
                bomb = format!("[{bomb}, &y{at} [{}]]", vec![format!("*y{before}"); 9].join(", "));
            }
            let at = value(text, random);
            text.splice(at..at, bomb.bytes());
        }
        _ => {
            for _ in 0..=random.below(5) {
                let at = value(text, random);
                let end = text[at..].iter().position(|byte| *byte == b'\n').map_or(at, |n| at + n);
                text.splice(at..end, *b"*x");
            }
        }
    }
}

fn values(text: &mut Vec<u8>, random: &mut Random, _: &[u8]) {
    const VALUES: [&str; 24] = [
        "",
        "null",
        "~",
        "true",
        "[]",
        "{}",
        "[{}]",
        "[null]",
        "\"\"",
        "'*'",
        "\"${var.nothing}\"",
        "${NOTHING}",
        "\"0.0.0.0/0\"",
        "\"::/129\"",
        "\"(a+)+$\"",
        "\"\\ud800\"",
        "\u{202e}\u{1f469}\u{200d}\u{1f680}e\u{301}",
        "!!binary AAAA",
        "!custom {a: b}",
        "|\n\n  x",
        "<<EOT\nEOT\n",
        "var.a.b[\"c\"][*].d...",
        "[for a in range(9999999) : a]",
        "cidrsubnets(\"10.0.0.0/8\", 30, 30, 99)",
    ];
    let at = value(text, random);
    let end = text[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |n| at + n);
    let piece = if random.below(30) == 0 {
        "a\u{e9}".repeat(50_000)
    } else {
        (*random.one(&VALUES)).to_owned()
    };
    text.splice(at..end, piece.bytes());
}

fn characters(text: &mut Vec<u8>, random: &mut Random, _: &[u8]) {
    const CHARACTERS: [&str; 12] = [
        "\0",
        "\t",
        "\r",
        "\u{b}",
        "\u{1b}[2J",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{7f}",
        "\u{10ffff}",
        "#",
        "\"",
    ];
    match random.below(6) {
        0 => *text = text.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]),
        1 => {
            for byte in text.iter_mut().filter(|byte| **byte == b'\n') {
                *byte = b'\r';
            }
        }
        _ => {
            for _ in 0..=random.below(4) {
                let at = random.below(text.len() + 1);
                text.splice(at..at, random.one(&CHARACTERS).bytes());
            }
        }
    }
}

fn words(text: &mut Vec<u8>, random: &mut Random, _: &[u8]) {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let pick = |random: &mut Random| {
        let at = random.below(text.len());
        let start = text[..at].iter().rposition(|byte| !word(byte)).map_or(0, |n| n + 1);
        let end = text[at..].iter().position(|byte| !word(byte)).map_or(text.len(), |n| at + n);
        (start, end.max(start))
    };
    let (one, other) = (pick(random), pick(random));
    let (first, second) = (one.min(other), one.max(other));
    if first.1 > second.0 {
        return;
    }
    let (a, b) = (text[first.0..first.1].to_vec(), text[second.0..second.1].to_vec());
    text.splice(second.0..second.1, a);
    text.splice(first.0..first.1, b);
}

fn documents(text: &mut Vec<u8>, random: &mut Random, _: &[u8]) {
    let whole = [&text[..], b"\n---\n"].concat();
    let count = *random.one(&[1, 2, 30]);
    if whole.len() * count < LONGEST / 16 {
        text.splice(0..0, whole.repeat(count));
    }
}
