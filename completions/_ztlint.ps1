
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'ztlint' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'ztlint'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'ztlint' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check manifests')
            [CompletionResult]::new('baseline', 'baseline', [CompletionResultType]::ParameterValue, 'Record the findings there are, so that `check` says only what is new')
            [CompletionResult]::new('graph', 'graph', [CompletionResultType]::ParameterValue, 'Show who may reach whom in Kubernetes manifests, as network policies say')
            [CompletionResult]::new('can', 'can', [CompletionResultType]::ParameterValue, 'Answer whether one end may reach another, and which lines decide')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Compare who may reach whom between two folders or git revisions')
            [CompletionResult]::new('suppressions', 'suppressions', [CompletionResultType]::ParameterValue, 'List every suppression with its rules, reason, owner, age and last day, and whether it hides anything')
            [CompletionResult]::new('rule', 'rule', [CompletionResultType]::ParameterValue, 'List rules, explain one, or test cards of your own')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain a rule: why it matters and what to do (same as `rule explain`)')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write ztlint.toml, the hook of pre-commit and a workflow for a repository; asks nothing and changes no line that is there')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages, one for each command')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ztlint;check' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of standard output: human, json, sarif, concise, github, gitlab, junit, markdown or rdjsonl')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Also write a report to a file; may be repeated')
            [CompletionResult]::new('--sarif-category', '--sarif-category', [CompletionResultType]::ParameterName, 'Name of this analysis in SARIF (`automationDetails.id`); code scanning keeps analyses of different names side by side')
            [CompletionResult]::new('--select', '--select', [CompletionResultType]::ParameterName, 'Run only these rules, whatever the profile: ids, names or families, separated by commas')
            [CompletionResult]::new('--ignore', '--ignore', [CompletionResultType]::ParameterName, 'Do not run these rules')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Also run the rules of this folder; may be repeated')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Named selection of rules: default or strict [default: default]')
            [CompletionResult]::new('--min-severity', '--min-severity', [CompletionResultType]::ParameterName, 'Drop findings below this severity [default: info]')
            [CompletionResult]::new('--today', '--today', [CompletionResultType]::ParameterName, 'Judge how long suppressions hold as of this day [default: today in UTC]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Number of threads [default: one for each processor]')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Also take values of Terraform''s variables from this file; may be repeated, the last one wins')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a variable of Terraform a value; may be repeated and wins over every file')
            [CompletionResult]::new('--helm', '--helm', [CompletionResultType]::ParameterName, 'Render Helm charts with this program [without a path: helm] and check what comes out')
            [CompletionResult]::new('--helm-values', '--helm-values', [CompletionResultType]::ParameterName, 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration instead of searching for ztlint.toml')
            [CompletionResult]::new('--fail-on', '--fail-on', [CompletionResultType]::ParameterName, 'Exit with 1 for findings at or above this severity: critical, high, medium, low or info [default: low]')
            [CompletionResult]::new('--baseline', '--baseline', [CompletionResultType]::ParameterName, 'Hold back the findings of this baseline [default: ztlint-baseline.json in the project root]')
            [CompletionResult]::new('--since', '--since', [CompletionResultType]::ParameterName, 'Only findings that this revision of the git repository does not have')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'Colours in the human report')
            [CompletionResult]::new('--sarif-line-hash', '--sarif-line-hash', [CompletionResultType]::ParameterName, 'Also write GitHub''s own fingerprint into SARIF, for uploads past its upload action')
            [CompletionResult]::new('--gate', '--gate', [CompletionResultType]::ParameterName, 'For pipelines: only what is critical or high and follows from what is written')
            [CompletionResult]::new('--no-inline-ignores', '--no-inline-ignores', [CompletionResultType]::ParameterName, 'Comments and annotations suppress nothing; entries of ztlint.toml do')
            [CompletionResult]::new('--env-vars', '--env-vars', [CompletionResultType]::ParameterName, 'Also take values of Terraform''s variables from the environment: `TF_VAR_name`')
            [CompletionResult]::new('--show-suppressed', '--show-suppressed', [CompletionResultType]::ParameterName, 'Also show what is suppressed, marked as such (human, json, sarif)')
            [CompletionResult]::new('--no-baseline', '--no-baseline', [CompletionResultType]::ParameterName, 'Hold nothing back, even if there is a baseline')
            [CompletionResult]::new('--staged', '--staged', [CompletionResultType]::ParameterName, 'Read what git has staged, ztlint.toml included, instead of the files on the disk')
            [CompletionResult]::new('--exit-zero', '--exit-zero', [CompletionResultType]::ParameterName, 'Exit with 0 even if there are findings (not if something could not be analysed)')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Only findings and problems, no summary')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Only findings and problems, no summary')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Also list what was skipped and why, every instance, and why values are unknown')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Also list what was skipped and why, every instance, and why values are unknown')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ztlint;baseline' {
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Write this file [default: ztlint-baseline.json in the project root]')
            [CompletionResult]::new('--select', '--select', [CompletionResultType]::ParameterName, 'Run only these rules, whatever the profile: ids, names or families, separated by commas')
            [CompletionResult]::new('--ignore', '--ignore', [CompletionResultType]::ParameterName, 'Do not run these rules')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Also run the rules of this folder; may be repeated')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Named selection of rules: default or strict [default: default]')
            [CompletionResult]::new('--min-severity', '--min-severity', [CompletionResultType]::ParameterName, 'Drop findings below this severity [default: info]')
            [CompletionResult]::new('--today', '--today', [CompletionResultType]::ParameterName, 'Judge how long suppressions hold as of this day [default: today in UTC]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Number of threads [default: one for each processor]')
            [CompletionResult]::new('--var-file', '--var-file', [CompletionResultType]::ParameterName, 'Also take values of Terraform''s variables from this file; may be repeated, the last one wins')
            [CompletionResult]::new('--var', '--var', [CompletionResultType]::ParameterName, 'Give a variable of Terraform a value; may be repeated and wins over every file')
            [CompletionResult]::new('--helm', '--helm', [CompletionResultType]::ParameterName, 'Render Helm charts with this program [without a path: helm] and check what comes out')
            [CompletionResult]::new('--helm-values', '--helm-values', [CompletionResultType]::ParameterName, 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration instead of searching for ztlint.toml')
            [CompletionResult]::new('--shrink', '--shrink', [CompletionResultType]::ParameterName, 'Only take out what is found no more; nothing is added')
            [CompletionResult]::new('--gate', '--gate', [CompletionResultType]::ParameterName, 'For pipelines: only what is critical or high and follows from what is written')
            [CompletionResult]::new('--no-inline-ignores', '--no-inline-ignores', [CompletionResultType]::ParameterName, 'Comments and annotations suppress nothing; entries of ztlint.toml do')
            [CompletionResult]::new('--env-vars', '--env-vars', [CompletionResultType]::ParameterName, 'Also take values of Terraform''s variables from the environment: `TF_VAR_name`')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ztlint;graph' {
            [CompletionResult]::new('--from', '--from', [CompletionResultType]::ParameterName, 'Only connections from here: `namespace/workload`, `any-pod`, `internet` or a CIDR')
            [CompletionResult]::new('--to', '--to', [CompletionResultType]::ParameterName, 'Only connections to here: `namespace/workload`, `any-pod`, `internet` or a CIDR')
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Only connections on this port of the destination''s pods: 8080 or 53/UDP')
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Only this root')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of standard output')
            [CompletionResult]::new('--helm', '--helm', [CompletionResultType]::ParameterName, 'Render Helm charts with this program [without a path: helm] and check what comes out')
            [CompletionResult]::new('--helm-values', '--helm-values', [CompletionResultType]::ParameterName, 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration instead of searching for ztlint.toml')
            [CompletionResult]::new('--list-roots', '--list-roots', [CompletionResultType]::ParameterName, 'Print the names of the roots and nothing else')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ztlint;can' {
            [CompletionResult]::new('--as', '--as', [CompletionResultType]::ParameterName, 'Who the caller is in the mesh: `namespace/account`, a principal such as `cluster.local/ns/shop/sa/web`, or `none` for plaintext. Without it, the caller does whatever it can: it uses its own identity, or none')
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'The file or folder whose roots are asked')
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Only this root')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of standard output')
            [CompletionResult]::new('--helm', '--helm', [CompletionResultType]::ParameterName, 'Render Helm charts with this program [without a path: helm] and check what comes out')
            [CompletionResult]::new('--helm-values', '--helm-values', [CompletionResultType]::ParameterName, 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration instead of searching for ztlint.toml')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ztlint;diff' {
            [CompletionResult]::new('--path', '--path', [CompletionResultType]::ParameterName, 'The folder in whose repository revisions are looked up, and whose roots are compared')
            [CompletionResult]::new('--root', '--root', [CompletionResultType]::ParameterName, 'Only this root')
            [CompletionResult]::new('--fail-on-gain', '--fail-on-gain', [CompletionResultType]::ParameterName, 'Exit with 1 if a connection to `namespace/workload`, `namespace/*`, `any-pod`, `internet` or a CIDR is gained; may be repeated')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of standard output')
            [CompletionResult]::new('--helm', '--helm', [CompletionResultType]::ParameterName, 'Render Helm charts with this program [without a path: helm] and check what comes out')
            [CompletionResult]::new('--helm-values', '--helm-values', [CompletionResultType]::ParameterName, 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration instead of searching for ztlint.toml')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ztlint;suppressions' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of standard output')
            [CompletionResult]::new('--today', '--today', [CompletionResultType]::ParameterName, 'Judge how long suppressions hold as of this day [default: today in UTC]')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Also run the rules of this folder; may be repeated')
            [CompletionResult]::new('--helm', '--helm', [CompletionResultType]::ParameterName, 'Render Helm charts with this program [without a path: helm] and check what comes out')
            [CompletionResult]::new('--helm-values', '--helm-values', [CompletionResultType]::ParameterName, 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Read this configuration instead of searching for ztlint.toml')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ztlint;rule' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Print every rule: id, severity, name and title')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Print a rule''s page')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Hold the cards of a folder to their laws and run their examples')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Write a new card that passes the laws at once, to be changed from there')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ztlint;rule;list' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'Format of standard output')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Also list the rules of this folder; may be repeated')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'ztlint;rule;explain' {
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Also look in this folder of rules; may be repeated')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ztlint;rule;test' {
            [CompletionResult]::new('--only', '--only', [CompletionResultType]::ParameterName, 'Only these rules: ids, names or families, separated by commas')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ztlint;rule;new' {
            [CompletionResult]::new('--code', '--code', [CompletionResultType]::ParameterName, 'Let a function decide instead of a condition; only for ztlint''s own rules')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ztlint;rule;help' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Print every rule: id, severity, name and title')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Print a rule''s page')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Hold the cards of a folder to their laws and run their examples')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Write a new card that passes the laws at once, to be changed from there')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ztlint;rule;help;list' {
            break
        }
        'ztlint;rule;help;explain' {
            break
        }
        'ztlint;rule;help;test' {
            break
        }
        'ztlint;rule;help;new' {
            break
        }
        'ztlint;rule;help;help' {
            break
        }
        'ztlint;explain' {
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Also look in this folder of rules; may be repeated')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ztlint;init' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ztlint;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ztlint;man' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help')
            break
        }
        'ztlint;help' {
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Check manifests')
            [CompletionResult]::new('baseline', 'baseline', [CompletionResultType]::ParameterValue, 'Record the findings there are, so that `check` says only what is new')
            [CompletionResult]::new('graph', 'graph', [CompletionResultType]::ParameterValue, 'Show who may reach whom in Kubernetes manifests, as network policies say')
            [CompletionResult]::new('can', 'can', [CompletionResultType]::ParameterValue, 'Answer whether one end may reach another, and which lines decide')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Compare who may reach whom between two folders or git revisions')
            [CompletionResult]::new('suppressions', 'suppressions', [CompletionResultType]::ParameterValue, 'List every suppression with its rules, reason, owner, age and last day, and whether it hides anything')
            [CompletionResult]::new('rule', 'rule', [CompletionResultType]::ParameterValue, 'List rules, explain one, or test cards of your own')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Explain a rule: why it matters and what to do (same as `rule explain`)')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write ztlint.toml, the hook of pre-commit and a workflow for a repository; asks nothing and changes no line that is there')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print a completion script')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Write the manual pages, one for each command')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ztlint;help;check' {
            break
        }
        'ztlint;help;baseline' {
            break
        }
        'ztlint;help;graph' {
            break
        }
        'ztlint;help;can' {
            break
        }
        'ztlint;help;diff' {
            break
        }
        'ztlint;help;suppressions' {
            break
        }
        'ztlint;help;rule' {
            [CompletionResult]::new('list', 'list', [CompletionResultType]::ParameterValue, 'Print every rule: id, severity, name and title')
            [CompletionResult]::new('explain', 'explain', [CompletionResultType]::ParameterValue, 'Print a rule''s page')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Hold the cards of a folder to their laws and run their examples')
            [CompletionResult]::new('new', 'new', [CompletionResultType]::ParameterValue, 'Write a new card that passes the laws at once, to be changed from there')
            break
        }
        'ztlint;help;rule;list' {
            break
        }
        'ztlint;help;rule;explain' {
            break
        }
        'ztlint;help;rule;test' {
            break
        }
        'ztlint;help;rule;new' {
            break
        }
        'ztlint;help;explain' {
            break
        }
        'ztlint;help;init' {
            break
        }
        'ztlint;help;completions' {
            break
        }
        'ztlint;help;man' {
            break
        }
        'ztlint;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
