//! How the renewal window of a cert-manager Certificate fits its life, for the rules about it.

use super::typed::duration;
use crate::model::cursor::{Cursor, Shape};
use crate::model::root::Root;

/// The life cert-manager takes where none is written, in seconds: 2160h.
const DEFAULT_DURATION: f64 = 2160.0 * 3600.0;

/// The shortest window it accepts, in seconds: 5m.
const SHORTEST: f64 = 300.0;

/// What a renewal window is, and the value that makes it so.
pub enum Window<'a> {
    /// As it should be.
    Fits,
    /// Refused, or renewed without an end.
    Invalid(Cursor<'a>),
    /// More than two thirds of the life.
    Wide(Cursor<'a>),
    /// Cannot be told.
    Unknown,
}

/// The Certificates of a root, by index, with their renewal windows.
pub fn windows<'r>(root: &'r Root<'r>) -> impl Iterator<Item = (usize, Window<'r>)> + 'r {
    let certificates = root.objects("cert-manager.io", "Certificate");
    certificates.map(|at| (at, window(root.cursor(root.resources[at]).key("spec"))))
}

fn window(spec: Cursor<'_>) -> Window<'_> {
    let before = spec.key("renewBefore");
    let percentage = spec.key("renewBeforePercentage");
    let absent = |value: Cursor<'_>| value.shape() == Shape::Absent;
    if before.text().is_some() && percentage.text().is_some() {
        return Window::Invalid(before);
    }
    if absent(before) {
        return match percentage.scalar().known().and_then(|value| value.number()) {
            Some(part) if part > 66.0 => Window::Wide(percentage),
            Some(_) => Window::Fits,
            None if absent(percentage) => Window::Fits,
            None => Window::Unknown,
        };
    }
    let life = spec.key("duration");
    let life = if absent(life) { Some(DEFAULT_DURATION) } else { seconds(life) };
    match (seconds(before), life) {
        (Some(length), _) if length < SHORTEST => Window::Invalid(before),
        (Some(length), Some(life)) if length >= life => Window::Invalid(before),
        (Some(_), Some(_)) if !absent(percentage) => Window::Unknown,
        (Some(length), Some(life)) if length * 3.0 > life * 2.0 => Window::Wide(before),
        (Some(_), Some(_)) => Window::Fits,
        _ => Window::Unknown,
    }
}

fn seconds(value: Cursor<'_>) -> Option<f64> {
    duration(&value.text()?)
}
