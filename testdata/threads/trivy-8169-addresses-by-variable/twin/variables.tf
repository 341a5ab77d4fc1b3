variable "cidrs" {
  type    = list(string)
  default = ["10.20.0.0/16", "0.0.0.0/0"]
}

variable "nets" {
  type    = list(string)
  default = ["0.0.0.0"]
}

variable "length" {
  type    = number
  default = 0
}
