variable "name" {}
variable "public" {}

resource "aws_db_instance" "this" {
  count               = length([var.name])
  identifier          = var.name
  storage_encrypted   = true
  publicly_accessible = var.public
}
