
use builtin;
use str;

set edit:completion:arg-completer[ztlint] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'ztlint'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'ztlint'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand -V 'Print version'
            cand --version 'Print version'
            cand check 'Check manifests'
            cand baseline 'Record the findings there are, so that `check` says only what is new'
            cand graph 'Show who may reach whom in Kubernetes manifests, as network policies say'
            cand can 'Answer whether one end may reach another, and which lines decide'
            cand diff 'Compare who may reach whom between two folders or git revisions'
            cand suppressions 'List every suppression with its rules, reason, owner, age and last day, and whether it hides anything'
            cand rule 'List rules, explain one, or test cards of your own'
            cand explain 'Explain a rule: why it matters and what to do (same as `rule explain`)'
            cand init 'Write ztlint.toml, the hook of pre-commit and a workflow for a repository; asks nothing and changes no line that is there'
            cand completions 'Print a completion script'
            cand man 'Write the manual pages, one for each command'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ztlint;check'= {
            cand --format 'Format of standard output: human, json, sarif, concise, github, gitlab, junit, markdown or rdjsonl'
            cand --output 'Also write a report to a file; may be repeated'
            cand --sarif-category 'Name of this analysis in SARIF (`automationDetails.id`); code scanning keeps analyses of different names side by side'
            cand --select 'Run only these rules, whatever the profile: ids, names or families, separated by commas'
            cand --ignore 'Do not run these rules'
            cand --rules 'Also run the rules of this folder; may be repeated'
            cand --profile 'Named selection of rules: default or strict [default: default]'
            cand --min-severity 'Drop findings below this severity [default: info]'
            cand --today 'Judge how long suppressions hold as of this day [default: today in UTC]'
            cand --jobs 'Number of threads [default: one for each processor]'
            cand --var-file 'Also take values of Terraform''s variables from this file; may be repeated, the last one wins'
            cand --var 'Give a variable of Terraform a value; may be repeated and wins over every file'
            cand --helm 'Render Helm charts with this program [without a path: helm] and check what comes out'
            cand --helm-values 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins'
            cand --config 'Read this configuration instead of searching for ztlint.toml'
            cand --fail-on 'Exit with 1 for findings at or above this severity: critical, high, medium, low or info [default: low]'
            cand --baseline 'Hold back the findings of this baseline [default: ztlint-baseline.json in the project root]'
            cand --since 'Only findings that this revision of the git repository does not have'
            cand --color 'Colours in the human report'
            cand --sarif-line-hash 'Also write GitHub''s own fingerprint into SARIF, for uploads past its upload action'
            cand --gate 'For pipelines: only what is critical or high and follows from what is written'
            cand --no-inline-ignores 'Comments and annotations suppress nothing; entries of ztlint.toml do'
            cand --env-vars 'Also take values of Terraform''s variables from the environment: `TF_VAR_name`'
            cand --show-suppressed 'Also show what is suppressed, marked as such (human, json, sarif)'
            cand --no-baseline 'Hold nothing back, even if there is a baseline'
            cand --staged 'Read what git has staged, ztlint.toml included, instead of the files on the disk'
            cand --exit-zero 'Exit with 0 even if there are findings (not if something could not be analysed)'
            cand -q 'Only findings and problems, no summary'
            cand --quiet 'Only findings and problems, no summary'
            cand -v 'Also list what was skipped and why, every instance, and why values are unknown'
            cand --verbose 'Also list what was skipped and why, every instance, and why values are unknown'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ztlint;baseline'= {
            cand --output 'Write this file [default: ztlint-baseline.json in the project root]'
            cand --select 'Run only these rules, whatever the profile: ids, names or families, separated by commas'
            cand --ignore 'Do not run these rules'
            cand --rules 'Also run the rules of this folder; may be repeated'
            cand --profile 'Named selection of rules: default or strict [default: default]'
            cand --min-severity 'Drop findings below this severity [default: info]'
            cand --today 'Judge how long suppressions hold as of this day [default: today in UTC]'
            cand --jobs 'Number of threads [default: one for each processor]'
            cand --var-file 'Also take values of Terraform''s variables from this file; may be repeated, the last one wins'
            cand --var 'Give a variable of Terraform a value; may be repeated and wins over every file'
            cand --helm 'Render Helm charts with this program [without a path: helm] and check what comes out'
            cand --helm-values 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins'
            cand --config 'Read this configuration instead of searching for ztlint.toml'
            cand --shrink 'Only take out what is found no more; nothing is added'
            cand --gate 'For pipelines: only what is critical or high and follows from what is written'
            cand --no-inline-ignores 'Comments and annotations suppress nothing; entries of ztlint.toml do'
            cand --env-vars 'Also take values of Terraform''s variables from the environment: `TF_VAR_name`'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ztlint;graph'= {
            cand --from 'Only connections from here: `namespace/workload`, `any-pod`, `internet` or a CIDR'
            cand --to 'Only connections to here: `namespace/workload`, `any-pod`, `internet` or a CIDR'
            cand --port 'Only connections on this port of the destination''s pods: 8080 or 53/UDP'
            cand --root 'Only this root'
            cand --format 'Format of standard output'
            cand --helm 'Render Helm charts with this program [without a path: helm] and check what comes out'
            cand --helm-values 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins'
            cand --config 'Read this configuration instead of searching for ztlint.toml'
            cand --list-roots 'Print the names of the roots and nothing else'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ztlint;can'= {
            cand --as 'Who the caller is in the mesh: `namespace/account`, a principal such as `cluster.local/ns/shop/sa/web`, or `none` for plaintext. Without it, the caller does whatever it can: it uses its own identity, or none'
            cand --path 'The file or folder whose roots are asked'
            cand --root 'Only this root'
            cand --format 'Format of standard output'
            cand --helm 'Render Helm charts with this program [without a path: helm] and check what comes out'
            cand --helm-values 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins'
            cand --config 'Read this configuration instead of searching for ztlint.toml'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ztlint;diff'= {
            cand --path 'The folder in whose repository revisions are looked up, and whose roots are compared'
            cand --root 'Only this root'
            cand --fail-on-gain 'Exit with 1 if a connection to `namespace/workload`, `namespace/*`, `any-pod`, `internet` or a CIDR is gained; may be repeated'
            cand --format 'Format of standard output'
            cand --helm 'Render Helm charts with this program [without a path: helm] and check what comes out'
            cand --helm-values 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins'
            cand --config 'Read this configuration instead of searching for ztlint.toml'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ztlint;suppressions'= {
            cand --format 'Format of standard output'
            cand --today 'Judge how long suppressions hold as of this day [default: today in UTC]'
            cand --rules 'Also run the rules of this folder; may be repeated'
            cand --helm 'Render Helm charts with this program [without a path: helm] and check what comes out'
            cand --helm-values 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins'
            cand --config 'Read this configuration instead of searching for ztlint.toml'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ztlint;rule'= {
            cand -h 'Print help'
            cand --help 'Print help'
            cand list 'Print every rule: id, severity, name and title'
            cand explain 'Print a rule''s page'
            cand test 'Hold the cards of a folder to their laws and run their examples'
            cand new 'Write a new card that passes the laws at once, to be changed from there'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ztlint;rule;list'= {
            cand --format 'Format of standard output'
            cand --rules 'Also list the rules of this folder; may be repeated'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'ztlint;rule;explain'= {
            cand --rules 'Also look in this folder of rules; may be repeated'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ztlint;rule;test'= {
            cand --only 'Only these rules: ids, names or families, separated by commas'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ztlint;rule;new'= {
            cand --code 'Let a function decide instead of a condition; only for ztlint''s own rules'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ztlint;rule;help'= {
            cand list 'Print every rule: id, severity, name and title'
            cand explain 'Print a rule''s page'
            cand test 'Hold the cards of a folder to their laws and run their examples'
            cand new 'Write a new card that passes the laws at once, to be changed from there'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ztlint;rule;help;list'= {
        }
        &'ztlint;rule;help;explain'= {
        }
        &'ztlint;rule;help;test'= {
        }
        &'ztlint;rule;help;new'= {
        }
        &'ztlint;rule;help;help'= {
        }
        &'ztlint;explain'= {
            cand --rules 'Also look in this folder of rules; may be repeated'
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ztlint;init'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ztlint;completions'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ztlint;man'= {
            cand -h 'Print help'
            cand --help 'Print help'
        }
        &'ztlint;help'= {
            cand check 'Check manifests'
            cand baseline 'Record the findings there are, so that `check` says only what is new'
            cand graph 'Show who may reach whom in Kubernetes manifests, as network policies say'
            cand can 'Answer whether one end may reach another, and which lines decide'
            cand diff 'Compare who may reach whom between two folders or git revisions'
            cand suppressions 'List every suppression with its rules, reason, owner, age and last day, and whether it hides anything'
            cand rule 'List rules, explain one, or test cards of your own'
            cand explain 'Explain a rule: why it matters and what to do (same as `rule explain`)'
            cand init 'Write ztlint.toml, the hook of pre-commit and a workflow for a repository; asks nothing and changes no line that is there'
            cand completions 'Print a completion script'
            cand man 'Write the manual pages, one for each command'
            cand help 'Print this message or the help of the given subcommand(s)'
        }
        &'ztlint;help;check'= {
        }
        &'ztlint;help;baseline'= {
        }
        &'ztlint;help;graph'= {
        }
        &'ztlint;help;can'= {
        }
        &'ztlint;help;diff'= {
        }
        &'ztlint;help;suppressions'= {
        }
        &'ztlint;help;rule'= {
            cand list 'Print every rule: id, severity, name and title'
            cand explain 'Print a rule''s page'
            cand test 'Hold the cards of a folder to their laws and run their examples'
            cand new 'Write a new card that passes the laws at once, to be changed from there'
        }
        &'ztlint;help;rule;list'= {
        }
        &'ztlint;help;rule;explain'= {
        }
        &'ztlint;help;rule;test'= {
        }
        &'ztlint;help;rule;new'= {
        }
        &'ztlint;help;explain'= {
        }
        &'ztlint;help;init'= {
        }
        &'ztlint;help;completions'= {
        }
        &'ztlint;help;man'= {
        }
        &'ztlint;help;help'= {
        }
    ]
    $completions[$command]
}
