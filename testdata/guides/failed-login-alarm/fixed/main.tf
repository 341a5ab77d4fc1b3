# Too many failed logins, counted from the trail's log group
resource "aws_cloudwatch_log_metric_filter" "logins" {
  name           = "failed-logins"
  log_group_name = aws_cloudwatch_log_group.trail.name
  pattern        = "{ ($.eventName = ConsoleLogin) && ($.errorMessage = \"Failed authentication\") }"

  metric_transformation {
    name          = "FailedLogins"
    namespace     = "Shop/Security"
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "logins" {
  alarm_name          = "failed-logins"
  alarm_description   = "More failed logins than people make by mistake"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  metric_name         = "FailedLogins"
  namespace           = "Shop/Security"
  period              = 300
  statistic           = "Sum"
  threshold           = 10
  alarm_actions       = [aws_sns_topic.security.arn]
}
