data "aws_iam_policy_document" "shop" {
  statement {
    sid       = "Visitors"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::shop/*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}

data "aws_iam_policy_document" "backup" {
  statement {
    sid       = "Backup"
    actions   = ["s3:GetObject"]
    resources = ["arn:aws:s3:::shop/*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:root"]
    }
  }
}

data "aws_iam_policy_document" "all" {
  source_policy_documents = [for d in [data.aws_iam_policy_document.shop, data.aws_iam_policy_document.backup] : d.json]
}
module "bucket" {
  source = "./modules/bucket"
  policy = data.aws_iam_policy_document.all.json
}
