//! Who is admitted in a small world with a mesh, one call at a time, straight from the text of the
//! APIs: loops and truth values, nothing shared with the engine.

use super::mesh_world::{Enrolled, Field, ISSUER, MeshWorld, Policy, SERVED, SERVICE};
use super::oracle::{End, Oracle};
use super::world::Labels;

/// A request: method, path, and the issuer of its token.
pub type Request = (&'static str, &'static str, Option<&'static str>);

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    Request(Request),
    Bytes,
    /// Whatever passes without a token.
    Anything,
}

/// How the caller speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    Any,
    Usual,
    Plaintext,
    As(&'static str, &'static str),
}

/// A world and what its manifests do not say.
#[derive(Clone, Copy)]
pub struct MeshOracle<'w> {
    pub world: &'w MeshWorld,
    /// Whether the provider of CUSTOM policies lets calls through.
    pub provider: bool,
    /// Whether sidecars speak in tunnels with members of the ambient mesh.
    pub tunnels: bool,
}

const TUNNEL: u16 = 15_008;

/// Methods and paths of which every combination of the patterns is met by some.
const METHODS: [&str; 4] = ["GET", "POST", "PO", "PUT"];
const TRIED: [&str; 12] =
    ["/a", "/ab", "/a/q", "/a/b", "/b/", "/b/q", "/b/b", "/q", "/qb", "/c/q", "/c/b", "/"];

type Identity = Option<(String, String)>;

impl MeshOracle<'_> {
    fn enrolled(&self, pod: usize) -> Enrolled {
        let around = self.world.namespaces[self.world.world.pods[pod].namespace];
        self.world.pods[pod].0.unwrap_or(around)
    }

    fn network(&self, from: End, to: End, port: u16) -> bool {
        Oracle { world: &self.world.world, covered: false }.allows(from, to, "TCP", port)
    }

    fn selects(selector: Option<&Labels>, labels: &Labels) -> bool {
        selector.is_none_or(|all| all.iter().all(|(key, value)| labels.get(key) == Some(value)))
    }

    fn captured(&self, to: usize, port: u16) -> bool {
        match self.enrolled(to) {
            Enrolled::Nothing => false,
            Enrolled::Ambient => true,
            Enrolled::Sidecar => {
                ![22, 15_020, 15_021, 15_090].contains(&port) && self.world.pods[to].1 != Some(port)
            }
        }
    }

    /// The mode of a port whose proxy is in the path.
    fn mode(&self, to: usize, port: u16) -> &'static str {
        let pod = &self.world.world.pods[to];
        let ambient = self.enrolled(to) == Enrolled::Ambient;
        let mut mode = "PERMISSIVE";
        let mut narrowest = None;
        // Mesh, namespace, workload; one with a selector in the root namespace is ignored.
        for (namespace, selects) in
            [(None, false), (Some(pod.namespace), false), (Some(pod.namespace), true)]
        {
            let found = self.world.peers.iter().find(|peer| {
                peer.namespace == namespace
                    && peer.selector.is_some() == selects
                    && Self::selects(peer.selector.as_ref(), &pod.labels)
            });
            let Some(peer) = found else { continue };
            match peer.mode {
                None | Some("UNSET") => {}
                // The ambient mesh knows no DISABLE.
                Some("DISABLE") if ambient => mode = "PERMISSIVE",
                Some(own) => mode = own,
            }
            if selects {
                narrowest = Some(peer);
            }
        }
        if let Some(peer) = narrowest
            && let Some((_, own)) = peer.ports.iter().find(|one| one.0 == port)
        {
            match *own {
                "UNSET" => {}
                "DISABLE" if ambient => {
                    // Not taken for an exception where the policy sets no mode of its own.
                    if !matches!(peer.mode, None | Some("UNSET")) {
                        mode = "PERMISSIVE";
                    }
                }
                own => mode = own,
            }
        }
        mode
    }

    /// What the namespace's Service that leads to a port of a pod says of it, "" for nothing.
    fn served(&self, to: usize, port: u16) -> Option<&'static str> {
        let labels = &self.world.world.pods[to].labels;
        let selected = labels.get(SERVICE.0).is_some_and(|value| value == SERVICE.1);
        SERVED.iter().find(|one| selected && one.0 == port).map(|one| one.1.unwrap_or_default())
    }

    /// Whether a call gets through.
    pub fn admits(&self, from: End, to: usize, port: u16, spoken: Spoken, sent: Sent) -> bool {
        if from == End::Pod(to) {
            return true;
        }
        let own = match from {
            End::Pod(at) if self.enrolled(at) != Enrolled::Nothing => {
                let namespace = self.world.world.pods[at].namespace;
                Some((format!("n{namespace}"), format!("s{at}")))
            }
            _ => None,
        };
        let mutual = self.captured(to, port) && self.mode(to, port) != "DISABLE";
        let plain = || self.by(from, to, port, &None, sent);
        let shown = |identity: Identity| mutual && self.by(from, to, port, &identity, sent);
        match spoken {
            Spoken::Any => plain() || own.is_some() && shown(own),
            Spoken::As(namespace, account) if mutual => {
                shown(Some((namespace.to_owned(), account.to_owned())))
            }
            Spoken::Plaintext | Spoken::As(..) => plain(),
            Spoken::Usual => {
                let sidecar =
                    matches!(from, End::Pod(at) if self.enrolled(at) == Enrolled::Sidecar);
                let home = self.world.world.pods[to].namespace;
                let ruled =
                    self.world.clients[home].filter(|_| sidecar && self.served(to, port).is_some());
                match ruled {
                    Some("ISTIO_MUTUAL") => shown(own),
                    None if mutual && own.is_some() => shown(own),
                    _ => plain(),
                }
            }
        }
    }

    /// Whether a call with this identity, or in plaintext, gets through.
    fn by(&self, from: End, to: usize, port: u16, identity: &Identity, sent: Sent) -> bool {
        let end = End::Pod(to);
        if !self.captured(to, port) {
            return self.network(from, end, port);
        }
        match self.mode(to, port) {
            "STRICT" if identity.is_none() => return false,
            _ => {}
        }
        let ambient = |pod: usize| self.enrolled(pod) == Enrolled::Ambient;
        let tunnelled = identity.is_some()
            && (ambient(to) || self.tunnels && matches!(from, End::Pod(at) if ambient(at)));
        if !self.network(from, end, if tunnelled { TUNNEL } else { port }) {
            return false;
        }
        let judge = |request: Option<Request>| self.judge(from, to, port, identity, request);
        if ambient(to) {
            return judge(None);
        }
        let home = self.world.world.pods[to].namespace;
        let stated = |(method, path, token): Request| match (token, self.world.verified[home]) {
            (Some(issuer), true) => issuer == ISSUER && judge(Some((method, path, token))),
            (_, _) => judge(Some((method, path, None))),
        };
        let any = || METHODS.iter().any(|m| TRIED.iter().any(|p| judge(Some((m, p, None)))));
        match (self.served(to, port), sent) {
            (Some("tcp"), _) => judge(None),
            (Some("http"), Sent::Bytes) => false,
            (Some("http"), Sent::Anything) => any(),
            (_, Sent::Request(request)) => stated(request),
            (_, Sent::Bytes) => judge(None),
            (_, Sent::Anything) => any() || judge(None),
        }
    }

    fn attached(&self, to: usize, action: &str) -> Vec<&Policy> {
        let pod = &self.world.world.pods[to];
        let mine = |policy: &&Policy| {
            policy.action == action
                && policy.namespace.is_none_or(|home| home == pod.namespace)
                && Self::selects(policy.selector.as_ref(), &pod.labels)
        };
        self.world.policies.iter().filter(mine).collect()
    }

    /// What the policies decide about one call; none where no request is read.
    fn judge(
        &self,
        from: End,
        to: usize,
        port: u16,
        identity: &Identity,
        request: Option<Request>,
    ) -> bool {
        let ambient = self.enrolled(to) == Enrolled::Ambient;
        let http = |name: &str| matches!(name, "requestPrincipals" | "methods" | "paths");
        let beyond = |field: &Field| request.is_none() && http(field.0);
        let holds = |field: &Field| holds(field, from, port, identity, request);
        // Custom and allow rules with a field that cannot be read match nothing.
        let narrow = |policy: &&Policy| {
            policy.rules.iter().any(|rule| {
                let mut fields = rule.from.iter().chain(&rule.to).flatten();
                let clauses = |list: &[Vec<Field>]| {
                    list.is_empty() || list.iter().any(|fields| fields.iter().all(holds))
                };
                !fields.any(beyond) && clauses(&rule.from) && clauses(&rule.to)
            })
        };
        // Deny rules lose such a field; the node's proxy also a clause of which nothing is left.
        let wide = |policy: &&Policy| {
            policy.rules.iter().any(|rule| {
                let clauses = |list: &[Vec<Field>]| {
                    list.is_empty()
                        || list.iter().any(|fields| {
                            let mut kept = fields.iter().filter(|field| !beyond(field)).peekable();
                            if ambient && kept.peek().is_none() {
                                return false;
                            }
                            kept.all(holds)
                        })
                };
                clauses(&rule.from) && clauses(&rule.to)
            })
        };
        if !ambient && !self.provider && self.attached(to, "CUSTOM").iter().any(narrow) {
            return false;
        }
        if self.attached(to, "DENY").iter().any(wide) {
            return false;
        }
        let allow = self.attached(to, "ALLOW");
        allow.is_empty() || allow.iter().any(narrow)
    }
}

/// Whether a field matches a call.
fn holds(
    (name, turned, values): &Field,
    from: End,
    port: u16,
    identity: &Identity,
    request: Option<Request>,
) -> bool {
    let text = |pattern: &str, value: &str| match pattern {
        "*" => !value.is_empty(),
        "/c/{*}" => value.strip_prefix("/c/").is_some_and(|s| !s.is_empty() && !s.contains('/')),
        _ => match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
            (Some(end), _) => value.ends_with(end),
            (_, Some(start)) => value.starts_with(start),
            _ => pattern == value,
        },
    };
    let found = values.iter().any(|pattern| match *name {
        "principals" => identity.as_ref().is_some_and(|(namespace, account)| {
            text(pattern, &format!("cluster.local/ns/{namespace}/sa/{account}"))
        }),
        "namespaces" => identity.as_ref().is_some_and(|(own, _)| text(pattern, own)),
        "requestPrincipals" => request
            .and_then(|request| request.2)
            .is_some_and(|issuer| text(pattern, &format!("{issuer}/me"))),
        // Pods have no public addresses.
        "ipBlocks" => match from {
            End::Outside(address) => {
                pattern.parse::<ipnet::IpNet>().expect("a CIDR").contains(&address)
            }
            End::Pod(_) => false,
        },
        "ports" => pattern.parse() == Ok(port),
        "methods" => request.is_some_and(|request| text(pattern, request.0)),
        _ => request.is_some_and(|request| text(pattern, request.1)),
    });
    found != *turned
}
