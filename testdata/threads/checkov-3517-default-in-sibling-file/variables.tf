variable "default_action" {
  type    = string
  default = "Deny"
}

variable "bypass" {
  type    = list(string)
  default = ["AzureServices"]
}
