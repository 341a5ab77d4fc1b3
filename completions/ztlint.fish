# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ztlint_global_optspecs
    string join \n h/help V/version
end

function __fish_ztlint_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ztlint_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ztlint_using_subcommand
    set -l cmd (__fish_ztlint_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ztlint -n "__fish_ztlint_needs_command" -s h -l help -d 'Print help'
complete -c ztlint -n "__fish_ztlint_needs_command" -s V -l version -d 'Print version'
complete -c ztlint -n "__fish_ztlint_needs_command" -f -a "check" -d 'Check manifests'
complete -c ztlint -n "__fish_ztlint_needs_command" -f -a "baseline" -d 'Record the findings there are, so that `check` says only what is new'
complete -c ztlint -n "__fish_ztlint_needs_command" -f -a "graph" -d 'Show who may reach whom in Kubernetes manifests, as network policies say'
complete -c ztlint -n "__fish_ztlint_needs_command" -f -a "can" -d 'Answer whether one end may reach another, and which lines decide'
complete -c ztlint -n "__fish_ztlint_needs_command" -f -a "diff" -d 'Compare who may reach whom between two folders or git revisions'
complete -c ztlint -n "__fish_ztlint_needs_command" -f -a "suppressions" -d 'List every suppression with its rules, reason, owner, age and last day, and whether it hides anything'
complete -c ztlint -n "__fish_ztlint_needs_command" -f -a "rule" -d 'List rules, explain one, or test cards of your own'
complete -c ztlint -n "__fish_ztlint_needs_command" -f -a "explain" -d 'Explain a rule: why it matters and what to do (same as `rule explain`)'
complete -c ztlint -n "__fish_ztlint_needs_command" -f -a "init" -d 'Write ztlint.toml, the hook of pre-commit and a workflow for a repository; asks nothing and changes no line that is there'
complete -c ztlint -n "__fish_ztlint_needs_command" -f -a "completions" -d 'Print a completion script'
complete -c ztlint -n "__fish_ztlint_needs_command" -f -a "man" -d 'Write the manual pages, one for each command'
complete -c ztlint -n "__fish_ztlint_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l format -d 'Format of standard output: human, json, sarif, concise, github, gitlab, junit, markdown or rdjsonl' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l output -d 'Also write a report to a file; may be repeated' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l sarif-category -d 'Name of this analysis in SARIF (`automationDetails.id`); code scanning keeps analyses of different names side by side' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l select -d 'Run only these rules, whatever the profile: ids, names or families, separated by commas' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l ignore -d 'Do not run these rules' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l rules -d 'Also run the rules of this folder; may be repeated' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l profile -d 'Named selection of rules: default or strict [default: default]' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l min-severity -d 'Drop findings below this severity [default: info]' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l today -d 'Judge how long suppressions hold as of this day [default: today in UTC]' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l jobs -d 'Number of threads [default: one for each processor]' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l var-file -d 'Also take values of Terraform\'s variables from this file; may be repeated, the last one wins' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l var -d 'Give a variable of Terraform a value; may be repeated and wins over every file' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l helm -d 'Render Helm charts with this program [without a path: helm] and check what comes out' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l helm-values -d 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l config -d 'Read this configuration instead of searching for ztlint.toml' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l fail-on -d 'Exit with 1 for findings at or above this severity: critical, high, medium, low or info [default: low]' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l baseline -d 'Hold back the findings of this baseline [default: ztlint-baseline.json in the project root]' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l since -d 'Only findings that this revision of the git repository does not have' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l color -d 'Colours in the human report' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l sarif-line-hash -d 'Also write GitHub\'s own fingerprint into SARIF, for uploads past its upload action'
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l gate -d 'For pipelines: only what is critical or high and follows from what is written'
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l no-inline-ignores -d 'Comments and annotations suppress nothing; entries of ztlint.toml do'
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l env-vars -d 'Also take values of Terraform\'s variables from the environment: `TF_VAR_name`'
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l show-suppressed -d 'Also show what is suppressed, marked as such (human, json, sarif)'
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l no-baseline -d 'Hold nothing back, even if there is a baseline'
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l staged -d 'Read what git has staged, ztlint.toml included, instead of the files on the disk'
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -l exit-zero -d 'Exit with 0 even if there are findings (not if something could not be analysed)'
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -s q -l quiet -d 'Only findings and problems, no summary'
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -s v -l verbose -d 'Also list what was skipped and why, every instance, and why values are unknown'
complete -c ztlint -n "__fish_ztlint_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l output -d 'Write this file [default: ztlint-baseline.json in the project root]' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l select -d 'Run only these rules, whatever the profile: ids, names or families, separated by commas' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l ignore -d 'Do not run these rules' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l rules -d 'Also run the rules of this folder; may be repeated' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l profile -d 'Named selection of rules: default or strict [default: default]' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l min-severity -d 'Drop findings below this severity [default: info]' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l today -d 'Judge how long suppressions hold as of this day [default: today in UTC]' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l jobs -d 'Number of threads [default: one for each processor]' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l var-file -d 'Also take values of Terraform\'s variables from this file; may be repeated, the last one wins' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l var -d 'Give a variable of Terraform a value; may be repeated and wins over every file' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l helm -d 'Render Helm charts with this program [without a path: helm] and check what comes out' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l helm-values -d 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l config -d 'Read this configuration instead of searching for ztlint.toml' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l shrink -d 'Only take out what is found no more; nothing is added'
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l gate -d 'For pipelines: only what is critical or high and follows from what is written'
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l no-inline-ignores -d 'Comments and annotations suppress nothing; entries of ztlint.toml do'
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -l env-vars -d 'Also take values of Terraform\'s variables from the environment: `TF_VAR_name`'
complete -c ztlint -n "__fish_ztlint_using_subcommand baseline" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ztlint -n "__fish_ztlint_using_subcommand graph" -l from -d 'Only connections from here: `namespace/workload`, `any-pod`, `internet` or a CIDR' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand graph" -l to -d 'Only connections to here: `namespace/workload`, `any-pod`, `internet` or a CIDR' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand graph" -l port -d 'Only connections on this port of the destination\'s pods: 8080 or 53/UDP' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand graph" -l root -d 'Only this root' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand graph" -l format -d 'Format of standard output' -r -f -a "table\t'For people'
json\t'An edge list for scripts'
dot\t'A picture for Graphviz'
mermaid\t'A picture for Mermaid'
svg\t'A picture'"
complete -c ztlint -n "__fish_ztlint_using_subcommand graph" -l helm -d 'Render Helm charts with this program [without a path: helm] and check what comes out' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand graph" -l helm-values -d 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand graph" -l config -d 'Read this configuration instead of searching for ztlint.toml' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand graph" -l list-roots -d 'Print the names of the roots and nothing else'
complete -c ztlint -n "__fish_ztlint_using_subcommand graph" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ztlint -n "__fish_ztlint_using_subcommand can" -l as -d 'Who the caller is in the mesh: `namespace/account`, a principal such as `cluster.local/ns/shop/sa/web`, or `none` for plaintext. Without it, the caller does whatever it can: it uses its own identity, or none' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand can" -l path -d 'The file or folder whose roots are asked' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand can" -l root -d 'Only this root' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand can" -l format -d 'Format of standard output' -r -f -a "text\t'For people'
json\t'For scripts'"
complete -c ztlint -n "__fish_ztlint_using_subcommand can" -l helm -d 'Render Helm charts with this program [without a path: helm] and check what comes out' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand can" -l helm-values -d 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand can" -l config -d 'Read this configuration instead of searching for ztlint.toml' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand can" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ztlint -n "__fish_ztlint_using_subcommand diff" -l path -d 'The folder in whose repository revisions are looked up, and whose roots are compared' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand diff" -l root -d 'Only this root' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand diff" -l fail-on-gain -d 'Exit with 1 if a connection to `namespace/workload`, `namespace/*`, `any-pod`, `internet` or a CIDR is gained; may be repeated' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand diff" -l format -d 'Format of standard output' -r -f -a "text\t'For people'
markdown\t'For a comment on a pull request'
json\t'For scripts'"
complete -c ztlint -n "__fish_ztlint_using_subcommand diff" -l helm -d 'Render Helm charts with this program [without a path: helm] and check what comes out' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand diff" -l helm-values -d 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand diff" -l config -d 'Read this configuration instead of searching for ztlint.toml' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ztlint -n "__fish_ztlint_using_subcommand suppressions" -l format -d 'Format of standard output' -r -f -a "human\t'For people'
json\t'For scripts'"
complete -c ztlint -n "__fish_ztlint_using_subcommand suppressions" -l today -d 'Judge how long suppressions hold as of this day [default: today in UTC]' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand suppressions" -l rules -d 'Also run the rules of this folder; may be repeated' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand suppressions" -l helm -d 'Render Helm charts with this program [without a path: helm] and check what comes out' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand suppressions" -l helm-values -d 'Also give each chart those of its own files that match this glob as values; may be repeated, the last one wins' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand suppressions" -l config -d 'Read this configuration instead of searching for ztlint.toml' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand suppressions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and not __fish_seen_subcommand_from list explain test new help" -s h -l help -d 'Print help'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and not __fish_seen_subcommand_from list explain test new help" -f -a "list" -d 'Print every rule: id, severity, name and title'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and not __fish_seen_subcommand_from list explain test new help" -f -a "explain" -d 'Print a rule\'s page'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and not __fish_seen_subcommand_from list explain test new help" -f -a "test" -d 'Hold the cards of a folder to their laws and run their examples'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and not __fish_seen_subcommand_from list explain test new help" -f -a "new" -d 'Write a new card that passes the laws at once, to be changed from there'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and not __fish_seen_subcommand_from list explain test new help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from list" -l format -d 'Format of standard output' -r -f -a "table\t'For people: one rule on a line'
json\t'Everything about each rule but its check and examples'
markdown\t'A page with a table for each family'"
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from list" -l rules -d 'Also list the rules of this folder; may be repeated' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from explain" -l rules -d 'Also look in this folder of rules; may be repeated' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from test" -l only -d 'Only these rules: ids, names or families, separated by commas' -r
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from test" -s h -l help -d 'Print help'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from new" -l code -d 'Let a function decide instead of a condition; only for ztlint\'s own rules'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from help" -f -a "list" -d 'Print every rule: id, severity, name and title'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from help" -f -a "explain" -d 'Print a rule\'s page'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from help" -f -a "test" -d 'Hold the cards of a folder to their laws and run their examples'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from help" -f -a "new" -d 'Write a new card that passes the laws at once, to be changed from there'
complete -c ztlint -n "__fish_ztlint_using_subcommand rule; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ztlint -n "__fish_ztlint_using_subcommand explain" -l rules -d 'Also look in this folder of rules; may be repeated' -r -F
complete -c ztlint -n "__fish_ztlint_using_subcommand explain" -s h -l help -d 'Print help'
complete -c ztlint -n "__fish_ztlint_using_subcommand init" -s h -l help -d 'Print help'
complete -c ztlint -n "__fish_ztlint_using_subcommand completions" -s h -l help -d 'Print help'
complete -c ztlint -n "__fish_ztlint_using_subcommand man" -s h -l help -d 'Print help'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and not __fish_seen_subcommand_from check baseline graph can diff suppressions rule explain init completions man help" -f -a "check" -d 'Check manifests'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and not __fish_seen_subcommand_from check baseline graph can diff suppressions rule explain init completions man help" -f -a "baseline" -d 'Record the findings there are, so that `check` says only what is new'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and not __fish_seen_subcommand_from check baseline graph can diff suppressions rule explain init completions man help" -f -a "graph" -d 'Show who may reach whom in Kubernetes manifests, as network policies say'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and not __fish_seen_subcommand_from check baseline graph can diff suppressions rule explain init completions man help" -f -a "can" -d 'Answer whether one end may reach another, and which lines decide'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and not __fish_seen_subcommand_from check baseline graph can diff suppressions rule explain init completions man help" -f -a "diff" -d 'Compare who may reach whom between two folders or git revisions'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and not __fish_seen_subcommand_from check baseline graph can diff suppressions rule explain init completions man help" -f -a "suppressions" -d 'List every suppression with its rules, reason, owner, age and last day, and whether it hides anything'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and not __fish_seen_subcommand_from check baseline graph can diff suppressions rule explain init completions man help" -f -a "rule" -d 'List rules, explain one, or test cards of your own'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and not __fish_seen_subcommand_from check baseline graph can diff suppressions rule explain init completions man help" -f -a "explain" -d 'Explain a rule: why it matters and what to do (same as `rule explain`)'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and not __fish_seen_subcommand_from check baseline graph can diff suppressions rule explain init completions man help" -f -a "init" -d 'Write ztlint.toml, the hook of pre-commit and a workflow for a repository; asks nothing and changes no line that is there'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and not __fish_seen_subcommand_from check baseline graph can diff suppressions rule explain init completions man help" -f -a "completions" -d 'Print a completion script'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and not __fish_seen_subcommand_from check baseline graph can diff suppressions rule explain init completions man help" -f -a "man" -d 'Write the manual pages, one for each command'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and not __fish_seen_subcommand_from check baseline graph can diff suppressions rule explain init completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and __fish_seen_subcommand_from rule" -f -a "list" -d 'Print every rule: id, severity, name and title'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and __fish_seen_subcommand_from rule" -f -a "explain" -d 'Print a rule\'s page'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and __fish_seen_subcommand_from rule" -f -a "test" -d 'Hold the cards of a folder to their laws and run their examples'
complete -c ztlint -n "__fish_ztlint_using_subcommand help; and __fish_seen_subcommand_from rule" -f -a "new" -d 'Write a new card that passes the laws at once, to be changed from there'
