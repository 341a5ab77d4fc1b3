variable "result" {
  default = null
}

output "result" {
  value = var.result
}
