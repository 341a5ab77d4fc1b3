//! One concrete call as a proxy sees it: who calls, which port, which request. Holds no policy.

/// A call to a workload. What is absent is known to be absent.
#[derive(Clone, Debug, Default)]
pub struct Flow<'f> {
    /// From the caller's certificate; none for plaintext.
    pub identity: Option<Identity<'f>>,
    /// The address of the immediate peer; none where nobody said.
    pub address: Option<&'f str>,
    /// The address in front of trusted proxies; none where nobody said.
    pub remote_address: Option<&'f str>,
    /// The pod's port.
    pub port: u16,
    /// The request, where the port speaks HTTP; none for bytes.
    pub request: Option<Request<'f>>,
    /// What of this cannot be told.
    pub unclear: Unclear,
}

/// Parts of a call that are there and cannot be told: whatever asks for them is unknown.
#[allow(clippy::struct_excessive_bools, reason = "each part may be unclear by itself")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Unclear {
    /// Which identity the caller has.
    pub identity: bool,
    /// What the request says, its token aside.
    pub request: bool,
    /// What the request's token says, or whether it has one.
    pub token: bool,
    /// Which path and host the request has.
    pub address: bool,
}

/// A workload's identity, `spiffe://<trust domain>/ns/<namespace>/sa/<account>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity<'f> {
    /// Trust domain; `cluster.local` is the local one whatever its name.
    pub trust_domain: &'f str,
    /// Namespace.
    pub namespace: &'f str,
    /// Service account.
    pub account: &'f str,
}

impl Identity<'_> {
    /// The identity as policies write it, without the scheme.
    pub fn principal(&self) -> String {
        format!("{}/ns/{}/sa/{}", self.trust_domain, self.namespace, self.account)
    }
}

/// An HTTP request.
#[derive(Clone, Debug, Default)]
pub struct Request<'f> {
    /// Method, in capitals.
    pub method: &'f str,
    /// Host, with the port if the client wrote one.
    pub host: &'f str,
    /// Path without query.
    pub path: &'f str,
    /// Headers by lower-case name.
    pub headers: Vec<(&'f str, &'f str)>,
    /// The verified token; none where there is none.
    pub token: Option<Token<'f>>,
}

/// A token that a `RequestAuthentication` has verified.
#[derive(Clone, Debug, Default)]
pub struct Token<'f> {
    /// `iss`.
    pub issuer: &'f str,
    /// `sub`.
    pub subject: &'f str,
    /// `aud`.
    pub audiences: Vec<&'f str>,
    /// `azp`.
    pub presenter: Option<&'f str>,
    /// Other claims by the name between the brackets of `request.auth.claims[…]`.
    pub claims: Vec<(&'f str, &'f str)>,
}

/// The trust domain of the mesh and its other names (`MeshConfig.trustDomain`,
/// `trustDomainAliases`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustDomains {
    /// Every known name.
    pub names: Vec<String>,
}

impl TrustDomains {
    /// Whether a trust domain is the local one: by its name, an alias, or `cluster.local`, which
    /// policies use as a pointer to it.
    pub fn is_local(&self, name: &str) -> bool {
        name == "cluster.local" || self.names.iter().any(|known| known == name)
    }
}
