resource "aws_s3_bucket" "shop" {
  bucket = "shop"
}

resource "aws_s3_bucket_policy" "shop" {
  bucket = aws_s3_bucket.shop.id
  policy = data.aws_iam_policy_document.shop.json
}

data "aws_iam_policy_document" "shop" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.shop.arn}/*"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}
