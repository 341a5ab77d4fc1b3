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
