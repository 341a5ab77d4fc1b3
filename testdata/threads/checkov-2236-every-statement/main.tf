resource "aws_iam_policy" "second" {
  name = "second"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Queue"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = "arn:aws:sqs:eu-central-1:111122223333:orders"
      },
      {
        Sid      = "Everything"
        Effect   = "Allow"
        Resource = ["*"]
        Action   = ["*"]
      },
    ]
  })
}

resource "aws_iam_policy" "alone" {
  name = "alone"
  policy = <<-JSON
    {
      "Version": "2012-10-17",
      "Statement": {
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*"
      }
    }
  JSON
}
