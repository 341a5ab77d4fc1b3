//! Tables for the cluster: who is where, what selects whom, what an absence proves.

use super::cluster::{Absence, Cluster};
use super::namespace::{Home, NAME_LABEL};
use super::pods::Account;
use crate::input::file::{File, Language};
use crate::model::cursor::Cursor;
use crate::model::fact::Truth::{self, False, True, Unknown};
use crate::model::selector::Selector;
use globset::{Glob, GlobSet};

/// Names of workloads and whether they are meant.
type Named<'a> = &'a [(&'a str, Truth)];

/// Bindings, roles and how sure it is that they are granted.
type Grants<'a> = &'a [(usize, usize, Truth)];

const SHOP: &str = r"
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      serviceAccountName: web
      containers:
        - {name: web, ports: [{name: http, containerPort: 8080}, {containerPort: 9090, protocol: UDP}]}
      initContainers:
        - {name: proxy, restartPolicy: Always, ports: [{name: admin, containerPort: 15000}]}
        - {name: once, ports: [{name: gone, containerPort: 1}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: mail, namespace: shop}
spec: {jobTemplate: {spec: {template: {metadata: {labels: {app: mail}}, spec: {hostNetwork: true}}}}}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: data, labels: {app: db}}
spec: {serviceAccount: old}
---
apiVersion: v1
kind: Pod
metadata: {name: loose, labels: {app: web}}
spec: {serviceAccountName: ''}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}, {port: 81}, {port: 82, targetPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: outside, namespace: shop}
spec: {type: ExternalName, externalName: example.org, selector: {app: web}}
";

/// Judges a cluster made of this text, in which `closed` is closed.
fn with<T>(text: &str, closed: &str, judge: impl FnOnce(&Cluster<'_>) -> T) -> T {
    let file = File::parse("test.yaml", text.to_owned(), Language::Yaml);
    assert!(file.faults.is_empty(), "{:?}", file.faults);
    let files = [file];
    let resources = super::objects(&files, &files[0]);
    let resources: Vec<_> = resources.iter().collect();
    let globs = match closed {
        "" => GlobSet::empty(),
        glob => GlobSet::builder().add(Glob::new(glob).expect("a glob")).build().expect("globs"),
    };
    let body = |resource: &crate::model::resource::Resource| Cursor::node(&files, resource.node);
    judge(&Cluster::new(&resources, body, &globs))
}

fn home(name: &str) -> Home<'static> {
    match name {
        "" => Home::Unwritten,
        "?" => Home::Unknown,
        name => Home::Named(name.to_owned().into()),
    }
}

/// Names and truth values of workloads.
fn names(cluster: &Cluster<'_>, found: Vec<(usize, Truth)>) -> Vec<(String, Truth)> {
    let name = |at: usize| cluster.workloads[at].name.clone().expect("a name").into_owned();
    found.into_iter().map(|(at, truth)| (name(at), truth)).collect()
}

fn owned(list: &[(&str, Truth)]) -> Vec<(String, Truth)> {
    list.iter().map(|(name, truth)| ((*name).to_owned(), *truth)).collect()
}

#[test]
fn workloads_of_a_namespace() {
    with(SHOP, "", |cluster| {
        let cases: &[(&str, Named<'_>)] = &[
            ("shop", &[("web", True), ("mail", True), ("loose", Unknown)]),
            ("data", &[("db", True), ("loose", Unknown)]),
            ("none", &[("loose", Unknown)]),
            ("", &[("web", Unknown), ("mail", Unknown), ("db", Unknown), ("loose", True)]),
            ("?", &[("web", Unknown), ("mail", Unknown), ("db", Unknown), ("loose", Unknown)]),
        ];
        for (name, expected) in cases {
            let found = names(cluster, cluster.workloads_in(&home(name)));
            assert_eq!(found, owned(expected), "{name}");
        }
    });
}

#[test]
fn what_a_selector_selects() {
    let cases: &[(&str, &str, Named<'_>)] = &[
        ("shop", "{matchLabels: {app: web}}", &[("web", True), ("loose", Unknown)]),
        ("shop", "{matchLabels: {app: web, tier: front}}", &[("web", True)]),
        ("shop", "{matchLabels: {app: db}}", &[]),
        ("data", "{matchLabels: {app: db}}", &[("db", True)]),
        ("shop", "{}", &[("web", True), ("mail", True), ("loose", Unknown)]),
        ("shop", "{matchLabels: {app: mail, job-name: x}}", &[("mail", Unknown)]),
        ("shop", "{matchLabels: {pod-template-hash: x}}", &[("web", Unknown)]),
        (
            "shop",
            "{matchExpressions: [{key: app, operator: In, values: [mail, db]}]}",
            &[("mail", True)],
        ),
        (
            "shop",
            "{matchExpressions: [{key: tier, operator: DoesNotExist}]}",
            &[("mail", True), ("loose", Unknown)],
        ),
        (
            "shop",
            "{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}",
            &[("mail", True)],
        ),
        ("", "{matchLabels: {app: web}}", &[("web", Unknown), ("loose", True)]),
    ];
    for (name, text, expected) in cases {
        let selector = File::parse("selector.yaml", (*text).to_owned(), Language::Yaml);
        let node = selector.tree.documents[0];
        let files = [selector];
        let at = Cursor::node(&files, crate::model::value::NodeRef { file: files[0].id, node });
        let selector = Selector::read(at).expect("written");
        with(SHOP, "", |cluster| {
            let found = names(cluster, cluster.selected(&home(name), &selector));
            assert_eq!(found, owned(expected), "{name} {text}");
            // The same by way of all namespaces.
            let by_home = |other: &Home<'_>| other.same(&home(name));
            let found = names(cluster, cluster.selected_where(&selector, by_home));
            assert_eq!(found, owned(expected), "{name} {text}");
        });
    }
}

#[test]
fn ports_accounts_and_nodes() {
    with(SHOP, "", |cluster| {
        let [web, mail, db, loose] = &cluster.workloads[..] else { panic!("four workloads") };
        let numbers: Vec<_> = web.ports.iter().map(|port| port.number).collect();
        assert_eq!(numbers, [Some(8080), Some(9090), Some(15000)]);
        assert_eq!(web.ports[1].protocol.as_deref(), Some("UDP"));
        for (name, expected) in [("http", True), ("admin", True), ("gone", False), ("x", False)] {
            assert_eq!(web.names_port(name), expected, "{name}");
        }
        assert_eq!(web.declares_port(9090), True);
        assert_eq!(web.declares_port(80), False);
        assert_eq!(web.account, Account::Named("web".into()));
        assert_eq!(db.account, Account::Named("old".into()));
        assert_eq!(loose.account, Account::Default);
        assert_eq!((mail.host_network, web.host_network), (True, False));
    });
}

#[test]
fn services_lead_to_pod_ports() {
    with(SHOP, "", |cluster| {
        let [service, outside] = &cluster.services[..] else { panic!("two services") };
        let found = cluster.targets(service);
        assert_eq!(names(cluster, found.clone()), owned(&[("web", True), ("loose", Unknown)]));
        let web = &cluster.workloads[found[0].0];
        let numbers: Vec<_> = service.ports.iter().map(|port| port.number_on(web)).collect();
        assert_eq!(numbers, [Some(8080), Some(81), Some(8080)]);
        assert!(outside.selector.is_none(), "nobody reads the selector of an external name");
        assert_eq!(cluster.service(&home("shop"), "web"), (True, Some(0)));
        assert_eq!(cluster.service(&home("data"), "web"), (False, None));
        assert_eq!(cluster.service(&home(""), "web"), (Unknown, None));
    });
}

#[test]
fn namespaces_and_their_labels() {
    with(SHOP, "", |cluster| {
        let labels = cluster.namespace_labels(&home("shop"));
        assert_eq!(labels.is("team", "a"), True);
        assert_eq!(labels.is("team", "b"), False);
        assert_eq!(labels.is("name", "shop"), False, "it is declared without");
        assert_eq!(labels.is(NAME_LABEL, "shop"), True);
        let labels = cluster.namespace_labels(&home("data"));
        assert_eq!(labels.is("team", "a"), Unknown, "it is not declared");
        assert_eq!(labels.is(NAME_LABEL, "shop"), False);
        assert_eq!(cluster.namespace_labels(&home("")).is(NAME_LABEL, "shop"), Unknown);
        assert_eq!(cluster.names_namespace("data"), True);
        assert_eq!(cluster.names_namespace("pay"), Unknown, "`loose` may be there");
    });
}

#[test]
fn what_an_absence_proves() {
    use Absence::{Nothing, Possible, Proven};
    let operator = format!(
        "{SHOP}---\napiVersion: db.example.org/v1\nkind: Database\nmetadata: {{name: x, namespace: data}}\n"
    );
    let deployer = format!(
        "{SHOP}---\napiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: x, namespace: cd}}\n"
    );
    let cases = [
        (SHOP, "", "shop", Possible),
        (SHOP, "", "none", Nothing),
        (SHOP, "", "", Possible),
        (SHOP, "", "?", Nothing),
        (SHOP, "s*", "shop", Proven),
        (SHOP, "s*", "data", Possible),
        (&operator, "", "data", Nothing),
        (&operator, "", "shop", Possible),
        (&operator, "data", "data", Proven),
        (&deployer, "", "shop", Possible),
        (&deployer, "shop", "shop", Proven),
    ];
    for (text, closed, name, expected) in cases {
        let found = with(text, closed, |cluster| cluster.absence(&home(name)));
        assert_eq!(found, expected, "{name}, closed: {closed}");
    }
}

#[test]
fn what_bindings_grant() {
    let text = r"
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: edit-all, labels: {into: edit}}
rules: [{apiGroups: [''], resources: [pods], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {into: edit}}]}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: all, namespace: pay}
rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: one, namespace: pay}
roleRef: {kind: Role, name: all}
subjects:
  - {kind: ServiceAccount, name: web, namespace: shop}
  - {kind: ServiceAccount, name: own}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: two}
roleRef: {kind: ClusterRole, name: all}
subjects: [{kind: User, name: 'system:serviceaccount:shop:api'}]
";
    let cases: &[(&str, &str, Grants<'_>)] = &[
        ("shop", "web", &[(0, 2, True)]),
        ("pay", "web", &[]),
        ("pay", "own", &[(0, 2, True)]),
        ("shop", "own", &[]),
        ("shop", "api", &[(1, 1, True)]),
        ("", "web", &[(0, 2, Unknown)]),
        ("", "api", &[(1, 1, Unknown)]),
    ];
    with(text, "", |cluster| {
        for (name, account, expected) in cases {
            let grants = cluster.grants(&home(name), account);
            let found: Vec<_> =
                grants.iter().map(|one| (one.binding, one.role, one.sure)).collect();
            assert_eq!(found, *expected, "{name}/{account}");
        }
        let rules: Vec<usize> = cluster.rules_of(1).iter().map(|(role, _)| *role).collect();
        assert_eq!(rules, [0], "what it aggregates");
    });
}
