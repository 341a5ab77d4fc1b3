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

variable "alarm_key_policy" {
  type = string
}
