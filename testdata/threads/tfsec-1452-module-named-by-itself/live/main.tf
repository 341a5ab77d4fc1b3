module "bucket" {
  source  = "../modules/bucket"
  name    = "shop"
  private = true
}
