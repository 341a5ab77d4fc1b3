variable "storage_encrypted" { default = false }

resource "aws_db_instance" "shop" {
  identifier                  = "shop"
  engine                      = "mysql"
  instance_class              = "db.t4g.medium"
  allocated_storage           = 20
  username                    = "shop"
  manage_master_user_password = true
  storage_encrypted           = var.storage_encrypted
}
