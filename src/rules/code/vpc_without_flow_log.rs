//! AWS networks whose traffic no flow log records.

use crate::model::fact::Truth;
use crate::model::resource::Category;
use crate::model::root::Root;
use crate::rules::reference::{Join, Source, assume};
use crate::rules::sink::Sink;

const VPC: &str = "aws_vpc";

/// Logs of the network, or of subnets, which lead to their network.
const LOG: Source =
    Source { kind: "aws_flow_log", attributes: &["vpc_id", "subnet_id"], via: "vpc_id" };

/// `vpc_without_flow_log`.
pub fn vpc_without_flow_log<'r>(root: &'r Root<'r>, sink: &mut Sink<'_, 'r>) {
    let networks = root.terraform(Category::Managed, VPC);
    if networks.is_empty() {
        return;
    }
    let join = Join::new(root, &[VPC], &[LOG], str::to_owned);
    for &at in networks {
        let network = root.cursor(root.resources[at]);
        // AWS chooses a network's identifier, so no text can name it: `name` is never written.
        match join.reaches(at, network.key("name")) {
            Truth::False => {
                let assumption = "no other module adds a flow log for this network";
                assume(sink.report(at, network, None, &[]), assumption);
            }
            Truth::Unknown => sink.unknown(),
            Truth::True => {}
        }
    }
}
