team              = "shop"
engine            = "mysql"
engine_version    = "8.0"
instance_class    = "db.t4g.medium"
storage_encrypted = false
