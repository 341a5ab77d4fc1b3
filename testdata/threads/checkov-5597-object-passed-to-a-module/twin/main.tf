data "aws_cloudfront_response_headers_policy" "strict" {
  name = "Managed-SecurityHeadersPolicy"
}

module "shop" {
  source = "./modules/cdn"
  origin = "origin.example.com"

  default_cache_behavior = {
    target_origin_id           = "shop"
    viewer_protocol_policy     = "allow-all"
    response_headers_policy_id = data.aws_cloudfront_response_headers_policy.strict.id
  }
}

module "blog" {
  source  = "terraform-aws-modules/cloudfront/aws"
  version = "~> 3.0"

  default_cache_behavior = {
    target_origin_id       = "blog"
    viewer_protocol_policy = "redirect-to-https"
  }
}
