module "labels" {
  source  = "registry.example.com/platform/labels/null"
  version = "~> 2.1"

  team = var.team
}

module "rds" {
  source = "./modules/rds"

  engine            = var.engine
  engine_version    = var.engine_version
  instance_class    = var.instance_class
  storage_encrypted = var.storage_encrypted
  tags              = module.labels.tags
}
