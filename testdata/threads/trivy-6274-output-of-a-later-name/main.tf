module "account" {
  source   = "./modules/account"
  for_each = { for name, volume in module.plan.volumes : name => volume if volume.name != "none" }

  encrypted = each.value.encrypted
}

module "plan" {
  source = "./modules/plan"
  volumes = [
    { name = "data", encrypted = true },
    { name = "logs", encrypted = true },
    { name = "none", encrypted = false },
  ]
}
