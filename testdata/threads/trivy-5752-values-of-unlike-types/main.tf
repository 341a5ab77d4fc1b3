locals {
  grants = {
    backups = { actions = ["s3:GetObject"], writers = [] }
    uploads = { actions = ["s3:GetObject", "s3:PutObject"], writers = ["*"] }
  }
}

resource "aws_s3_bucket" "each" {
  for_each = local.grants
  bucket   = each.key
}

resource "aws_s3_bucket_policy" "each" {
  for_each = local.grants
  bucket   = aws_s3_bucket.each[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for writer in each.value.writers : {
      Effect    = "Allow"
      Principal = writer
      Action    = each.value.actions
      Resource  = "${aws_s3_bucket.each[each.key].arn}/*"
    }]
  })
}
