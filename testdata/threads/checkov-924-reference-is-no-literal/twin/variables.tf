variable "version_of_tls" { default = "TLS1_1" }
variable "action" { default = "Allow" }
variable "minor" { default = 0 }
