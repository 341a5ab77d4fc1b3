locals {
  minor = var.minor
}

resource "azurerm_storage_account" "quoted" {
  name                            = "stquoted"
  resource_group_name             = "rg-shop"
  location                        = "westeurope"
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  allow_nested_items_to_be_public = false
  min_tls_version                 = "${var.version_of_tls}"
  shared_access_key_enabled       = false
  network_rules {
    default_action = "${var.action}"
  }
}

resource "azurerm_storage_account" "joined" {
  name                            = "stjoined"
  resource_group_name             = "rg-shop"
  location                        = "westeurope"
  account_tier                    = "Standard"
  account_replication_type        = "ZRS"
  allow_nested_items_to_be_public = false
  min_tls_version                 = "TLS1_${local.minor}"
  shared_access_key_enabled       = false
  network_rules {
    default_action = "Deny"
  }
}
