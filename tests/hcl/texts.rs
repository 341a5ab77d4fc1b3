//! Texts to read HCL from: configurations, mixtures of what is special in HCL, and both with
//! mistakes. The same number always gives the same text.

use super::random::{Random, mutated};
use std::fmt::Write as _;

/// The kinds of texts, in the order of the numbers that `text` gives.
pub const KINDS: [&str; 3] = ["configurations", "mutated configurations", "mixtures"];

/// A text of some kind.
pub fn text(seed: u64) -> (usize, String) {
    let mut random = Random(seed);
    let kind = [0, 0, 1, 1, 1, 2][random.below(6)];
    let mut text = String::new();
    if kind == 2 {
        text.extend((0..random.below(20)).map(|_| random.of(&PIECES)));
        if random.one_in(2) {
            text = format!("a = {text}\n");
        }
    } else {
        body(&mut text, &mut random, 0);
    }
    if kind == 1 {
        for _ in 0..=random.below(3) {
            text = mutated(&text, &PIECES, &mut random);
        }
    }
    if random.one_in(40) {
        text.insert(0, '\u{feff}');
    }
    (kind, text)
}

const NAMES: [&str; 16] = [
    "a", "b", "c", "name", "tags", "for_each", "format", "in", "if", "a-b", "_x", "k8s", "for",
    "null", "true", "each",
];

const LEAVES: [&str; 46] = [
    "1",
    "0",
    "-5",
    "1.50",
    "007",
    "12345678901234567890",
    "true",
    "null",
    "false",
    "var.a",
    "var.a[0].b",
    "each.value[\"k\"]",
    "aws_x.y[*].id",
    "a.*.id",
    "a.0.b",
    "a[b.c][*]",
    "\"\"",
    "\"x\"",
    "\"x y # no\"",
    "\"a\\nb\\\"c\\\\\"",
    "\"${var.a}\"",
    "\"a-${b}-${c.d}\"",
    "\"$${x} %%{y} $ % $$ ${ z }\"",
    "\"a ${~ b ~} c\"",
    "\"  ${~ b }  \"",
    "\"[\\\"a\\\", \\\"b\\\"]\"",
    "\"{\\\"a\\\": ${b}, \\\"c\\\": \\\"${d}\\\"}\"",
    "\"[1, 2]\"",
    "\"{}\"",
    "\"ü🦀${a}ü\"",
    "\"${\"${a}\"}\"",
    "\"a${\"b\"}\"",
    "<<E\nx\nE",
    "<<-E\n    x\n      ${y} z\n  E",
    "<<E\n{\n  \"a\": [\"b\", ${c}]\n}\nE",
    "<<-EOT\n\n  a\n\tb ${c}\n  EOT",
    "<<E\n$${x} \"y\" \\n # z\nE",
    "<<E\n${a}\nE",
    "<<E\n\nE",
    "<<-E\n  ${a}\n   b\n  Ex\n  E",
    "f()",
    "jsonencode({ a = 1, \"b\" = [c] })",
    "\"${f(\"x\")}\"",
    "(a)",
    "[]",
    "{}",
];

const OPERATORS: [&str; 13] =
    ["+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||"];

/// What is special in HCL.
const PIECES: [&str; 72] = [
    "a",
    "b",
    "a = ",
    "= ",
    "=",
    "\n",
    "\n",
    "\n  ",
    " ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    ", ",
    "\"",
    "\"",
    "${",
    "%{",
    "}",
    "~",
    "$",
    "%",
    "<<E\n",
    "\nE\n",
    "E",
    "<<-E\n",
    "# c\n",
    "// c\n",
    "/* c */",
    "/*",
    "*/",
    ".",
    "..",
    "...",
    "*",
    "+",
    "-",
    "!",
    "/",
    "?",
    ":",
    "::",
    "=>",
    "==",
    "&&",
    "|",
    "for ",
    "for a in b : ",
    " if ",
    " in ",
    "null",
    "true",
    "1",
    "0",
    "1.5",
    "e",
    "\\n",
    "\\",
    "ü",
    "\r\n",
    "\u{a0}",
    "\u{feff}",
    "$${",
    "%%{",
    "[*]",
    ".*",
    "a \"b\" {\n",
    "()",
];

fn pad(out: &mut String, random: &mut Random) {
    out.push_str(random.of(&[" ", " ", " ", " ", "", "  ", "\t", " /* c */ "]));
}

/// White space where lines may end.
fn gap(out: &mut String, random: &mut Random) {
    out.push_str(
        random.of(&["", "", " ", " ", " ", "\n  ", "\n", " # c\n", " // c\n ", "/* c */"]),
    );
}

fn end_line(out: &mut String, random: &mut Random) {
    out.push_str(random.of(&["", "", "", "", "", " # c", " // ü", " /* c */", "  "]));
    out.push('\n');
    while random.one_in(7) {
        out.push_str(random.of(&["\n", "  \n", "# c\n", "  /* c\n d */\n", "// {\n"]));
    }
}

fn body(out: &mut String, random: &mut Random, depth: usize) {
    for number in 0..random.below(5) {
        out.extend(std::iter::repeat_n("  ", depth));
        out.push_str(random.of(&NAMES));
        if !random.one_in(6) {
            out.push_str(&number.to_string());
        }
        if depth > 3 || random.one_in(2) {
            pad(out, random);
            out.push('=');
            pad(out, random);
            expression(out, random, 0);
        } else {
            pad(out, random);
            for _ in 0..random.below(3) {
                out.push_str(random.of(&["\"aws_x\" ", "\"y\"", "z ", "\"ü\" ", "\"a$b\" "]));
            }
            out.push('{');
            match random.below(6) {
                0 => {}
                1 => {
                    pad(out, random);
                    out.push_str("a = ");
                    expression(out, random, 1);
                    pad(out, random);
                }
                _ => {
                    end_line(out, random);
                    body(out, random, depth + 1);
                    out.extend(std::iter::repeat_n("  ", depth));
                }
            }
            out.push('}');
        }
        end_line(out, random);
    }
}

fn expression(out: &mut String, random: &mut Random, depth: usize) {
    if depth > 4 {
        out.push_str(random.of(&LEAVES));
        return;
    }
    match random.below(16) {
        0 => list(out, random, depth),
        1 | 2 => object(out, random, depth),
        3 => call(out, random, depth),
        4 => repetition(out, random, depth),
        5 => {
            out.push('(');
            gap(out, random);
            expression(out, random, depth + 1);
            gap(out, random);
            out.push(')');
            out.push_str(random.of(&["", "", ".a", "[0]", "[*].b"]));
        }
        6 => {
            for turn in 0..2 + random.below(3) {
                if turn > 0 {
                    pad(out, random);
                    out.push_str(random.of(&OPERATORS));
                    pad(out, random);
                }
                expression(out, random, depth + 2);
            }
        }
        7 => {
            expression(out, random, depth + 1);
            pad(out, random);
            out.push('?');
            pad(out, random);
            expression(out, random, depth + 1);
            pad(out, random);
            out.push(':');
            pad(out, random);
            expression(out, random, depth + 1);
        }
        8 => {
            out.push_str(random.of(&["!", "-"]));
            expression(out, random, depth + 2);
        }
        _ => out.push_str(random.of(&LEAVES)),
    }
}

fn list(out: &mut String, random: &mut Random, depth: usize) {
    out.push('[');
    for item in 0..random.below(4) {
        if item > 0 {
            out.push(',');
        }
        gap(out, random);
        expression(out, random, depth + 1);
        gap(out, random);
    }
    out.push_str(random.of(&["]", "]", ",]", " ]", "][0]"]));
}

fn object(out: &mut String, random: &mut Random, depth: usize) {
    out.push('{');
    gap(out, random);
    for entry in 0..random.below(4) {
        match random.below(12) {
            0 => out.push_str("(var.k)"),
            1 => out.push_str("\"${a}-b\""),
            2 => {
                let _ = write!(out, "{entry}");
            }
            3 | 4 => {
                let _ = write!(out, "\"k {entry}\"");
            }
            5 => out.push_str(random.of(&["a.b", "(\"x\")", "null", "f(x)", "\"x\\\"\"", "a + b"])),
            _ => {
                let _ = write!(out, "{}{entry}", random.of(&NAMES));
            }
        }
        pad(out, random);
        out.push_str(random.of(&["=", "=", "=", ":"]));
        pad(out, random);
        expression(out, random, depth + 1);
        out.push_str(random.of(&[",", ", ", "\n", "\n    ", " # c\n", " // c\n", ",\n", " ,"]));
    }
    out.push('}');
}

fn call(out: &mut String, random: &mut Random, depth: usize) {
    out.push_str(random.of(&["merge", "f", "format", "jsonencode"]));
    out.push('(');
    let args = random.below(4);
    for arg in 0..args {
        if arg > 0 {
            out.push(',');
        }
        gap(out, random);
        expression(out, random, depth + 1);
        gap(out, random);
    }
    if args > 0 {
        out.push_str(random.of(&["", "", "", ",", "...", ",\n"]));
    }
    out.push(')');
    out.push_str(random.of(&["", "", "", ".a", "[\"k\"]", "[*]"]));
}

fn repetition(out: &mut String, random: &mut Random, depth: usize) {
    let object = random.one_in(2);
    out.push(if object { '{' } else { '[' });
    gap(out, random);
    out.push_str(random.of(&["for k, v in ", "for v in ", "for k , v in\n", "for v\nin "]));
    expression(out, random, depth + 2);
    gap(out, random);
    out.push(':');
    gap(out, random);
    if object {
        expression(out, random, depth + 2);
        gap(out, random);
        out.push_str("=>");
        gap(out, random);
    }
    expression(out, random, depth + 2);
    gap(out, random);
    if object {
        out.push_str(random.of(&["", "", "...", "... "]));
    }
    if random.one_in(3) {
        out.push_str(" if ");
        expression(out, random, depth + 2);
        gap(out, random);
    }
    out.push(if object { '}' } else { ']' });
}
