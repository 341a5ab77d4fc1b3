# Too many failed logins
resource "aws_cloudwatch_metric_alarm" "logins" {
  alarm_name          = "failed-logins"
  alarm_description   = "More failed logins than people make by mistake"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = "2"
  metric_name         = "FailedLoginAttempts"
  namespace           = "AWS/CloudTrail"
  period              = "300"
  statistic           = "Sum"
  threshold           = "10"
  alarm_actions       = [aws_sns_topic.security.arn]
}
