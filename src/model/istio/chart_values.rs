//! Values files for Istio's own charts: YAML without `apiVersion` and `kind` that says under
//! `meshConfig` how the mesh is set up. Only what cannot be meant otherwise is recognised; each is
//! a resource of a kind that no API server knows.

use crate::input::file::{File, Language};
use crate::model::cursor::{Cursor, Shape};
use crate::model::resource::{Identity, Object, Resource};
use crate::model::value::NodeRef;
use std::sync::Arc;

/// A byte string that every such text holds.
pub const MARK: &[u8] = b"meshConfig";
/// The group of the kind that stands for such a file.
pub const GROUP: &str = "helm.sh";
/// That kind.
pub const KIND: &str = "HelmValues";

/// Fields of `MeshConfig` (istio.io/api, `mesh.v1alpha1`) that people set.
const FIELDS: [&str; 28] = [
    "accessLogEncoding",
    "accessLogFile",
    "accessLogFormat",
    "caCertificates",
    "certificates",
    "defaultConfig",
    "defaultDestinationRuleExportTo",
    "defaultHttpRetryPolicy",
    "defaultProviders",
    "defaultServiceExportTo",
    "defaultVirtualServiceExportTo",
    "discoverySelectors",
    "dnsRefreshRate",
    "enableAutoMtls",
    "enablePrometheusMerge",
    "enableTracing",
    "extensionProviders",
    "h2UpgradePolicy",
    "inboundTrafficPolicy",
    "meshMTLS",
    "outboundTrafficPolicy",
    "pathNormalization",
    "protocolDetectionTimeout",
    "rootNamespace",
    "serviceSettings",
    "tlsDefaults",
    "trustDomain",
    "trustDomainAliases",
];

/// Keys under which Istio's charts keep the defaults that nobody is to set.
const DEFAULTS: [&str; 2] = ["_internal_defaults_do_not_set", "defaults"];

/// Whether a file holds such values.
pub fn holds(file: &File) -> bool {
    let files = std::slice::from_ref(file);
    !objects(files, file).is_empty()
}

/// The values of a file: of a chart of Istio's, or below the name that another chart gives one of
/// them, as a dependency's values are.
pub fn objects(files: &[File], file: &File) -> Vec<Resource> {
    if file.language != Language::Yaml || file.template || file.rendering.is_some() {
        return Vec::new();
    }
    let documents = file.tree.documents.iter();
    let document = |root: &_| Cursor::node(files, NodeRef { file: file.id, node: *root });
    let found = documents.filter_map(|root| settings(document(root)));
    let name = file.source.path.rsplit('/').next().and_then(|name| name.split('.').next());
    found
        .filter_map(|holder| {
            Some(Resource {
                node: holder.node_ref()?,
                header: holder.key("meshConfig").header(),
                identity: Arc::new(Identity::Object(Object {
                    group: GROUP.to_owned(),
                    version: String::new(),
                    kind: KIND.to_owned(),
                    namespace: None,
                    name: name.map(str::to_owned),
                })),
                certain: true,
                instance: None,
            })
        })
        .collect()
}

/// The map that holds the settings.
fn settings(document: Cursor<'_>) -> Option<Cursor<'_>> {
    if ["apiVersion", "kind"].iter().any(|key| document.key(key).shape() != Shape::Absent) {
        return None;
    }
    let is = |holder: &Cursor<'_>| {
        let at = holder.key("meshConfig");
        let of_mesh = |field: &&str| at.key(field).shape() != Shape::Absent;
        at.shape() == Shape::Map && FIELDS.iter().any(of_mesh)
    };
    if is(&document) {
        return Some(document);
    }
    let (below, _) = document.entries();
    let named = below.into_iter().filter(|(key, _)| !DEFAULTS.contains(key));
    let mut found = named.map(|(_, at)| at).filter(is);
    // Of two charts of which each makes a mesh, neither is the mesh.
    found.next().filter(|_| found.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::{holds, objects};
    use crate::input::file::{File, Language};

    #[test]
    fn only_what_is_certain_is_taken() {
        for (text, expected) in [
            ("meshConfig: {rootNamespace: mesh}\n", true),
            ("global: {hub: x}\nmeshConfig:\n  accessLogFile: \"\"\n", true),
            ("istiod:\n  meshConfig: {trustDomain: shop.test}\n", true),
            ("mesh:\n  meshConfig: {trustDomain: shop.test}\n", true),
            ("meshConfig: {trustDomain: \"${DOMAIN}\"}\n", true),
            // No settings of a mesh.
            ("meshConfig: {}\n", false),
            ("meshConfig: {enabled: true}\n", false),
            ("meshConfig: shop\n", false),
            ("meshConfig: [rootNamespace]\n", false),
            ("a: {b: {meshConfig: {rootNamespace: mesh}}}\n", false),
            ("other: {rootNamespace: mesh}\n", false),
            // Not values, or not of one mesh.
            ("kind: Mesh\nmeshConfig: {rootNamespace: mesh}\n", false),
            ("apiVersion: v1\nmeshConfig: {rootNamespace: mesh}\n", false),
            ("_internal_defaults_do_not_set:\n  meshConfig: {trustDomain: shop.test}\n", false),
            (
                "a: {meshConfig: {trustDomain: a.test}}\nb: {meshConfig: {trustDomain: b.test}}\n",
                false,
            ),
            ("meshConfig:\n  rootNamespace: {{ .Values.root }}\n", false),
            ("- meshConfig: {rootNamespace: mesh}\n", false),
        ] {
            let file = File::parse("mesh/values.yaml", text.to_owned(), Language::Yaml);
            assert_eq!(holds(&file), expected, "{text}");
        }
    }

    #[test]
    fn it_goes_by_the_name_of_its_file() {
        let text = "istiod:\n  meshConfig: {rootNamespace: mesh}\n";
        let file = File::parse("mesh/values-prod.yaml", text.to_owned(), Language::Yaml);
        let found = objects(std::slice::from_ref(&file), &file);
        assert_eq!(found[0].title(), "HelmValues values-prod");
        assert_eq!(file.source.slice(found[0].header.span), "meshConfig");
    }
}
