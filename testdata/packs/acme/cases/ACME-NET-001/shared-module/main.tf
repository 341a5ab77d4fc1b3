resource "aws_lb" "door" { #~ ACME-NET-001
  name = local.name
}
