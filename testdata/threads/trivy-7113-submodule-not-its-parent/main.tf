module "remote" {
  source  = "terraform-aws-modules/eks/aws//modules/karpenter"
  version = "20.5.0"

  queue_encrypted = false
}

module "local" {
  source = "./modules/eks//modules/karpenter"

  queue_encrypted = false
}
