variable "default_action" {
  type    = string
  default = "Allow"
}

variable "bypass" {
  type    = list(string)
  default = ["AzureServices"]
}
