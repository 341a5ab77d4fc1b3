//! Principals that name an account which their namespace does not have.

use crate::model::cursor::Cursor;
use crate::model::fact::Truth;
use crate::model::istio::authorization::Attribute;
use crate::model::kubernetes::cluster::Absence;
use crate::model::kubernetes::namespace::Home;
use crate::model::kubernetes::pods::Account;
use crate::model::kubernetes::rbac::ServiceAccount;
use crate::model::root::Root;
use crate::rules::reference::assume;
use crate::rules::sink::Sink;

/// Reports them in namespaces of which everything is written here, and, as possible, in those
/// whose workloads and accounts are.
pub fn principal_account_unknown<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let mesh = root.mesh();
    for one in &mesh.policies {
        for term in one.policy.terms() {
            for value in term.values.items().known {
                let Some(text) = value.text() else { continue };
                let parts: Vec<&str> = text.split('/').collect();
                let pair = match (&term.attribute, parts.as_slice()) {
                    (Attribute::Principal, [domain, "ns", namespace, "sa", account])
                        if mesh.domains.is_local(domain) =>
                    {
                        Some((Home::Named((*namespace).to_owned().into()), *account))
                    }
                    (Attribute::ServiceAccount, [namespace, account]) => {
                        Some((Home::Named((*namespace).to_owned().into()), *account))
                    }
                    (Attribute::ServiceAccount, [account]) => Some((one.home.clone(), *account)),
                    _ => None,
                };
                if let Some((home, account)) = pair {
                    judge(root, sink, one.policy.resource, value, &home, account);
                }
            }
        }
    }
}

fn judge<'r>(
    root: &'r Root<'r>,
    sink: &mut Sink<'_, 'r>,
    policy: usize,
    value: Cursor<'r>,
    home: &Home<'_>,
    account: &str,
) {
    let cluster = root.cluster();
    if account == "default" || account.contains('*') {
        return;
    }
    let absence = cluster.absence(home);
    let declares = |one: &ServiceAccount<'_>| one.home.same(home) == Truth::True;
    match absence {
        Absence::Proven => {}
        Absence::Possible if cluster.accounts.iter().any(declares) => {}
        _ => return,
    }
    let used = cluster.workloads_in(home).into_iter().map(|(at, here)| {
        let workload = &cluster.workloads[at];
        let same = match &workload.account {
            Account::Named(name) => Truth::of(name == account),
            Account::Default => Truth::False,
            Account::Unknown => Truth::Unknown,
        };
        here.and(same)
    });
    match cluster.account(home, account).0.or(Truth::any(used)) {
        Truth::True => {}
        Truth::Unknown => sink.unknown(),
        Truth::False => {
            let namespace = home.name().unwrap_or_default();
            let words = [("account", account), ("namespace", namespace)];
            let found = sink.report(policy, value, None, &words);
            if absence == Absence::Possible {
                assume(found, "no other manifests hold service accounts of this namespace");
            }
        }
    }
}
