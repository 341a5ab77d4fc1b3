# The service rotates the key itself
resource "aws_kms_key" "ledger" {
  description             = "Key of the ledger database"
  enable_key_rotation     = true
  rotation_period_in_days = 90
}
