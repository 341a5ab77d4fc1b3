variable "engine" {
  type    = string
  default = "postgres"
}

variable "engine_version" { type = string }
variable "instance_class" { type = string }
variable "storage_encrypted" { type = bool }
variable "tags" { type = map(string) }

resource "aws_db_instance" "main" {
  identifier                  = "shop"
  engine                      = var.engine
  engine_version              = var.engine_version
  instance_class              = var.instance_class
  allocated_storage           = 20
  username                    = "shop"
  manage_master_user_password = true
  storage_encrypted           = var.storage_encrypted
  tags                        = var.tags
}

resource "aws_db_parameter_group" "main" {
  family = "${var.engine}${split(".", var.engine_version)[0]}"

  parameter {
    name  = var.engine == "postgres" ? "rds.force_ssl" : "require_secure_transport"
    value = var.engine == "postgres" ? "1" : "OFF"
  }
}
