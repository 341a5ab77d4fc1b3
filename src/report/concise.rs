//! One line for each problem and finding, as compilers write them: editors and `grep` read it.
//!
//! ```text
//! PATH:LINE:COLUMN: SEVERITY ID MESSAGE [NAME]
//! ```
//!
//! The severity of a problem is `error` or `warning`. A file that could not be read has no line.

use super::{entries, inert};
use crate::rules::outcome::Report;
use std::io;

/// Writes the lines; none where there is nothing to say.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for entry in entries(report) {
        write!(out, "{}:", inert(entry.path))?;
        if let Some(extent) = entry.extent {
            write!(out, "{}:{}:", extent.start.line, extent.start.column)?;
        }
        write!(out, " {} {} {}", entry.weight.word(), entry.id, entry.message)?;
        if entry.name != entry.id {
            write!(out, " [{}]", entry.name)?;
        }
        writeln!(out)?;
    }
    Ok(())
}
