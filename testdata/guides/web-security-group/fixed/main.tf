# Only the load balancer comes in; what no rule names is denied
resource "aws_security_group" "web" {
  name_prefix = "web-"
  description = "Web tier"
  vpc_id      = var.vpc_id

  ingress {
    description     = "TLS from the load balancer"
    from_port       = 443
    to_port         = 443
    protocol        = "tcp"
    security_groups = [aws_security_group.balancer.id]
  }

  egress {
    description     = "TLS to the application"
    from_port       = 443
    to_port         = 443
    protocol        = "tcp"
    security_groups = [aws_security_group.application.id]
  }
}
