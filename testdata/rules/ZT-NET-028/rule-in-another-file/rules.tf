resource "aws_vpc_security_group_ingress_rule" "admin" {
  security_group_id = aws_security_group.web.id #~ ZT-NET-028
  from_port         = 8443
  to_port           = 8443
  ip_protocol       = "tcp"
  cidr_ipv4         = "10.1.0.0/16"
}
