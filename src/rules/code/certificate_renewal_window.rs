//! Certificates whose renewal window does not fit their life.

use crate::model::root::Root;
use crate::rules::certificate::{Window, windows};
use crate::rules::sink::Sink;

/// Reports `renewBefore` where cert-manager refuses it or would renew without an end.
pub fn certificate_renewal_window<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    for (at, window) in windows(root) {
        match window {
            Window::Invalid(value) => {
                sink.report(at, value, None, &[]);
            }
            Window::Unknown => sink.unknown(),
            Window::Fits | Window::Wide(_) => {}
        }
    }
}
