resource "aws_security_group" "balancer" {
  name   = "balancer"
  vpc_id = "vpc-0a1b2c3d"
}

resource "aws_security_group" "service" {
  name   = "service"
  vpc_id = "vpc-0a1b2c3d"
}

resource "aws_vpc_security_group_ingress_rule" "from_balancer" {
  security_group_id            = aws_security_group.service.id
  referenced_security_group_id = aws_security_group.balancer.id
  from_port                    = 22
  to_port                      = 22
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_ingress_rule" "from_list" {
  security_group_id = aws_security_group.service.id
  prefix_list_id    = "pl-0a1b2c3d"
  ip_protocol       = "-1"
}
