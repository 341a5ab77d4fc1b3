resource "aws_security_group" "common" {
  name        = "common"
  description = "all instances"
  vpc_id      = "vpc-0a1b2c3d"

  ingress {
    description = "administration from one another"
    from_port   = 22
    to_port     = 3389
    protocol    = "tcp"
    self        = true
  }
}

resource "aws_security_group_rule" "own" {
  type              = "ingress"
  security_group_id = "sg-0a1b2c3d"
  from_port         = 0
  to_port           = 0
  protocol          = "-1"
  self              = true
}
