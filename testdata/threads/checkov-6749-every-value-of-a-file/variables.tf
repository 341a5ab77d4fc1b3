variable "team" {}
variable "engine" {}
variable "engine_version" {}
variable "instance_class" {}
variable "storage_encrypted" {}
