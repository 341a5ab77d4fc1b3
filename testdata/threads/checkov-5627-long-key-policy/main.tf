resource "aws_kms_key" "shared" {
  description         = "shared"
  enable_key_rotation = true

  policy = <<-POLICY
    {
        "Version": "2012-10-17",
        "Statement": [
        {
            "Sid": "Team1",
            "Effect": "Allow",
            "Principal": {
                "AWS": "arn:aws:iam::111122220001:root"
            },
            "Action": [
                "kms:Decrypt",
                "kms:DescribeKey"
            ],
            "Resource": "*"
        },
        {
            "Sid": "Team2",
            "Effect": "Allow",
            "Principal": {
                "AWS": "arn:aws:iam::111122220002:root"
            },
            "Action": [
                "kms:Decrypt",
                "kms:DescribeKey"
            ],
            "Resource": "*"
        },
        {
            "Sid": "Team3",
            "Effect": "Allow",
            "Principal": {
                "AWS": "arn:aws:iam::111122220003:root"
            },
            "Action": [
                "kms:Decrypt",
                "kms:DescribeKey"
            ],
            "Resource": "*"
        },
        {
            "Sid": "Team4",
            "Effect": "Allow",
            "Principal": {
                "AWS": "arn:aws:iam::111122220004:root"
            },
            "Action": [
                "kms:Decrypt",
                "kms:DescribeKey"
            ],
            "Resource": "*"
        },
        {
            "Sid": "Team5",
            "Effect": "Allow",
            "Principal": {
                "AWS": "arn:aws:iam::111122220005:root"
            },
            "Action": [
                "kms:Decrypt",
                "kms:DescribeKey"
            ],
            "Resource": "*"
        },
        {
            "Sid": "Team6",
            "Effect": "Allow",
            "Principal": {
                "AWS": "arn:aws:iam::111122220006:root"
            },
            "Action": [
                "kms:Decrypt",
                "kms:DescribeKey"
            ],
            "Resource": "*"
        },
        {
            "Sid": "Team7",
            "Effect": "Allow",
            "Principal": {
                "AWS": "arn:aws:iam::111122220007:root"
            },
            "Action": [
                "kms:Decrypt",
                "kms:DescribeKey"
            ],
            "Resource": "*"
        },
        {
            "Sid": "Team8",
            "Effect": "Allow",
            "Principal": {
                "AWS": "arn:aws:iam::111122220008:root"
            },
            "Action": [
                "kms:Decrypt",
                "kms:DescribeKey"
            ],
            "Resource": "*"
        },
        {
            "Sid": "Everyone",
            "Effect": "Allow",
            "Principal": {
                "AWS": "*"
            },
            "Action": [
                "kms:*"
            ],
            "Resource": "*"
        }
        ]
    }
  POLICY
}
