locals {
  default_rules = [
    { action = "allow", from = 443, to = 443, cidr = "0.0.0.0/0" },
    { action = "allow", from = 22, to = 22, cidr = "10.0.0.0/8" },
  ]
  legacy_rules = [
    { action = "allow", from = 22, to = 22, cidr = "0.0.0.0/0" },
    { action = "allow", from = 3389, to = 3389, cidr = "0.0.0.0/0" },
  ]
}

module "vpc" {
  source = "./modules/network"
  inbound = concat(
    [for i in range(length(local.default_rules)) : merge({ number = 1000 + i }, local.default_rules[i])],
    [for i, rule in local.legacy_rules : merge({ number = 2000 + i }, rule)],
  )
}
