//! CUSTOM policies whose provider the mesh's settings do not define.

use crate::model::fact::Truth;
use crate::model::istio::authorization::Action;
use crate::model::istio::mesh_config::Form;
use crate::model::root::Root;
use crate::rules::finding::Label;
use crate::rules::sink::Sink;

/// Reports the provider's name; only where the settings are in the root.
pub fn custom_provider_unknown<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mesh = root.mesh();
    let Some(config) = mesh.config() else { return };
    for one in &mesh.policies {
        if one.policy.action != Some(Action::Custom) {
            continue;
        }
        let name = one.policy.spec().key("provider").key("name");
        let Some(text) = name.text() else {
            if name.absent() != Truth::True {
                sink.unknown();
            }
            continue;
        };
        match config.settings.providers.has(&text) {
            Truth::True => {}
            Truth::Unknown => sink.unknown(),
            Truth::False => {
                if let Some(finding) = sink.report(one.policy.resource, name, None, &[]) {
                    let place = match config.form {
                        Form::Map => config.at.header(),
                        Form::Text => config.at.focus(),
                    };
                    let text = "these settings define no such provider".to_owned();
                    finding.labels.push(Label { place, text });
                }
            }
        }
    }
}
