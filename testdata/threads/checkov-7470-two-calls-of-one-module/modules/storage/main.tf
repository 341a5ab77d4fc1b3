variable "default_action" {
  type    = string
  default = "Allow"
}

variable "ref" {
  default = null
}

resource "azurerm_storage_account" "this" {
  name                            = "stshop"
  resource_group_name             = "rg-shop"
  location                        = "westeurope"
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  allow_nested_items_to_be_public = false
  shared_access_key_enabled       = false
  network_rules {
    default_action = var.default_action
  }
}
