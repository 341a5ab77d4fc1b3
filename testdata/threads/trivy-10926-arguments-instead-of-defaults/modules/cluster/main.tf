variable "name" { default = "main" }

resource "aws_ecs_cluster" "this" {
  name = var.name
}
