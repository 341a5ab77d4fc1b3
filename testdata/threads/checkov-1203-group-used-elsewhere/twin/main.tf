module "group" {
  source = "./modules/group"
  cidr   = "10.0.0.0/8"
}

resource "aws_ecs_service" "shop" {
  name            = "shop"
  cluster         = "main"
  task_definition = "shop:7"

  network_configuration {
    subnets         = ["subnet-0a1b2c3d"]
    security_groups = [module.group.id]
  }
}

resource "aws_vpc_security_group_ingress_rule" "metrics" {
  security_group_id = module.group.id
  cidr_ipv4         = "10.9.0.0/16"
  from_port         = 9100
  to_port           = 9100
  ip_protocol       = "tcp"
}
