locals {
  databases = { for db in var.databases : db.name => db }
}

resource "aws_db_instance" "this" {
  for_each = local.databases

  identifier                  = each.value.name
  engine                      = "postgres"
  instance_class              = "db.t4g.medium"
  allocated_storage           = 20
  username                    = "shop"
  manage_master_user_password = true
  storage_encrypted           = true
  publicly_accessible         = each.value.public
}
