variable "inbound" {
  type = list(map(string))
}

resource "aws_network_acl" "public" {
  vpc_id = "vpc-0a1b2c3d"
}

resource "aws_network_acl_rule" "inbound" {
  count = length(var.inbound)

  network_acl_id = aws_network_acl.public.id
  egress         = false
  rule_number    = var.inbound[count.index]["number"]
  rule_action    = var.inbound[count.index]["action"]
  protocol       = "tcp"
  from_port      = var.inbound[count.index]["from"]
  to_port        = var.inbound[count.index]["to"]
  # ztlint:ignore[ZT-NET-120] instance=module.vpc.aws_network_acl_rule.inbound[2] reason="Closed with the next release."
  cidr_block     = var.inbound[count.index]["cidr"]
}
