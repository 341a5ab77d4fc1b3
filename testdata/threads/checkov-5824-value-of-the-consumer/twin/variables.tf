variable "databases" {
  type = list(object({ name = string, public = bool }))
  default = [
    { name = "orders", public = false },
    { name = "reports", public = true },
  ]
}
