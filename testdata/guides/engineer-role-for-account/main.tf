# One role for everyone who writes code
resource "aws_iam_role" "engineer" {
  name = "Engineer"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Action = "sts:AssumeRole"
        Effect = "Allow"
        Principal = {
          AWS = "arn:aws:iam::111122223333:root"
        }
        Condition = {
          StringEquals = {
            "sts:ExternalId" = "shop-external-id"
          }
        }
      }
    ]
  })
}
