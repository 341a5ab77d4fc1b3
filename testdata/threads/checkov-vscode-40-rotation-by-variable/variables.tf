variable "value" {
  type    = bool
  default = false
}
