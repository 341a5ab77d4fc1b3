resource "aws_kms_key" "data" {
  description         = "data"
  enable_key_rotation = var.value
}

resource "aws_kms_key" "logs" {
  description         = "logs"
  enable_key_rotation = !var.value
}
