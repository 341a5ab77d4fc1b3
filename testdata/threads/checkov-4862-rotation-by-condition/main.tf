variable "purposes" {
  type    = map(string)
  default = { data = "ENCRYPT_DECRYPT", sign = "ASYMMETRIC_SIGN" }
}

variable "period" {
  type    = string
  default = "7776000s"
}

resource "google_kms_crypto_key" "each" {
  for_each        = var.purposes
  name            = each.key
  key_ring        = "projects/shop/locations/europe/keyRings/shop"
  purpose         = each.value
  rotation_period = contains(["ASYMMETRIC_SIGN", "ASYMMETRIC_DECRYPT"], each.value) ? null : var.period

  version_template {
    algorithm = each.value == "ASYMMETRIC_SIGN" ? "EC_SIGN_P256_SHA256" : "GOOGLE_SYMMETRIC_ENCRYPTION"
  }
}
