# Access for an hour at most
resource "aws_iam_role" "engineers" {
  name                 = "engineers-for-an-hour"
  max_session_duration = 3600 # One hour

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Principal = {
        Federated = "arn:aws:iam::987654321:saml-provider/Directory"
      }
      Action = "sts:AssumeRoleWithSAML"
      Condition = {
        StringEquals = {
          "SAML:aud" = "https://signin.aws.amazon.com/saml"
        }
      }
    }]
  })
}
