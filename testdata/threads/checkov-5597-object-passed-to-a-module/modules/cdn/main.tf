variable "origin" { type = string }
variable "default_cache_behavior" { type = any }

resource "aws_cloudfront_distribution" "this" {
  enabled = true

  origin {
    domain_name = var.origin
    origin_id   = "shop"

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  dynamic "default_cache_behavior" {
    for_each = [var.default_cache_behavior]
    iterator = i

    content {
      target_origin_id           = i.value["target_origin_id"]
      viewer_protocol_policy     = i.value["viewer_protocol_policy"]
      allowed_methods            = lookup(i.value, "allowed_methods", ["GET", "HEAD"])
      cached_methods             = lookup(i.value, "cached_methods", ["GET", "HEAD"])
      response_headers_policy_id = lookup(i.value, "response_headers_policy_id", null)
    }
  }

  viewer_certificate {
    acm_certificate_arn      = "arn:aws:acm:us-east-1:111122223333:certificate/shop"
    minimum_protocol_version = "TLSv1.2_2021"
    ssl_support_method       = "sni-only"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
}
