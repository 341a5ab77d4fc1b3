variable "size" {
  type    = number
  default = 20
}

resource "aws_ebs_volume" "data" {
  availability_zone = "eu-central-1a"
  size              = var.size
  encrypted         = true
}
