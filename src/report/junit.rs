//! `JUnit` XML: a suite for each file, a failed case for each finding, an error for each file that
//! could not be analysed. A clean run has one case that passed.

use super::{Entry, Weight, counted, entries, inert};
use crate::rules::outcome::Report;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use std::fmt::Write as _;
use std::io;

/// Writes the document and a line end.
pub fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut entries: Vec<_> = entries(report).collect();
    entries.sort_by(|a, b| a.path.cmp(b.path));
    let suites: Vec<_> = entries.chunk_by(|a, b| a.path == b.path).collect();
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let errors = entries.iter().filter(|entry| entry.weight == Weight::Error).count();
    let failures = entries.len() - errors;
    xml.create_element("testsuites")
        .with_attribute(("name", env!("CARGO_PKG_NAME")))
        .with_attribute(("tests", entries.len().max(1).to_string().as_str()))
        .with_attribute(("failures", failures.to_string().as_str()))
        .with_attribute(("errors", errors.to_string().as_str()))
        .write_inner_content(|xml| {
            if suites.is_empty() {
                return clean(xml, report);
            }
            suites.iter().try_for_each(|suite| self::suite(xml, suite))
        })?;
    out.write_all(b"\n")
}

fn clean<W: io::Write>(xml: &mut Writer<W>, report: &Report) -> io::Result<()> {
    let files = counted(report.summary.files, "file");
    let name = format!("{files} without findings");
    let (tests, none) = (("tests", "1"), [("failures", "0"), ("errors", "0")]);
    xml.create_element("testsuite")
        .with_attribute(("name", env!("CARGO_PKG_NAME")))
        .with_attribute(tests)
        .with_attributes(none)
        .write_inner_content(|xml| {
            xml.create_element("testcase")
                .with_attribute(("name", name.as_str()))
                .with_attribute(("classname", env!("CARGO_PKG_NAME")))
                .write_empty()?;
            Ok(())
        })?;
    Ok(())
}

fn suite<W: io::Write>(xml: &mut Writer<W>, suite: &[Entry<'_>]) -> io::Result<()> {
    let errors = suite.iter().filter(|entry| entry.weight == Weight::Error).count();
    xml.create_element("testsuite")
        .with_attribute(("name", inert(suite[0].path).as_ref()))
        .with_attribute(("tests", suite.len().to_string().as_str()))
        .with_attribute(("failures", (suite.len() - errors).to_string().as_str()))
        .with_attribute(("errors", errors.to_string().as_str()))
        .write_inner_content(|xml| suite.iter().try_for_each(|entry| case(xml, entry)))?;
    Ok(())
}

fn case<W: io::Write>(xml: &mut Writer<W>, entry: &Entry<'_>) -> io::Result<()> {
    let mut name = entry.id.to_owned();
    if !entry.resource.is_empty() {
        let _ = write!(name, " {}", inert(entry.resource));
    }
    if let Some(extent) = entry.extent {
        let _ = write!(name, " (line {})", extent.start.line);
    }
    let path = inert(entry.path);
    let place = entry
        .extent
        .map_or(String::new(), |extent| format!(":{}:{}", extent.start.line, extent.start.column));
    let text = format!("{path}{place}\n{}\n{}", entry.message, entry.advice);
    let element = if entry.weight == Weight::Error { "error" } else { "failure" };
    xml.create_element("testcase")
        .with_attribute(("name", name.as_str()))
        .with_attribute(("classname", path.as_ref()))
        .write_inner_content(|xml| {
            xml.create_element(element)
                .with_attribute(("type", entry.weight.word()))
                .with_attribute(("message", entry.message.as_str()))
                .write_text_content(BytesText::new(text.trim_end()))?;
            Ok(())
        })?;
    Ok(())
}
