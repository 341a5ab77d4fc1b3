variable "size" {
  default = 40
}

resource "aws_ebs_volume" "data" {
  availability_zone = "eu-central-1b"
}
