//! Services: which pods they lead to, through which ports.

use super::namespace::Home;
use super::pods::{Workload, number, protocol};
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::selector::Selector;
use std::borrow::Cow;

/// A Service of the core group.
#[derive(Clone)]
pub struct Service<'a> {
    /// Its index in the root.
    pub resource: usize,
    /// Its namespace.
    pub home: Home<'a>,
    /// Its name, where known.
    pub name: Option<Cow<'a, str>>,
    /// Which pods it leads to; none for a Service whose endpoints somebody else keeps, and for one
    /// of type `ExternalName`.
    pub selector: Option<Selector<'a>>,
    /// `ClusterIP` (the default), `NodePort`, `LoadBalancer`, `ExternalName`; none where it cannot
    /// be told.
    pub kind: Option<Cow<'a, str>>,
    /// Its ports.
    pub ports: Vec<ServicePort<'a>>,
    /// Whether there may be more.
    pub open_ports: bool,
    /// Its `spec`.
    pub spec: Cursor<'a>,
    /// `True`, or `Unknown` where it may not exist.
    pub present: Truth,
}

/// A port of a Service.
#[derive(Clone)]
pub struct ServicePort<'a> {
    /// Its name, if it has one that is known.
    pub name: Option<Cow<'a, str>>,
    /// `port`, where known.
    pub number: Option<u16>,
    /// `TCP` (the default), `UDP`, `SCTP`; none where it cannot be told.
    pub protocol: Option<Cow<'a, str>>,
    /// The port of the pods; `port` where no `targetPort` is written.
    pub target: Target<'a>,
    /// `appProtocol`, if written and known.
    pub app_protocol: Option<Cow<'a, str>>,
    /// The whole entry.
    pub at: Cursor<'a>,
}

/// What a Service's port leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target<'a> {
    /// A port number of the pods.
    Number(u16),
    /// A named port, to be looked up on each pod.
    Name(Cow<'a, str>),
    /// Cannot be told.
    Unknown,
}

impl<'a> Service<'a> {
    /// Reads a Service.
    pub fn read(resource: usize, certain: bool, cursor: Cursor<'a>) -> Self {
        let spec = cursor.key("spec");
        let kind = spec.key("type");
        let kind = match kind.shape() {
            Shape::Absent => Some(Cow::Borrowed("ClusterIP")),
            _ => kind.text(),
        };
        let mut selector = Selector::of_map(spec.key("selector"))
            .filter(|selector| selector.selects_everything() != Truth::True)
            .filter(|_| kind.as_deref() != Some("ExternalName"));
        if let Some(selector) = &mut selector {
            // Of what type it is decides whether the selector counts.
            selector.open |= kind.is_none();
        }
        let ports = spec.key("ports").items();
        Self {
            resource,
            home: Home::read(cursor),
            name: cursor.key("metadata").key("name").text(),
            selector,
            kind,
            ports: ports.known.into_iter().map(service_port).collect(),
            open_ports: ports.open,
            spec,
            present: if certain { Truth::True } else { Truth::Unknown },
        }
    }
}

impl ServicePort<'_> {
    /// The port number it leads to on a workload's pods; none where it cannot be told or no such
    /// port is declared.
    pub fn number_on(&self, workload: &Workload<'_>) -> Option<u16> {
        match &self.target {
            Target::Number(number) => Some(*number),
            Target::Name(name) => workload.port_number(name),
            Target::Unknown => None,
        }
    }
}

fn service_port(at: Cursor<'_>) -> ServicePort<'_> {
    let own = number(at.key("port"));
    let written = at.key("targetPort");
    let target = match (written.shape(), written.text()) {
        (Shape::Absent, _) => own.map_or(Target::Unknown, Target::Number),
        (_, Some(text)) => match text.parse() {
            Ok(0) => own.map_or(Target::Unknown, Target::Number),
            Ok(number) => Target::Number(number),
            Err(_) => Target::Name(text),
        },
        _ => Target::Unknown,
    };
    ServicePort {
        name: at.key("name").text(),
        number: own,
        protocol: protocol(at.key("protocol")),
        target,
        app_protocol: at.key("appProtocol").text(),
        at,
    }
}
