//! The mesh's own settings, where they are in the root: in an `IstioOperator`, in Helm values that
//! an object carries or that are a file of their own, or in the `ConfigMap` that the control plane
//! reads (`MeshConfig`).

use super::chart_values;
use crate::input::file::{File, Language};
use crate::model::cursor::{Cursor, Shape};
use crate::model::fact::Truth;
use crate::model::resource::Object;
use crate::model::value::NodeRef;

/// A text setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// Not written.
    Absent,
    /// As written.
    Text(String),
    /// Cannot be told.
    Unknown,
}

impl Word {
    fn read(at: Cursor<'_>) -> Self {
        match (at.shape(), at.text()) {
            (Shape::Absent, _) => Self::Absent,
            (_, Some(text)) => Self::Text(text.into_owned()),
            _ => Self::Unknown,
        }
    }

    /// Whether it is written with this text.
    pub fn is(&self, text: &str) -> Truth {
        match self {
            Self::Text(own) => Truth::of(own == text),
            Self::Absent => Truth::False,
            Self::Unknown => Truth::Unknown,
        }
    }
}

/// A list of names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The known ones.
    pub known: Vec<String>,
    /// Whether there may be others.
    pub open: bool,
}

impl Names {
    fn read<'c>(items: impl Iterator<Item = Cursor<'c>>, open: bool) -> Self {
        let mut names = Self { known: Vec::new(), open };
        for item in items {
            match item.text() {
                Some(text) => names.known.push(text.into_owned()),
                None => names.open = true,
            }
        }
        names
    }

    /// Whether a name is listed.
    pub fn has(&self, name: &str) -> Truth {
        match self.known.iter().any(|known| known == name) {
            true => Truth::True,
            false if self.open => Truth::Unknown,
            false => Truth::False,
        }
    }
}

/// Where settings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A map of their own.
    Map,
    /// A text that is a document (`data.mesh` of the `ConfigMap`).
    Text,
}

/// One object's mesh settings.
#[derive(Clone)]
pub struct MeshConfig<'a> {
    /// The index of the object in the root.
    pub resource: usize,
    /// The map `meshConfig`, or the text that holds it.
    pub at: Cursor<'a>,
    /// Which of the two.
    pub form: Form,
    /// What it says.
    pub settings: Settings,
}

/// What a mesh's settings say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `rootNamespace`.
    pub root_namespace: Word,
    /// `trustDomain`.
    pub trust_domain: Word,
    /// `trustDomainAliases`.
    pub aliases: Names,
    /// `accessLogFile`; a text (even an empty one) where it is written.
    pub access_log_file: Word,
    /// Whether a provider logs by default (`defaultProviders.accessLogging`).
    pub access_log_provider: Truth,
    /// `outboundTrafficPolicy.mode`.
    pub outbound: Word,
    /// `pathNormalization.normalization`.
    pub normalization: Word,
    /// `enableAutoMtls`.
    pub auto_mtls: Word,
    /// Names of `extensionProviders`.
    pub providers: Names,
}

impl Settings {
    /// Reads the map `meshConfig`.
    pub fn read(at: Cursor<'_>) -> Self {
        let aliases = at.key("trustDomainAliases").items();
        let providers = at.key("extensionProviders").items();
        let logging = at.key("defaultProviders").key("accessLogging").items();
        Self {
            root_namespace: Word::read(at.key("rootNamespace")),
            trust_domain: Word::read(at.key("trustDomain")),
            aliases: Names::read(aliases.known.into_iter(), aliases.open),
            access_log_file: Word::read(at.key("accessLogFile")),
            access_log_provider: match (logging.known.is_empty(), logging.open) {
                (false, _) => Truth::True,
                (true, true) => Truth::Unknown,
                (true, false) => Truth::False,
            },
            outbound: Word::read(at.key("outboundTrafficPolicy").key("mode")),
            normalization: Word::read(at.key("pathNormalization").key("normalization")),
            auto_mtls: Word::read(at.key("enableAutoMtls")),
            providers: Names::read(
                providers.known.into_iter().map(|provider| provider.key("name")),
                providers.open,
            ),
        }
    }

    /// Whether proxies log requests by these settings (`MeshConfig.accessLogFile`: empty disables).
    pub fn logs_access(&self) -> Truth {
        let file = match &self.access_log_file {
            Word::Text(file) => Truth::of(!file.is_empty()),
            Word::Absent => Truth::False,
            Word::Unknown => Truth::Unknown,
        };
        file.or(self.access_log_provider)
    }

    /// Whether paths are normalised far enough that slashes cannot be doubled past a rule
    /// (`ProxyPathNormalization`: `MERGE_SLASHES` and what does more).
    pub fn merges_slashes(&self) -> Truth {
        match &self.normalization {
            Word::Text(text) => {
                Truth::of(matches!(text.as_str(), "MERGE_SLASHES" | "DECODE_AND_MERGE_SLASHES"))
            }
            Word::Absent => Truth::False,
            Word::Unknown => Truth::Unknown,
        }
    }
}

/// The mesh settings that an object holds, if it is one of the kinds that hold some.
pub fn read<'a>(resource: usize, object: &Object, body: Cursor<'a>) -> Option<MeshConfig<'a>> {
    let (group, kind) = (object.group.as_str(), object.kind.as_str());
    let path: &[&str] = match (group, kind) {
        ("install.istio.io", "IstioOperator") => &["spec", "meshConfig"],
        ("sailoperator.io" | "operator.istio.io", "Istio" | "IstioRevision")
        | ("helm.toolkit.fluxcd.io", "HelmRelease") => &["spec", "values", "meshConfig"],
        ("argoproj.io", "Application") => {
            let helm = body.key("spec").key("source").key("helm");
            if helm.key("valuesObject").shape() == Shape::Absent {
                // The same values as a text.
                return embedded(resource, helm.key("values"), Some("meshConfig"));
            }
            &["spec", "source", "helm", "valuesObject", "meshConfig"]
        }
        (chart_values::GROUP, chart_values::KIND) => &["meshConfig"],
        ("", "ConfigMap") => {
            let wanted = |name: &str| name == "istio" || name.starts_with("istio-");
            if !object.name.as_deref().is_none_or(wanted) {
                return None;
            }
            // What may be the settings says nothing.
            let name = body.key("metadata").key("name");
            let held = body.key("data").key("mesh").absent() != Truth::True;
            if object.name.is_none() && held && name.absent() != Truth::True {
                let settings = Settings::read(name);
                return Some(MeshConfig { resource, at: name, form: Form::Text, settings });
            }
            return embedded(resource, body.key("data").key("mesh"), None);
        }
        _ => return None,
    };
    let at = path.iter().fold(body, |at, key| at.key(key));
    let mut settings = Settings::read(at);
    if kind == "IstioOperator" {
        // The demonstration profile logs; profiles of one's own may do anything.
        let profile = body.key("spec").key("profile");
        let plain = ["default", "minimal", "empty", "ambient", "openshift", "remote", "stable"];
        match (profile.shape(), profile.text().as_deref()) {
            (Shape::Absent, _) => {}
            (_, Some(name)) if plain.contains(&name) => {}
            (_, Some("demo")) => settings.default_log(&Word::Text("/dev/stdout".to_owned())),
            _ => settings.default_log(&Word::Unknown),
        }
    } else if at.shape() == Shape::Absent {
        return None;
    } else if kind == chart_values::KIND {
        // Charts take several such files, each laid over the one before.
        settings.default_log(&Word::Unknown);
        settings.providers.open |= at.key("extensionProviders").shape() == Shape::Absent;
    }
    Some(MeshConfig { resource, at, form: Form::Map, settings })
}

impl Settings {
    fn default_log(&mut self, file: &Word) {
        if self.access_log_file == Word::Absent {
            self.access_log_file = file.clone();
        }
    }
}

/// Settings in a text: its whole, or what a key of it holds.
fn embedded<'a>(resource: usize, at: Cursor<'a>, key: Option<&str>) -> Option<MeshConfig<'a>> {
    if at.shape() == Shape::Absent {
        return None;
    }
    let form = Form::Text;
    let Some(text) = at.text() else {
        // Only the control plane's own text surely holds settings.
        let unknown = Settings::read(at);
        return key.is_none().then_some(MeshConfig { resource, at, form, settings: unknown });
    };
    let files = [File::parse("mesh", text.into_owned(), Language::Yaml)];
    let document = files[0].tree.documents.first()?;
    let inner = Cursor::node(&files, NodeRef { file: files[0].id, node: *document });
    let inner = key.map_or(inner, |key| inner.key(key));
    if key.is_some() && inner.shape() != Shape::Map {
        return None;
    }
    Some(MeshConfig { resource, at, form, settings: Settings::read(inner) })
}

#[cfg(test)]
mod tests {
    use super::{Form, MeshConfig, Word, read};
    use crate::model::fact::Truth::{self, False, True, Unknown};
    use crate::model::istio::fixture::yaml;
    use crate::model::resource::Object;

    fn config(group: &str, kind: &str, name: &str, text: &str) -> Option<MeshConfig<'static>> {
        let object = Object {
            group: group.to_owned(),
            version: "v1".to_owned(),
            kind: kind.to_owned(),
            namespace: None,
            name: Some(name.to_owned()),
        };
        read(0, &object, yaml(text))
    }

    fn operator(text: &str) -> MeshConfig<'static> {
        config("install.istio.io", "IstioOperator", "mesh", text).expect("settings")
    }

    #[test]
    fn the_same_settings_in_every_form() {
        let inner = "{rootNamespace: mesh, trustDomain: shop.test, trustDomainAliases: [old.test], \
                     accessLogFile: /dev/stdout, outboundTrafficPolicy: {mode: REGISTRY_ONLY}, \
                     pathNormalization: {normalization: MERGE_SLASHES}, enableAutoMtls: false, \
                     extensionProviders: [{name: login}, {name: logs}]}";
        let forms = [
            ("install.istio.io", "IstioOperator", "a", format!("spec: {{meshConfig: {inner}}}\n")),
            (
                "sailoperator.io",
                "Istio",
                "a",
                format!("spec: {{values: {{meshConfig: {inner}}}}}\n"),
            ),
            (
                "helm.toolkit.fluxcd.io",
                "HelmRelease",
                "istiod",
                format!("spec: {{values: {{meshConfig: {inner}}}}}\n"),
            ),
            (
                "argoproj.io",
                "Application",
                "istiod",
                format!("spec: {{source: {{helm: {{valuesObject: {{meshConfig: {inner}}}}}}}}}\n"),
            ),
            (
                "argoproj.io",
                "Application",
                "istiod",
                format!(
                    "spec:\n  source:\n    helm:\n      values: |\n        meshConfig: {inner}\n"
                ),
            ),
            ("helm.sh", "HelmValues", "values", format!("meshConfig: {inner}\n")),
            ("", "ConfigMap", "istio", format!("data:\n  mesh: |\n    {inner}\n")),
            ("", "ConfigMap", "istio-stable", format!("data:\n  mesh: |\n    {inner}\n")),
        ];
        for (group, kind, name, text) in forms {
            let found = config(group, kind, name, &text).expect(kind);
            let settings = found.settings;
            assert_eq!(settings.root_namespace, Word::Text("mesh".to_owned()), "{kind}");
            assert_eq!(settings.trust_domain.is("shop.test"), True);
            assert_eq!(settings.aliases.has("old.test"), True);
            assert_eq!(settings.logs_access(), True);
            assert_eq!(settings.outbound.is("REGISTRY_ONLY"), True);
            assert_eq!(settings.merges_slashes(), True);
            assert_eq!(settings.auto_mtls.is("false"), True);
            assert_eq!(settings.providers.has("logs"), True);
            assert_eq!(settings.providers.has("other"), False);
            let text = kind == "ConfigMap" || text.contains("values: |");
            assert_eq!(found.form == Form::Text, text);
        }
        assert!(config("", "ConfigMap", "web", "data: {mesh: \"a: b\"}\n").is_none());
        assert!(config("", "ConfigMap", "istio", "data: {}\n").is_none());
        assert!(config("argoproj.io", "Application", "web", "spec: {}\n").is_none());
        let other = "spec: {source: {helm: {values: \"image: {tag: v1}\"}}}\n";
        assert!(config("argoproj.io", "Application", "web", other).is_none());
        assert!(config("apps", "Deployment", "web", "spec: {}\n").is_none());
    }

    #[test]
    fn whether_access_is_logged() {
        let cases: &[(&str, Truth)] = &[
            ("spec: {}\n", False),
            ("spec: {profile: default}\n", False),
            ("spec: {profile: demo}\n", True),
            ("spec: {profile: demo, meshConfig: {accessLogFile: \"\"}}\n", False),
            ("spec: {profile: ours}\n", Unknown),
            ("spec: {meshConfig: {accessLogFile: \"\"}}\n", False),
            ("spec: {meshConfig: {accessLogFile: /dev/stdout}}\n", True),
            ("spec: {meshConfig: {accessLogFile: \"${LOG}\"}}\n", Unknown),
            ("spec: {meshConfig: {defaultProviders: {accessLogging: [otel]}}}\n", True),
            ("spec: {meshConfig: {accessLogEncoding: JSON}}\n", False),
        ];
        for (text, expected) in cases {
            assert_eq!(operator(text).settings.logs_access(), *expected, "{text}");
        }
    }

    #[test]
    fn what_one_values_file_leaves_out_another_may_say() {
        let values = |text: &str| config("helm.sh", "HelmValues", "values", text).expect("values");
        for (text, logged, provided) in [
            ("meshConfig: {trustDomain: shop.test}\n", Unknown, Unknown),
            ("meshConfig: {accessLogFile: \"\"}\n", False, Unknown),
            ("meshConfig: {accessLogFile: /dev/stdout}\n", True, Unknown),
            ("meshConfig: {extensionProviders: []}\n", Unknown, False),
            ("meshConfig: {extensionProviders: [{name: login}]}\n", Unknown, True),
        ] {
            let settings = values(text).settings;
            assert_eq!(settings.logs_access(), logged, "{text}");
            assert_eq!(settings.providers.has("login"), provided, "{text}");
        }
    }

    #[test]
    fn how_far_paths_are_normalised() {
        for (mode, expected) in [
            ("NONE", False),
            ("BASE", False),
            ("DEFAULT", False),
            ("MERGE_SLASHES", True),
            ("DECODE_AND_MERGE_SLASHES", True),
            ("\"${MODE}\"", Unknown),
        ] {
            let text =
                format!("spec: {{meshConfig: {{pathNormalization: {{normalization: {mode}}}}}}}\n");
            assert_eq!(operator(&text).settings.merges_slashes(), expected, "{mode}");
        }
        assert_eq!(operator("spec: {}\n").settings.merges_slashes(), False);
    }
}
