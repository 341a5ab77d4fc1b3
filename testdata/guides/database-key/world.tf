# Who else may do what in the account
resource "aws_iam_policy" "reports" {
  name = "reports"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadWhatIsEncrypted"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:ReEncryptFrom"]
        Resource = "*"
      }
    ]
  })
}
