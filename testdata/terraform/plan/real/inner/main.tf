variable "above" {}
variable "index" {}

resource "terraform_data" "this" {
  input = var.above
}

resource "terraform_data" "none" {
  count = 0
}

output "below" {
  value = terraform_data.this.id
}
