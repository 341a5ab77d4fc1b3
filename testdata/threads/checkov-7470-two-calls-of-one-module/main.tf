module "b" {
  source = "./modules/wait"
}

module "a" {
  source = "./modules/wait"
  result = module.b.result
}

module "c" {
  source         = "./modules/storage"
  default_action = "Deny"
  ref            = module.b.result
}
