resource "aws_security_group" "telemetry" {
  name   = "telemetry"
  vpc_id = "vpc-0a1b2c3d"
}

resource "aws_vpc_security_group_ingress_rule" "vendor" {
  security_group_id = aws_security_group.telemetry.id
  cidr_ipv4         = "3.251.148.96/29"
  from_port         = 5432
  to_port           = 5432
  ip_protocol       = "tcp"
}

resource "aws_security_group_rule" "offices" {
  type              = "ingress"
  security_group_id = aws_security_group.telemetry.id
  cidr_blocks       = ["192.0.2.4/32", "198.51.100.0/23"]
  from_port         = 22
  to_port           = 22
  protocol          = "tcp"
}
