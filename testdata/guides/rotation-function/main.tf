# Rotates the keys on schedule
resource "aws_lambda_function" "rotate" {
  filename      = "rotate.zip"
  function_name = "rotate-keys"
  role          = aws_iam_role.rotate.arn
  handler       = "main.run"
  runtime       = "python3.9"

  environment {
    variables = {
      KEY = aws_kms_key.ledger.id
    }
  }
}
