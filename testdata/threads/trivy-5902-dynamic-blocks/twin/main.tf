locals {
  network_policy = [{ enabled = false }]
  ip             = { ssl_mode = "ALLOW_UNENCRYPTED_AND_ENCRYPTED", public = false }
}

resource "google_container_cluster" "main" {
  name                     = "shop"
  location                 = "europe-west3"
  remove_default_node_pool = true
  initial_node_count       = 1

  dynamic "network_policy" {
    for_each = local.network_policy

    content {
      enabled = network_policy.value.enabled
    }
  }

  addons_config {
    network_policy_config {
      disabled = false
    }
  }

  workload_identity_config {
    workload_pool = "shop.svc.id.goog"
  }

  private_cluster_config {
    enable_private_nodes    = true
    enable_private_endpoint = true
  }
}

resource "google_sql_database_instance" "main" {
  name             = "shop"
  database_version = "MYSQL_8_4"

  settings {
    tier = "db-custom-2-7680"

    dynamic "ip_configuration" {
      for_each = [local.ip]

      content {
        ipv4_enabled = ip_configuration.value.public
        ssl_mode     = lookup(ip_configuration.value, "ssl_mode", null)
      }
    }
  }
}
