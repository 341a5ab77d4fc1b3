locals {
  name    = "Shop-Front"
  empty   = ""
  nothing = null
  yes     = true
  count   = 3
  ratio   = 2.5
  ports   = [443, 80, 8080, 80]
  names   = ["web", "api", "db", "api", ""]
  nested  = [["a", "b"], ["c"], []]
  labels  = { app = "shop", tier = "front", zone = "eu-1" }
  sizes   = { small = 1, large = 12, medium = 4 }
  zones   = toset(["eu-2", "eu-1", "us-1"])
  people = [
    { name = "ada", age = 36, tags = ["x", "y"], boss = null },
    { name = "bob", age = 7, tags = [], boss = { name = "ada" } },
    { name = "eve", age = 51, tags = ["z"], boss = { name = "bob" } },
  ]
  rules = {
    http  = { port = 80, from = ["0.0.0.0/0"] }
    admin = { port = 22, from = ["10.0.0.0/8", "192.168.0.0/16"] }
  }
}
