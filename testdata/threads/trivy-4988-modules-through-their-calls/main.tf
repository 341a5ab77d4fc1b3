module "data" {
  source    = "./modules/volume"
  encrypted = true
}
