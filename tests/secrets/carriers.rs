//! Manifests that hold a secret, each with faults on the lines beside it.

use super::{Dice, kinds::Planted};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;

/// A path and a text for the kind of a number.
pub type Carrier = fn(&mut Dice, usize, &Planted) -> (String, String);

/// The ways.
pub const CARRIERS: [Carrier; 5] = [workload, data, resources, variables, policies];

const TELLING: [&str; 6] =
    ["DB_PASSWORD", "API_TOKEN", "CLIENT_SECRET", "SMTP_PASS", "SIGNING_KEY", "REDIS_AUTH"];

/// Names that say nothing; only for secrets that their form gives away.
const OTHERS: [&str; 4] = ["SETTING", "UPSTREAM", "VALUE", "A"];

fn name(dice: &mut Dice, secret: &Planted) -> &'static str {
    let telling = secret.named || dice.below(2) == 0;
    if telling { TELLING[dice.below(TELLING.len())] } else { OTHERS[dice.below(OTHERS.len())] }
}

/// The secret on lines of their own.
fn block(secret: &Planted, indent: usize) -> String {
    let mut text = String::new();
    for line in secret.lines() {
        let _ = writeln!(text, "{:indent$}{line}", "");
    }
    text
}

fn workload(dice: &mut Dice, at: usize, secret: &Planted) -> (String, String) {
    let (name, text) = (name(dice, secret), &secret.text);
    let flag = TELLING[dice.below(TELLING.len())].to_lowercase().replace('_', "-");
    let text = format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: web-{at}, namespace: shop, labels: {{app: web-{at}}}}}
spec:
  selector: {{matchLabels: {{app: web-{at}}}}}
  template:
    metadata: {{labels: {{app: web-{at}}}}}
    spec:
      hostNetwork: true
      containers:
      - name: web
        ports: [{{containerPort: 8080}}]
        env:
        - name: {name}
          value: \"{text}\"
        image: web:latest
        args: [\"--verbose\", \"--{flag}={text}\"]
        securityContext: {{privileged: true}}
      - name: side
        command:
        - serve
        - --{flag}
        - \"{text}\"
        image: side:latest
        env: [{{name: {name}, value: \"{text}\"}}]
        securityContext: {{allowPrivilegeEscalation: true}}
"
    );
    (format!("k/web-{at}.yaml"), text)
}

fn data(dice: &mut Dice, at: usize, secret: &Planted) -> (String, String) {
    let (name, text) = (name(dice, secret), &secret.text);
    let (encoded, lines) = (STANDARD.encode(text), block(secret, 4));
    let text = format!(
        "apiVersion: v1
kind: Secret
metadata: {{name: own-{at}, namespace: shop}}
type: Opaque
type: Opaque
data:
  {name}: {encoded}
stringData:
  key: |
{lines}  {name}_2: \"{text}\"
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: own-{at}, namespace: shop}}
data:
  {name}: \"{text}\"
  app.properties: |
    {name}={text}
    debug=true
  run.sh: |
    export {name}=\"{text}\"
    curl -u \"shop:{text}\" http://db
---
apiVersion: v1
kind: Service
metadata:
  name: own-{at}
  namespace: shop
  annotations:
    note: \"{text}\"
spec: {{type: LoadBalancer, selector: {{app: web-{at}}}, ports: [{{port: 80, targetPort: 8080}}]}}
"
    );
    let text = if secret.named { text.replace("    note:", "    token:") } else { text };
    (format!("k/data-{at}.yaml"), text)
}

fn resources(dice: &mut Dice, at: usize, secret: &Planted) -> (String, String) {
    let (name, text) = (name(dice, secret).to_lowercase(), &secret.text);
    let (one, two) = text.split_at(text.len() / 2);
    let lines = block(secret, 4);
    let text = format!(
        "locals {{
  {name} = \"{text}\"
  made_password = join(\"\", [\"{one}\", \"{two}\"])
}}

resource \"aws_db_instance\" \"db\" {{
  engine              = \"postgres\"
  password            = \"{text}\"
  publicly_accessible = true
  master_password     = format(\"%s%s\", \"{one}\", \"{two}\")
  storage_encrypted   = false
  tags                = {{ {name} = \"{text}\" }}
}}

resource \"aws_instance\" \"one\" {{
  ami       = local.made_password
  user_data = <<-EOF
    export {name}={text}
{lines}  EOF
  associate_public_ip_address = true
}}

resource \"aws_lambda_function\" \"f\" {{
  function_name = \"f\"
  role          = \"arn:aws:iam::123456789012:role/f\"
  environment {{
    variables = {{
      {name} = \"{text}\"
      COPY_SECRET = local.made_password
    }}
  }}
}}

resource \"aws_security_group\" \"open\" {{
  description = \"{text}\"
  ingress {{
    description = local.made_password
    protocol    = \"tcp\"
    from_port   = 22
    to_port     = 22
    cidr_blocks = [\"0.0.0.0/0\"]
  }}
}}
"
    );
    let text =
        if secret.named { text.replace("  description = \"", "  password = \"") } else { text };
    (format!("t/main-{at}/main.tf"), text)
}

fn variables(dice: &mut Dice, at: usize, secret: &Planted) -> (String, String) {
    let (name, text) = (name(dice, secret).to_lowercase(), &secret.text);
    // One file of two syntaxes is none: the values stand beside the module that takes them.
    let text = format!(
        "variable \"{name}_of_{at}_password\" {{
  type    = string
  default = \"{text}\"
}}

resource \"aws_security_group_rule\" \"open\" {{
  type              = \"ingress\"
  protocol          = \"tcp\"
  from_port         = 0
  to_port           = 65535
  cidr_blocks       = [\"0.0.0.0/0\"]
  security_group_id = var.{name}_of_{at}_password
  description       = var.{name}_of_{at}_password
}}

resource \"azurerm_mssql_server\" \"one\" {{
  administrator_login_password  = var.{name}_of_{at}_password
  public_network_access_enabled = true
  minimum_tls_version           = \"1.0\"
}}

module \"other\" {{
  source   = \"git::https://{}@git.example/other.git\"
  password = \"{text}\"
}}
",
        if text.contains(['/', ' ', '\\', ':']) { "shop" } else { text }
    );
    (format!("t/variables-{at}/main.tf"), text)
}

fn policies(_: &mut Dice, at: usize, secret: &Planted) -> (String, String) {
    let text = &secret.text;
    if at.is_multiple_of(2) {
        let text = format!(
            "resource \"aws_iam_role\" \"one\" {{
  assume_role_policy = jsonencode({{
    Statement = [{{
      Effect    = \"Allow\"
      Action    = \"sts:AssumeRole\"
      Principal = {{ AWS = \"*\" }}
      Condition = {{ StringEquals = {{ \"sts:ExternalId\" = \"{text}\", \"x:token\" = \"{text}\" }} }}
    }}]
  }})
}}

resource \"aws_iam_policy\" \"all\" {{
  policy = <<-EOF
    {{
      \"Statement\": [{{
        \"Effect\": \"Allow\",
        \"Action\": \"*\",
        \"Resource\": \"*\",
        \"Condition\": {{\"StringEquals\": {{\"aws:PrincipalTag/token\": \"{text}\"}}}}
      }}]
    }}
  EOF
}}
"
        );
        return (format!("t/policies-{at}/main.tf"), text);
    }
    let text = format!(
        "apiVersion: v1
kind: Namespace
metadata: {{name: shop, labels: {{istio-injection: enabled}}}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: policy-{at}, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: web-{at}}}}}
  action: ALLOW
  rules:
  - when:
    - key: request.headers[x-api-key]
      values: [\"{text}\"]
  - to: [{{operation: {{paths: [\"/*\"]}}}}]
    when:
    - key: request.headers[authorization]
      notValues: [\"Bearer {text}\"]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: policy-{at}, namespace: shop}}
spec:
  hosts: [\"*\"]
  gateways: [web]
  http:
  - headers: {{request: {{set: {{authorization: \"{text}\"}}}}}}
    route: [{{destination: {{host: own-{at}}}}}]
"
    );
    (format!("k/policy-{at}.yaml"), text)
}
