locals {
  name = "door"
}

resource "aws_lb" "inside" {
  name     = local.name
  internal = true
}
