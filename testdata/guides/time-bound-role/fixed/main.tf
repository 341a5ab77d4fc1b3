# Engineers of one group, for an hour at most
resource "aws_iam_role" "engineers" {
  name                 = "engineers-for-an-hour"
  max_session_duration = 3600
  permissions_boundary = aws_iam_policy.boundary.arn

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Federated = "arn:aws:iam::111122223333:saml-provider/Directory"
      }
      Action = "sts:AssumeRoleWithSAML"
      Condition = {
        StringEquals = {
          "SAML:aud"            = "https://signin.aws.amazon.com/saml"
          "SAML:edupersonorgdn" = "shop-engineers"
        }
      }
    }]
  })
}
