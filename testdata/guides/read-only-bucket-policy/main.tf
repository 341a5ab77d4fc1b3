# Reading, from the office, in one region
resource "aws_iam_policy" "read_receipts" {
  name = "ReadReceipts"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "s3:GetObject",
          "s3:ListBucket"
        ]
        Resource = [
          "arn:aws:s3:::shop-receipts",
          "arn:aws:s3:::shop-receipts/*"
        ]
        Condition = {
          StringEquals = {
            "aws:RequestedRegion" = "eu-west-1"
          }
          IpAddress = {
            "aws:SourceIp" = "203.0.113.0/24"
          }
        }
      }
    ]
  })
}
