//! The cluster's own programs and the flags they are started with: in the containers of static pods,
//! and in kubeadm's configuration, by itself or inside Cluster API's objects.
//!
//! Source: the command-line references of kube-apiserver, kube-controller-manager, kube-scheduler and
//! kubelet; etcd's "Configuration options"; kubeadm configuration v1beta3 (`extraArgs` is a map) and
//! v1beta4 (a list of names and values).

use super::configuration;
use super::program::{self, Command, Flags, Word, base, flags};
use super::workload::template;
use crate::model::cursor::{Cursor, Shape};
use crate::model::resource::Object;
use crate::model::value::Value;

const PROGRAMS: [&str; 6] = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubelet",
];

/// The `component` view: every program of one object that is part of a cluster, with a name for
/// messages.
pub fn components(object: &Object, cursor: Cursor<'_>) -> Vec<(Value, String)> {
    if let Some(template) = template(object, cursor) {
        let containers = template.key("spec").key("containers").items().known;
        return containers.into_iter().filter_map(|one| container(cursor, one)).collect();
    }
    let mut found = Vec::new();
    for (at, key) in configurations(object, cursor) {
        let part = |path: &[&str]| path.iter().fold(at, |at, key| at.key(key));
        let parts: &[(&str, &[&str])] = match key {
            Configuration::Cluster => &[
                ("kube-apiserver", &["apiServer", "extraArgs"]),
                ("kube-controller-manager", &["controllerManager", "extraArgs"]),
                ("kube-scheduler", &["scheduler", "extraArgs"]),
                ("etcd", &["etcd", "local", "extraArgs"]),
            ],
            Configuration::Node => &[("kubelet", &["nodeRegistration", "kubeletExtraArgs"])],
        };
        for (program, path) in parts {
            let arguments = part(path);
            if matches!(arguments.shape(), Shape::Map | Shape::List) {
                let view = view(cursor, program, arguments, "kubeadm", written(arguments));
                found.extend(view.map(|view| (view, format!("`{}`", path[0]))));
            }
        }
    }
    found
}

enum Configuration {
    Cluster,
    Node,
}

/// kubeadm's configurations in an object.
fn configurations<'a>(object: &Object, cursor: Cursor<'a>) -> Vec<(Cursor<'a>, Configuration)> {
    match (object.group.as_str(), object.kind.as_str()) {
        ("kubeadm.k8s.io", "ClusterConfiguration") => {
            return vec![(cursor, Configuration::Cluster)];
        }
        ("kubeadm.k8s.io", "InitConfiguration" | "JoinConfiguration") => {
            return vec![(cursor, Configuration::Node)];
        }
        _ => {}
    }
    let Some(holder) = configuration::kubeadm(object, cursor) else { return Vec::new() };
    vec![
        (holder.key("clusterConfiguration"), Configuration::Cluster),
        (holder.key("initConfiguration"), Configuration::Node),
        (holder.key("joinConfiguration"), Configuration::Node),
    ]
}

fn view(
    object: Cursor<'_>,
    program: &str,
    start: Cursor<'_>,
    source: &str,
    flags: Flags,
) -> Option<Value> {
    let place = start.header();
    let text = |text: &str| Value::Text(text.to_owned(), place).at(start.node_ref());
    let items = flags.iter().filter(|(name, _)| !name.is_empty()).map(|(name, value)| {
        let entries = vec![("name", text(name)), ("value", value.clone())];
        Value::Map { entries, place }
    });
    let open = flags.iter().any(|(name, _)| name.is_empty());
    let entries = vec![
        ("program", text(program)),
        ("source", text(source)),
        ("arguments", Value::List { items: items.collect(), open, place }),
        ("flags", Value::Made(start.node_ref()?, flags.into_iter().collect())),
        ("start", start.to_value()),
        ("object", object.to_value()),
    ];
    Some(Value::Map { entries, place })
}

/// Flags as kubeadm takes them.
fn written(arguments: Cursor<'_>) -> Flags {
    let (pairs, open) = arguments.entries();
    let mut flags: Flags =
        pairs.into_iter().map(|(name, value)| (name.into(), value.to_value())).collect();
    let mut open = open;
    if arguments.shape() == Shape::List {
        let items = arguments.items();
        open = items.open;
        for item in items.known {
            match item.key("name").text() {
                Some(name) => {
                    flags.insert(name.into(), item.key("value").to_value());
                }
                None => open = true,
            }
        }
    }
    if open {
        flags.insert("".into(), Value::Unknown(arguments.header()));
    }
    flags
}

/// A container that runs such a program: as a word of its command or arguments says, or its image
/// where it has no command.
fn container(object: Cursor<'_>, container: Cursor<'_>) -> Option<(Value, String)> {
    let mut commands = program::commands(container);
    let found = match commands.as_slice() {
        [Command { script: false, .. }] => {
            let command = commands.pop()?;
            let program = started(&command.words, container)?;
            (program, command, 0)
        }
        _ => commands.into_iter().find_map(|command| {
            let own = program::own(&command.words);
            let name = base(&command.words.get(own)?.text).to_owned();
            let program = PROGRAMS.into_iter().find(|program| *program == name)?;
            Some((program, command, own + 1))
        })?,
    };
    let (program, command, own) = found;
    if command.start.shape() != Shape::List {
        return None;
    }
    let flags = flags(&command.words[own..], command.open, command.start);
    Some((view(object, program, command.start, "pod", flags)?, named(container)))
}

/// The program that one of the words names, or the image where there is no command.
fn started(words: &[Word], container: Cursor<'_>) -> Option<&'static str> {
    let said = (0..words.len()).find_map(|at| {
        let text = words[at].literal.then_some(words[at].text.as_str())?;
        let (path, name) = text.rsplit_once('/').unwrap_or(("", text));
        let program = PROGRAMS.into_iter().find(|program| *program == name)?;
        // After a flag it may be the flag's value, such as a folder or a Service.
        let before = at.checked_sub(1).map(|at| &words[at]).filter(|word| word.literal);
        let free =
            before.is_none_or(|word| !word.text.starts_with("--") || word.text.contains('='));
        let starts = path.is_empty() || text.starts_with('/');
        (starts && (free || path.ends_with("/bin"))).then_some(program)
    });
    if said.is_some() || container.key("command").shape() != Shape::Absent {
        return said;
    }
    let image = container.key("image").text()?;
    let name = base(&image).split([':', '@']).next()?.to_owned();
    let plain = |program: &&str| {
        let architecture = name.strip_prefix(*program);
        architecture.is_some_and(|rest| {
            rest.is_empty() || matches!(rest, "-amd64" | "-arm" | "-arm64" | "-ppc64le" | "-s390x")
        })
    };
    PROGRAMS.into_iter().find(plain)
}

/// What a container is called in messages.
fn named(container: Cursor<'_>) -> String {
    let name = container.key("name").text();
    format!("container `{}`", name.as_deref().unwrap_or("(unnamed)"))
}

#[cfg(test)]
mod tests {
    use super::components;
    use crate::input::file::{File, Language};
    use crate::model::cursor::{Cursor, Shape};
    use crate::model::kubernetes;
    use crate::model::value::NodeRef;

    /// `program source flag=value …` of every component of an object; `?` where there may be more.
    fn found(text: &str) -> Vec<String> {
        let file = File::parse("a.yaml", text.to_owned(), Language::Yaml);
        let files = [file];
        let root = NodeRef { file: files[0].id, node: files[0].tree.documents[0] };
        let body = Cursor::node(&files, root);
        let object = kubernetes::object(body).expect("an object");
        let line = |value: &crate::model::value::Value| {
            let view = Cursor::value(&files, value);
            let (flags, open) = view.key("flags").entries();
            let mut words = vec![
                view.key("program").text().unwrap_or_default().into_owned(),
                view.key("source").text().unwrap_or_default().into_owned(),
            ];
            words.extend(flags.into_iter().filter(|(name, _)| !name.is_empty()).map(
                |(name, at)| match at.shape() {
                    Shape::Scalar => format!("{name}={}", at.text().unwrap_or_default()),
                    _ => format!("{name}=?"),
                },
            ));
            words.extend(open.then(|| "?".to_owned()));
            words.join(" ")
        };
        components(&object, body).iter().map(|(value, _)| line(value)).collect()
    }

    fn pod(container: &str) -> Vec<String> {
        found(&format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{container}]}}\n"
        ))
    }

    #[test]
    fn flags_of_static_pods() {
        for (container, expected) in [
            ("{command: [kube-apiserver, --a=1, --b]}", "kube-apiserver pod a=1 b=true"),
            ("{command: [/usr/bin/etcd], args: [--a, x, --b=]}", "etcd pod a=x b="),
            ("{command: [sh, -c, kubelet], args: [--a=1, --a=2]}", "kubelet pod a=2"),
            (
                "{image: 'registry.k8s.io/kube-scheduler-amd64:v1', args: [--a=1]}",
                "kube-scheduler pod a=1",
            ),
            ("{image: 'registry.k8s.io/kube-proxy@sha256:0', args: []}", "kube-proxy pod"),
            (
                "{command: [/go-runner, --also, /usr/local/bin/etcd, --a=1]}",
                "etcd pod a=1 also=/usr/local/bin/etcd",
            ),
            ("{command: [kube-apiserver, '--a=1,b=2']}", "kube-apiserver pod a=1,b=2"),
            (
                "{command: [sh, -c, 'kubelet --a=1 --b 2 --c'], args: [--d]}",
                "kubelet pod a=1 b=2 c=true",
            ),
            (
                "{command: [/bin/sh], args: [-c, 'mkfifo /p; (tee /l < /p & ) ; exec /usr/bin/kube-apiserver --a=1 --b > /p 2>&1']}",
                "kube-apiserver pod a=1 b=true",
            ),
            (
                "{command: [bash, -ec, \"X=1 etcd \\\\\\n  --a='b c' \\\\\\n  --d=\\\"$IP\\\" # --e\\n\"]}",
                "etcd pod a=b c d=?",
            ),
            ("{command: [sh, -c, 'kube-scheduler $FLAGS --a=1']}", "kube-scheduler pod a=1 ?"),
            ("{command: [sh, -c, 'kube-scheduler --a=1 \"$@\"']}", "kube-scheduler pod a=1 ?"),
        ] {
            assert_eq!(pod(container), [expected], "{container}");
        }
        for container in [
            "{command: [etcdctl, --a=1]}",
            "{command: [operator, --kubelet-service=kube-system/kubelet]}",
            "{command: [operator, --kubelet-service, kube-system/kubelet]}",
            "{command: [agent, --root, /var/lib/kubelet]}",
            "{image: etcd-backup, args: [--a=1]}",
            "{image: etcd, command: [backup]}",
            "{image: etcd}",
            "{command: [sh, -c, 'echo kubelet --a=1']}",
            "{command: [sh, -c, 'cat /etc/kubelet --a=1; rm -f /x']}",
            "{command: kube-apiserver}",
        ] {
            assert_eq!(pod(container), Vec::<String>::new(), "{container}");
        }
    }

    #[test]
    fn flags_that_kubeadm_passes_on() {
        let object = |api: &str, kind: &str, rest: &str| {
            found(&format!("apiVersion: {api}\nkind: {kind}\n{rest}\n"))
        };
        let kubeadm = "kubeadm.k8s.io/v1beta4";
        let server = "kube-apiserver kubeadm profiling=false";
        for (api, kind, rest, expected) in [
            (
                "kubeadm.k8s.io/v1beta3",
                "ClusterConfiguration",
                "apiServer: {extraArgs: {profiling: 'false'}}",
                vec![server],
            ),
            (
                kubeadm,
                "ClusterConfiguration",
                "apiServer: {extraArgs: [{name: profiling, value: 'false'}]}",
                vec![server],
            ),
            (
                kubeadm,
                "ClusterConfiguration",
                "scheduler: {extraArgs: []}\netcd: {local: {extraArgs: [{name: a, value: b}]}}",
                vec!["kube-scheduler kubeadm", "etcd kubeadm a=b"],
            ),
            (
                kubeadm,
                "JoinConfiguration",
                "nodeRegistration: {kubeletExtraArgs: {a: b}}",
                vec!["kubelet kubeadm a=b"],
            ),
            (
                "controlplane.cluster.x-k8s.io/v1beta1",
                "KubeadmControlPlane",
                "spec: {kubeadmConfigSpec: {clusterConfiguration: {apiServer: {extraArgs: {profiling: 'false'}}}}}",
                vec![server],
            ),
            (
                "bootstrap.cluster.x-k8s.io/v1beta1",
                "KubeadmConfigTemplate",
                "spec: {template: {spec: {joinConfiguration: {nodeRegistration: {kubeletExtraArgs: {a: b}}}}}}",
                vec!["kubelet kubeadm a=b"],
            ),
            (kubeadm, "ClusterConfiguration", "apiServer: {certSANs: [a]}", vec![]),
            ("example.com/v1", "ClusterConfiguration", "apiServer: {extraArgs: {a: b}}", vec![]),
        ] {
            assert_eq!(object(api, kind, rest), expected, "{rest}");
        }
    }
}
