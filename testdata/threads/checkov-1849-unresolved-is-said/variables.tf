variable "rotate" {
  type = bool
}
