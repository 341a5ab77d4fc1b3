variable "queue_encrypted" {
  type    = bool
  default = true
}

resource "aws_sqs_queue" "this" {
  name                    = "karpenter"
  sqs_managed_sse_enabled = var.queue_encrypted
}
