variable "volumes" { type = list(object({ name = string, encrypted = bool })) }

output "volumes" {
  value = { for volume in var.volumes : volume.name => volume }
}
