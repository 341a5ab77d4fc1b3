//! Certificates that are renewed when most of their life is still left.

use crate::model::root::Root;
use crate::rules::certificate::{Window, windows};
use crate::rules::sink::Sink;

/// Reports a renewal window of more than two thirds of the life.
pub fn certificate_renewal_window_wide<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for (at, window) in windows(root) {
        match window {
            Window::Wide(value) => {
                sink.report(at, value, None, &[]);
            }
            Window::Unknown => sink.unknown(),
            Window::Fits | Window::Invalid(_) => {}
        }
    }
}
