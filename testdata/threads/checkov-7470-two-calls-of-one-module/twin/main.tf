module "b" {
  source = "./modules/wait"
}

module "a" {
  source = "./modules/wait"
  result = module.b.result
}

module "c" {
  source         = "./modules/storage"
  default_action = "Allow"
  ref            = module.b.result
}
