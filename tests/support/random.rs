//! Texts that the same number always makes the same way, and how they are cut down.

/// Numbers from a seed (`splitmix64`).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub fn of<T: Copy>(&mut self, choice: &[T]) -> T {
        choice[self.below(choice.len())]
    }
}

/// The text with one change, some of them from a list, to a character, a line, or all behind a place.
pub fn mutated(text: &str, changes: &[&str], random: &mut Random) -> String {
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let places: Vec<usize> = ends.collect();
    let at = random.of(&places);
    let rest = &text[at..];
    let behind = rest.chars().next().map_or(at, |char| at + char.len_utf8());
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let line = random.below(lines.len().max(1));
    match random.below(12) {
        0 | 1 => return format!("{}{}{rest}", &text[..at], random.of(changes)),
        2 => return format!("{}{}", &text[..at], &text[behind..]),
        3 => return format!("{}{}{}", &text[..at], random.of(changes), &text[behind..]),
        4 => return text[..at].to_owned(),
        5 => {
            // One bit.
            let mut bytes = text.as_bytes().to_vec();
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        _ if lines.is_empty() => {}
        6 => {
            lines.remove(line);
        }
        7 => lines.insert(line, lines[line].clone()),
        8 => {
            let other = random.below(lines.len());
            lines.swap(line, other);
        }
        9 => {
            let spaces = " ".repeat(1 + random.below(3));
            lines[line].insert_str(0, &spaces);
        }
        10 => {
            let line = &mut lines[line];
            let spaces = line.len() - line.trim_start_matches(' ').len();
            line.replace_range(..random.below(spaces + 1), "");
        }
        _ => {
            let end = lines[line].trim_end().len();
            lines[line].truncate(end);
        }
    }
    lines.concat()
}

/// A smaller text with the same fault: lines are left out, then characters, as long as it lasts.
pub fn shrunk(text: &str, faulty: impl Fn(&str) -> bool) -> String {
    let mut text = text.to_owned();
    for by_line in [true, false] {
        let mut changed = true;
        while changed {
            changed = false;
            let pieces: Vec<String> = if by_line {
                text.split_inclusive('\n').map(str::to_owned).collect()
            } else {
                text.chars().map(String::from).collect()
            };
            for left_out in (0..pieces.len()).rev() {
                let mut smaller = pieces.clone();
                smaller.remove(left_out);
                let smaller = smaller.concat();
                if faulty(&smaller) {
                    text = smaller;
                    changed = true;
                    break;
                }
            }
        }
    }
    text
}
