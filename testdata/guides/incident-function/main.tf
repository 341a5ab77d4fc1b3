# Answers incidents by itself
resource "aws_lambda_function" "respond" {
  filename      = "respond.zip"
  function_name = "respond-to-incidents"
  role          = aws_iam_role.respond.arn
  handler       = "main.run"
  runtime       = "python3.9"

  environment {
    variables = {
      TOPIC_ARN    = aws_sns_topic.security.arn
      CHAT_WEBHOOK = var.chat_webhook
    }
  }
}
