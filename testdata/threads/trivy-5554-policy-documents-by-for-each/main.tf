locals {
  access = {
    reader = { actions = ["s3:GetObject"], resource = "arn:aws:s3:::shop/*" }
    admin  = { actions = ["*"], resource = "*" }
  }
  services = ["sqs:SendMessage", "iam:*"]
}

data "aws_iam_policy_document" "access" {
  for_each = local.access

  statement {
    sid       = each.key
    actions   = each.value.actions
    resources = [each.value.resource]
  }
}

resource "aws_iam_policy" "access" {
  for_each = local.access

  name   = "access-${each.key}"
  policy = data.aws_iam_policy_document.access[each.key].json
}

data "aws_iam_policy_document" "service" {
  count = length(local.services)

  statement {
    actions   = [local.services[count.index]]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "service" {
  count = length(local.services)

  name   = "service-${count.index}"
  policy = data.aws_iam_policy_document.service[count.index].json
}
