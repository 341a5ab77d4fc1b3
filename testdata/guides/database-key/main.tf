# The key is rotated every 90 days
resource "aws_kms_key" "ledger" {
  description             = "Key of the ledger database"
  deletion_window_in_days = 7
  enable_key_rotation     = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Account decides"
        Effect = "Allow"
        Principal = {
          AWS = "arn:aws:iam::${var.account}:root"
        }
        Action   = "kms:*"
        Resource = "*"
      },
      {
        Sid    = "The database uses it"
        Effect = "Allow"
        Principal = {
          AWS = "arn:aws:iam::${var.account}:role/Ledger"
        }
        Action = [
          "kms:Encrypt",
          "kms:Decrypt",
          "kms:ReEncrypt*",
          "kms:GenerateDataKey*",
          "kms:DescribeKey"
        ]
        Resource = "*"
      }
    ]
  })
}
