variable "min_tls_version" {
  default = "TLS1_2"
}
