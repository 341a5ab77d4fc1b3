# Security events wake the function
resource "aws_cloudwatch_event_rule" "incidents" {
  name        = "incidents"
  description = "What the detectors report"

  event_pattern = jsonencode({
    source      = ["aws.guardduty", "aws.iam", "aws.signin"]
    detail-type = ["GuardDuty Finding", "AWS API Call via CloudTrail"]
  })
}

resource "aws_cloudwatch_event_target" "respond" {
  rule      = aws_cloudwatch_event_rule.incidents.name
  target_id = "Respond"
  arn       = aws_lambda_function.respond.arn
}

resource "aws_lambda_permission" "incidents" {
  statement_id  = "AllowEvents"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.respond.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.incidents.arn
}
