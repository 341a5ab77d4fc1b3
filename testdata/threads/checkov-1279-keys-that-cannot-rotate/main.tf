locals {
  keys = {
    data = { usage = "ENCRYPT_DECRYPT", spec = "SYMMETRIC_DEFAULT", rotate = false }
    sign = { usage = "SIGN_VERIFY", spec = "ECC_NIST_P521", rotate = false }
    hmac = { usage = "GENERATE_VERIFY_MAC", spec = "HMAC_256", rotate = false }
  }
}

resource "aws_kms_key" "each" {
  for_each                 = local.keys
  description              = each.key
  key_usage                = each.value.usage
  customer_master_key_spec = each.value.spec
  enable_key_rotation      = each.value.rotate
}

resource "aws_kms_key" "rsa" {
  description              = "encryption for partners"
  customer_master_key_spec = "RSA_4096"
}

resource "aws_kms_external_key" "imported" {
  description = "material of our own"
}

resource "aws_kms_custom_key_store" "hsm" {
  custom_key_store_name    = "hsm"
  cloud_hsm_cluster_id     = "cluster-0a1b2c3d"
  key_store_password       = var.key_store_password
  trust_anchor_certificate = file("anchor.crt")
}

resource "aws_kms_key" "hsm" {
  description         = "hsm"
  custom_key_store_id = aws_kms_custom_key_store.hsm.id
}

variable "key_store_password" {
  type      = string
  sensitive = true
}
