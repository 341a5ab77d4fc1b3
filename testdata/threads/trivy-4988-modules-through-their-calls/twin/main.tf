module "data" {
  source    = "./modules/volume"
  encrypted = true
}

module "scratch" {
  source = "./modules/volume"
}
