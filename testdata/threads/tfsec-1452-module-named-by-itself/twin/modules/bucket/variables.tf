variable "name" {
  type = string
}

variable "private" {
  type    = bool
  default = true
}
