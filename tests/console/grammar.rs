//! Expressions from a grammar by types, the same for the same seed.
//!
//! Left out on purpose: `==` between lists or maps (whether a list is a tuple or a list decides, and
//! ztlint does not tell them apart: it answers unknown), the number `-0`, and errors in the part of
//! `&&` and `||` that the other side decides (Terraform 1.12 does not evaluate it, 1.11 does).

/// A generator of numbers (`splitmix64`).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.roll(from.len())]
    }
}

/// What an expression gives.
#[derive(Clone, Copy)]
enum Sort {
    Number,
    Text,
    Truth,
    Numbers,
    Texts,
    Map,
    Any,
}

/// So many expressions, no two alike.
pub fn expressions(seed: u64, count: usize) -> Vec<String> {
    let mut dice = Dice(seed);
    let mut found: Vec<String> = Vec::new();
    while found.len() < count {
        let sorts = [
            Sort::Number,
            Sort::Text,
            Sort::Truth,
            Sort::Numbers,
            Sort::Texts,
            Sort::Map,
            Sort::Any,
        ];
        let sort = sorts[dice.roll(sorts.len())];
        let expression = grow(&mut dice, sort, 3);
        if !found.contains(&expression) {
            found.push(expression);
        }
    }
    found
}

/// Templates in which each sign stands for an expression of a sort: `#` number, `@` text, `~`
/// truth, `N` numbers, `T` texts, `M` map.
fn forms(sort: Sort) -> &'static [&'static str] {
    match sort {
        Sort::Number => &[
            "# + #",
            "# - #",
            "# * #",
            "# / 4",
            "# % 7",
            "0 - #",
            "(~ ? # : #)",
            "length(T)",
            "length(@)",
            "length(M)",
            "abs(#)",
            "ceil(# / 3)",
            "floor(# / 3)",
            "max(#, #, #)",
            "min(#, #)",
            "sum(N)",
            "signum(#)",
            "pow(2, 5)",
            "element(N, #)",
            "N[0]",
            "parseint(\"7f\", 16)",
            "index(T, \"api\")",
            "tonumber(\"12.50\")",
            "try(N[9], #)",
            "lookup(local.sizes, @, #)",
            "local.rules[\"http\"].port",
            "one([#])",
            "length([for x in T : x if x != \"\"])",
            "coalesce(null, #)",
            "max(N...)",
            "length(setproduct(T, [1, 2]))",
            "strcontains(@, \"a\") ? # : 0",
        ],
        Sort::Text => &[
            "\"${@}-${#}\"",
            "\"<%{ if ~ }${@}%{ else }none%{ endif }>\"",
            "\"%{ for x in T }[${x}]%{ endfor }\"",
            "upper(@)",
            "lower(@)",
            "title(@)",
            "trimspace(\" x ${@} \")",
            "join(\",\", T)",
            "replace(@, \"e\", \"3\")",
            "replace(@, \"/[aeiou]+/\", \"_\")",
            "substr(@, 0, 3)",
            "strrev(@)",
            "format(\"%s/%d/%05.1f\", @, 7, #)",
            "trimprefix(@, \"Sh\")",
            "trimsuffix(@, \"t\")",
            "element(T, 1)",
            "T[0]",
            "tostring(#)",
            "coalesce(\"\", @)",
            "base64encode(@)",
            "md5(@)",
            "sha256(@)",
            "jsonencode(M)",
            "jsonencode(N)",
            "regex(\"[a-z]+\", @)",
            "lookup(local.labels, \"app\", @)",
            "local.people[1].name",
            "try(local.people[1].boss.name, @)",
            "try(local.people[0].boss.name, @)",
            "(~ ? @ : @)",
            "keys(M)[0]",
            "indent(2, \"a\\nb${@}\")",
            "urlencode(@)",
            "chomp(\"${@}\\n\")",
            "cidrsubnet(\"10.0.0.0/8\", 8, 5)",
            "cidrhost(\"10.1.0.0/16\", 9)",
            "formatdate(\"YYYY-MM-DD\", \"2024-02-29T10:11:12Z\")",
            "join(\"-\", [for k, v in M : \"${k}${v}\"])",
            "\"${local.people.*.name[2]}!\"",
            "split(\"-\", @)[0]",
            "trim(@, \"Spt\")",
            "\"a\\\"b$${c}${@}\"",
        ],
        Sort::Truth => &[
            "# < #",
            "# >= #",
            "# == #",
            "@ == @",
            "@ != @",
            "!~",
            "~ && can(@)",
            "~ || can(#)",
            "contains(T, @)",
            "alltrue([for n in N : n > 1])",
            "anytrue([~, ~])",
            "can(N[5])",
            "can(local.people[0].boss.name)",
            "startswith(@, \"Sh\")",
            "endswith(@, \"t\")",
            "local.nothing == null",
            "contains(keys(M), @)",
            "tobool(\"true\")",
            "length(T) > # ? true : false",
            "# == \"3\"",
            "toset(T) == toset(reverse(T))",
        ],
        Sort::Numbers => &[
            "[#, #, #]",
            "[for n in N : n * 2]",
            "[for i, n in N : n + i if n > 2]",
            "concat(N, [#])",
            "reverse(N)",
            "slice(N, 0, 2)",
            "distinct(N)",
            "range(#, # + 4)",
            "values(local.sizes)",
            "local.people[*].age",
            "[for p in local.people : p.age if length(p.tags) > 0]",
            "flatten([N, [#]])",
            "[for s in T : length(s)]",
            "tolist(toset(N))",
            "compact([\"1\", \"\", tostring(#)])",
            "[for k, v in local.sizes : v]",
            "chunklist(N, 2)[0]",
            "coalescelist([], N)",
            "local.ports",
        ],
        Sort::Texts => &[
            "[@, @]",
            "split(\"o\", @)",
            "sort(T)",
            "keys(M)",
            "compact(T)",
            "[for t in T : upper(t)]",
            "[for i, t in T : \"${i}=${t}\"]",
            "distinct(concat(T, T))",
            "tolist(toset(T))",
            "flatten(local.nested)",
            "local.people.*.name",
            "[for k, v in M : k]",
            "formatlist(\"%s!\", T)",
            "setunion(T, [@])",
            "setsubtract(T, [\"api\"])",
            "setintersection(T, [\"api\", @])",
            "reverse(T)",
            "local.zones",
            "local.names",
            "regexall(\"[a-z]\", @)",
            "matchkeys(T, T, [\"api\"])",
            "flatten(local.people[*].tags)",
            "slice(T, 0, 1)",
            "[for z in local.zones : \"${z}a\"]",
        ],
        Sort::Map => &[
            "{ a = @, b = @ }",
            "{ for t in T : \"k${t}\" => length(t)... }",
            "{ for k, v in local.labels : v => k }",
            "merge(M, { z = @ })",
            "{ for p in local.people : p.name => tostring(p.age) }",
            "local.labels",
            "{ (@) = \"x\" }",
            "zipmap([\"p\", \"q\"], [@, @])",
            "tomap({ a = #, b = @ })",
            "{ \"${@}\" : @ }",
            "{ for i, n in N : \"n${i}\" => tostring(n) if n > 2 }",
            "merge({}, local.labels, null)",
        ],
        Sort::Any => &[
            "local.people[#]",
            "{ for k, r in local.rules : k => r.from if r.port < 100 }",
            "[N, T]",
            "local.people[~ ? 1 : 0]",
            "transpose({ a = T, b = [\"api\"] })",
            "[for p in local.people : { n = p.name, b = try(p.boss.name, null) }]",
            "jsondecode(jsonencode({ a = N, b = M, c = null }))",
            "csvdecode(\"a,b\\n1,${#}\\n2,x\")",
            "try(local.labels.nope, @)",
            "yamldecode(\"a: ${#}\\nb: [x, 'y']\")",
            "merge(local.rules, { https = { port = 443, from = T } })",
            "null",
            "local.rules[*]",
            "[for k, g in { for p in local.people : length(p.tags) => p.name... } : \"${k}:${join(\"+\", g)}\"]",
            "element([N, T], #)",
            "[for x in setproduct([\"a\", \"b\"], N) : \"${x[0]}${x[1]}\"]",
            "values(local.rules)[*].from[0]",
            "regex(\"(?P<head>[A-Z])(?P<tail>.*)\", \"Q${@}\")",
            "cidrsubnets(\"10.0.0.0/16\", 4, 4, 8)",
            "lookup(local.rules, \"none\", null)",
            "sort(keys(local.rules))",
            "one(local.people[*].boss)",
            "coalesce(local.nothing, local.empty, @)",
            "chunklist(T, 2)",
            "alltrue([])",
            "setproduct([~, false], [#])",
        ],
    }
}

fn leaf(dice: &mut Dice, sort: Sort) -> &'static str {
    dice.pick(match sort {
        Sort::Number => {
            &["0", "1", "3", "7.5", "12", "local.count", "local.ratio", "local.people[1].age", "-4"]
        }
        Sort::Text => &[
            "\"api\"",
            "\"\"",
            "local.name",
            "\"Straße 7\"",
            "local.labels.tier",
            "\"a-b_c\"",
            "local.empty",
        ],
        Sort::Truth => &["true", "false", "local.yes", "!local.yes"],
        Sort::Numbers => &["local.ports", "[1, 2, 3]", "[]", "[0.5, 10]"],
        Sort::Texts => &["local.names", "[\"b\", \"a\", \"b\"]", "local.people[0].tags", "[\"x\"]"],
        Sort::Map => &["local.labels", "{}", "{ k = \"v\", api = \"w\" }"],
        Sort::Any => &["local.people[0]", "local.rules", "null", "local.nested"],
    })
}

fn grow(dice: &mut Dice, sort: Sort, depth: usize) -> String {
    if depth == 0 || depth < 3 && dice.roll(3) == 0 {
        return leaf(dice, sort).to_owned();
    }
    let form = dice.pick(forms(sort));
    let mut text = String::new();
    let mut before = ' ';
    for (at, sign) in form.char_indices() {
        let next = form[at + sign.len_utf8()..].chars().next().unwrap_or(' ');
        let lone = !before.is_alphanumeric() && !next.is_alphanumeric() && before != '<';
        let inner = match sign {
            '#' => Some(Sort::Number),
            '@' => Some(Sort::Text),
            '~' => Some(Sort::Truth),
            'N' if lone => Some(Sort::Numbers),
            'T' if lone => Some(Sort::Texts),
            'M' if lone && !form.contains("YYYY") => Some(Sort::Map),
            _ => None,
        };
        match inner {
            Some(sort) => {
                let grown = grow(dice, sort, depth - 1);
                let bare = grown.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_'));
                let closed = grown.ends_with([')', ']', '}', '"']) && !grown.contains(' ');
                if bare || closed {
                    text.push_str(&grown);
                } else {
                    text.push_str(&format!("({grown})"));
                }
            }
            None => text.push(sign),
        }
        before = sign;
    }
    text
}
