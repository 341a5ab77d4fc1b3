team              = "shop"
engine            = "postgres"
engine_version    = "16.3"
instance_class    = "db.t4g.medium"
storage_encrypted = true
