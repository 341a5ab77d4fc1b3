variable "public" {}
variable "password" {}
variable "databases" {}

variable "offices" {
  default = ["0.0.0.0/0"]
}

variable "archive" {
  default = true
}

data "aws_ssm_parameter" "office" {
  name = "/office"
}

# The plan gives the variable a value.
resource "aws_db_instance" "shop" {
  identifier          = "shop"
  storage_encrypted   = true
  publicly_accessible = var.public
  password            = var.password
}

# Nobody wrote it, but so it is planned.
resource "aws_db_instance" "reports" {
  identifier        = "reports"
  storage_encrypted = true
}

# The plan makes none.
resource "aws_db_instance" "archive" {
  count               = var.archive ? 1 : 0
  publicly_accessible = true
}

# Written after the plan was made.
resource "aws_db_instance" "young" {
  publicly_accessible = true
}

resource "aws_ebs_volume" "data" {
  availability_zone = "eu-west-1a"
  size              = 10
}

# The plan orders blocks in its own way.
resource "aws_security_group" "web" {
  name = "web"

  ingress {
    from_port   = 3389
    to_port     = 3389
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = var.offices
  }
}

# What a data source read, the plan knows.
resource "aws_vpc_security_group_ingress_rule" "ssh" {
  security_group_id = "sg-0a1b2c3d"
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = data.aws_ssm_parameter.office.value
}

resource "aws_iam_policy" "all" {
  name = "all"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = "${module.far.bucket}/*"
      },
      {
        Effect   = "Allow"
        Action   = "*"
        Resource = "*"
      },
    ]
  })
}

resource "aws_secretsmanager_secret" "rotated" {
  name = "rotated"
}

resource "aws_secretsmanager_secret_rotation" "rotated" {
  secret_id           = aws_secretsmanager_secret.rotated.id
  rotation_lambda_arn = "arn:aws:lambda:eu-west-1:123456789012:function:rotate"
  rotation_rules {
    automatically_after_days = 30
  }
}

module "db" {
  source   = "./db"
  for_each = var.databases
  name     = each.key
  public   = each.value
}

module "far" {
  source = "example/database/aws"
}

# Its rules stand by themselves; the plan shows them here too, as the provider found them.
resource "aws_security_group" "bastion" {
  name = "bastion"
}

resource "aws_security_group_rule" "bastion" {
  security_group_id = aws_security_group.bastion.id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_blocks       = ["0.0.0.0/0"]
}

# How many blocks there are, the plan knows.
resource "aws_security_group" "partners" {
  name = "partners"

  dynamic "ingress" {
    for_each = module.far.networks
    content {
      from_port   = 5432
      to_port     = 5432
      protocol    = "tcp"
      cidr_blocks = [ingress.value]
    }
  }
}
