variable "version_of_tls" {}
variable "action" {}
variable "minor" {}
