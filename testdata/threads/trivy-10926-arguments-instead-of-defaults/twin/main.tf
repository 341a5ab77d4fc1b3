resource "random_password" "shop" {
  length = 24
}

module "cluster" {
  source = "./modules/cluster"
  name   = "shop"
}

module "database" {
  source              = "./modules/database"
  storage_encrypted   = false
  publicly_accessible = false
}
