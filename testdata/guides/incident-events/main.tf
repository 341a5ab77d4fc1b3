# Security events wake the function
resource "aws_cloudwatch_event_rule" "incidents" {
  name        = "incidents"
  description = "What the detectors report"

  event_pattern = jsonencode({
    source      = ["aws.guardduty", "aws.cloudtrail"]
    detail-type = ["GuardDuty Finding", "AWS API Call via CloudTrail"]
  })
}

resource "aws_cloudwatch_event_target" "respond" {
  rule      = aws_cloudwatch_event_rule.incidents.name
  target_id = "Respond"
  arn       = aws_lambda_function.respond.arn
}
