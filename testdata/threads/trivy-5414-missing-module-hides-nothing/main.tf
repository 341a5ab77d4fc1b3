module "network" {
  source = "git::ssh://git@git.example.com:2222/platform/terraform-network.git//modules/vpc?ref=v3.0.0"
  name   = "shop"
}

resource "aws_ebs_volume" "data" {
  availability_zone = module.network.zones[0]
  size              = 20
  encrypted         = false
}

resource "aws_ebs_volume" "logs" {
  availability_zone = module.network.zones[1]
  size              = 20
  encrypted         = module.network.encrypt
}
