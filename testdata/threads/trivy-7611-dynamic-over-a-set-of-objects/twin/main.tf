variable "entries" {
  type = set(object({
    prefix = string
    target = string
    open   = bool
  }))
  default = [
    { prefix = "incoming", target = "s3:PutObject", open = false },
    { prefix = "reports", target = "s3:PutObject", open = false },
  ]
}

resource "aws_s3_bucket" "exchange" {
  bucket = "exchange"
}

data "aws_iam_policy_document" "exchange" {
  dynamic "statement" {
    for_each = var.entries

    content {
      sid       = statement.value.prefix
      actions   = [statement.value.target]
      resources = ["${aws_s3_bucket.exchange.arn}/${statement.value.prefix}/*"]

      principals {
        type        = "AWS"
        identifiers = statement.value.open ? ["*"] : ["arn:aws:iam::111122223333:root"]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "exchange" {
  bucket = aws_s3_bucket.exchange.id
  policy = data.aws_iam_policy_document.exchange.json
}
