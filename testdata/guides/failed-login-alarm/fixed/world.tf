# Where alarms go
resource "aws_sns_topic" "security" {
  name              = "security"
  kms_master_key_id = aws_kms_key.alarms.arn
}

resource "aws_kms_key" "alarms" {
  description         = "Key of the alarms"
  enable_key_rotation = true
  policy              = var.alarm_key_policy
}

resource "aws_sns_topic_subscription" "on_call" {
  topic_arn = aws_sns_topic.security.arn
  protocol  = "https"
  endpoint  = "https://on-call.shop.test/alarms"
}

variable "alarm_key_policy" {
  type = string
}
