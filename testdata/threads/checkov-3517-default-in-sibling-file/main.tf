resource "azurerm_storage_account_network_rules" "shop" {
  storage_account_id = azurerm_storage_account.shop.id
  default_action     = var.default_action
  bypass             = var.bypass
}
