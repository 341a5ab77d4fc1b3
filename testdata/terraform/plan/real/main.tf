variable "names" {
  type    = set(string)
  default = ["a"]
}

variable "token" {
  type      = string
  sensitive = true
  default   = "nobody-shall-see-this"
}

resource "terraform_data" "first" {
  input = "first"
}

resource "terraform_data" "second" {
  for_each = var.names

  input            = { name = each.key, first = terraform_data.first.id, token = var.token }
  triggers_replace = [terraform_data.first.id]
}

module "inner" {
  source = "./inner"
  count  = 2

  above = terraform_data.first.id
  index = count.index
}

resource "terraform_data" "last" {
  input            = module.inner[1].below
  triggers_replace = "${terraform_data.first.id}-${module.inner[0].below}"
}
