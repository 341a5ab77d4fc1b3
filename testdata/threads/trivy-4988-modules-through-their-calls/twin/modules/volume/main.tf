variable "encrypted" {
  type    = bool
  default = false
}

resource "aws_ebs_volume" "this" {
  availability_zone = "eu-central-1a"
  size              = 20
  encrypted         = var.encrypted
}
