variable "cidrs" {
  type    = list(string)
  default = ["10.20.0.0/16", "198.51.100.0/24"]
}

variable "nets" {
  type    = list(string)
  default = ["10.30.0.0"]
}

variable "length" {
  type    = number
  default = 16
}
