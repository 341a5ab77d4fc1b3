locals {
  volumes = {
    first  = "eu-central-1a"
    second = "eu-central-1a"
  }
}

resource "aws_ebs_volume" "data" {
  for_each          = local.volumes
  availability_zone = each.value
  size              = 20
  encrypted         = false
}
