//! Suppressions in annotations of objects (`ztlint/ignore`, and Checkov's where the configuration
//! asks for them), which outlive rendering. That of the
//! object holds for all of it, that of its pod template for the template. Each object has its own,
//! so that an overlay's annotation hides nothing of another overlay.

use super::peer::{self, Peer};
use super::{Content, Key, Kind, Reach, Standing, Suppression, grammar};
use crate::input::file::{File, written};
use crate::input::source::Place;
use crate::model::cursor::Cursor;
use crate::model::kubernetes::workload;
use crate::model::resource::Resource;
use crate::model::root::Root;
use crate::model::value::NodeRef;
use crate::rules::catalog::Catalog;
use crate::rules::rule::Rule;
use crate::rules::settings::Settings;
use std::collections::HashMap;
use std::ops::Range;

/// The annotation.
pub const NAME: &str = "ztlint/ignore";

/// The annotations of one root's objects.
#[derive(Debug, Default)]
pub struct Annotations {
    /// Each, in the order of the objects.
    pub list: Vec<Suppression>,
    /// Those of an object, by its body and address.
    objects: HashMap<(NodeRef, String), Range<usize>>,
}

impl Annotations {
    /// Reads the annotations of a root's objects.
    pub fn of(root: &Root<'_>, settings: &Settings) -> Self {
        let catalog = &settings.catalog;
        let checkov = settings.suppressions.peers.contains(&Peer::Checkov);
        let mut annotations = Self::default();
        for resource in &root.resources {
            let Some(object) = resource.object() else { continue };
            let start = annotations.list.len();
            let body = root.cursor(resource);
            annotations.read(root.files, body.key("metadata"), None, catalog);
            if checkov {
                annotations.read_checkov(root.files, body.key("metadata"), catalog);
            }
            // A pod is its own template.
            let template = workload::template_path(object).filter(|path| !path.is_empty());
            if template.is_some() {
                let template = workload::template(object, body).unwrap_or(body);
                let (header, place) = (template.header(), template.place());
                let same = header.file == place.file;
                let span = if same { header.span.join(place.span) } else { place.span };
                let part = Place { span, ..place };
                annotations.read(root.files, template.key("metadata"), Some(part), catalog);
            }
            let end = annotations.list.len();
            if end > start {
                let key = (resource.node, resource.instance_address());
                annotations.objects.insert(key, start..end);
            }
        }
        annotations
    }

    fn read(
        &mut self,
        files: &[File],
        metadata: Cursor<'_>,
        part: Option<Place>,
        catalog: &Catalog,
    ) {
        let value = metadata.key("annotations").key(NAME);
        let Some(text) = value.text() else { return };
        let place = written(files, value.focus()).0;
        let mut parts = grammar::parts(&text);
        if parts.is_empty() {
            parts.push("");
        }
        for (ordinal, text) in parts.into_iter().enumerate() {
            self.list.push(Suppression {
                place,
                ordinal: ordinal as u32,
                kind: Kind::Annotation,
                peer: None,
                reach: Reach::Object(part),
                content: grammar::bare(text, catalog),
            });
        }
    }

    fn read_checkov(&mut self, files: &[File], metadata: Cursor<'_>, catalog: &Catalog) {
        for (name, value) in metadata.key("annotations").entries().0 {
            let Some(text) = value.text().filter(|_| name.starts_with(peer::CHECKOV_ANNOTATION))
            else {
                continue;
            };
            self.list.push(Suppression {
                place: written(files, value.focus()).0,
                ordinal: 0,
                kind: Kind::Annotation,
                peer: Some(Peer::Checkov),
                reach: Reach::Object(None),
                content: Content::Terms(peer::annotation(&text, catalog)),
            });
        }
    }

    /// The suppression that hides a finding at `at` about an object, if one does; marks what is used.
    pub fn hide(
        &mut self,
        rule: &Rule,
        resource: &Resource,
        at: Place,
        settings: &Settings,
    ) -> Option<Key> {
        if self.objects.is_empty() {
            return None;
        }
        let key = (resource.node, resource.instance_address());
        let own = self.objects.get(&key)?.clone();
        let mut hidden = None;
        for suppression in &mut self.list[own] {
            let Reach::Object(part) = &suppression.reach else { continue };
            let inside = |part: &Place| part.file == at.file && part.span.contains(at.span);
            if !part.as_ref().is_none_or(inside) {
                continue;
            }
            let holds =
                suppression.standing(&settings.suppressions, settings.today) == Standing::Holds;
            let key = suppression.key();
            let Content::Terms(terms) = &mut suppression.content else { continue };
            let Some(named) = terms.rules.iter().position(|one| one.id == rule.id) else {
                continue;
            };
            terms.used[named] = true;
            if holds {
                hidden.get_or_insert(key);
            }
        }
        hidden
    }
}
