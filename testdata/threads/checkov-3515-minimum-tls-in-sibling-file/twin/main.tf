resource "azurerm_storage_account" "shop" {
  name                            = "stshop"
  resource_group_name             = "rg-shop"
  location                        = "westeurope"
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  allow_nested_items_to_be_public = false
  min_tls_version                 = var.min_tls_version
  shared_access_key_enabled       = false
  network_rules {
    default_action = "Deny"
  }
}
