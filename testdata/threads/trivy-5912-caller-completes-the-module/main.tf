module "logged" {
  source = "./modules/network"
}

resource "aws_flow_log" "logged" {
  vpc_id               = module.logged.vpc_id
  traffic_type         = "ALL"
  log_destination_type = "s3"
  log_destination      = "arn:aws:s3:::flow-logs"
}
