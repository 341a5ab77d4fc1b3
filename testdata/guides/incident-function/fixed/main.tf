# Answers incidents by itself; the webhook is fetched when it runs
resource "aws_lambda_function" "respond" {
  filename         = "respond.zip"
  source_code_hash = filebase64sha256("respond.zip")
  function_name    = "respond-to-incidents"
  role             = aws_iam_role.respond.arn
  handler          = "main.run"
  runtime          = "python3.13"
  kms_key_arn      = aws_kms_key.functions.arn

  environment {
    variables = {
      TOPIC_ARN   = aws_sns_topic.security.arn
      WEBHOOK_ARN = aws_secretsmanager_secret.webhook.arn
    }
  }
}
