variable "storage_encrypted" {
  type    = bool
  default = false
}

variable "publicly_accessible" {
  type    = bool
  default = true
}

resource "aws_db_instance" "this" {
  identifier                  = "shop"
  engine                      = "postgres"
  instance_class              = "db.t4g.medium"
  allocated_storage           = 20
  username                    = "shop"
  manage_master_user_password = true
  storage_encrypted           = var.storage_encrypted
  publicly_accessible         = var.publicly_accessible
}
