# Completions for pywrangler, made by `python -m scripts.completions`. Do not edit.
_pywrangler_names() {
  local IFS=$'\n' name
  for name in $("${COMP_WORDS[0]/#\~/$HOME}" completion --names "$1" </dev/null 2>/dev/null); do
    [[ "$name" != "$current"* ]] || COMPREPLY+=("$name")
  done
}
_pywrangler() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
  local path="" next word words kind=""
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="${path:+$path }$word"
    case "$next" in "versions"|"versions secret"|"deployments"|"triggers"|"containers"|"containers images"|"containers registries"|"secret"|"secrets-store"|"secrets-store store"|"secrets-store secret"|"kv"|"kv namespace"|"kv key"|"kv bulk"|"d1"|"d1 migrations"|"d1 time-travel"|"r2"|"r2 bucket"|"r2 bucket update"|"r2 bucket notification"|"r2 bucket dev-url"|"r2 object"|"r2 s3-credentials"|"queues"|"queues consumer"|"queues consumer worker"|"queues consumer http"|"queues subscription"|"workflows"|"workflows instances"|"dispatch-namespace"|"mtls-certificate"|"cluster"|"node"|"local"|"init"|"deploy"|"dev"|"tail"|"delete"|"check"|"types"|"versions list"|"versions view"|"versions upload"|"versions deploy"|"versions secret put"|"versions secret list"|"versions secret delete"|"versions secret bulk"|"deployments list"|"deployments status"|"deployments view"|"rollback"|"preview"|"preview delete"|"triggers deploy"|"doctor"|"explain"|"containers list"|"containers info"|"containers instances"|"containers logs"|"containers exec"|"containers ssh"|"containers cp"|"containers port-forward"|"containers stats"|"containers wait"|"containers restart"|"containers stop"|"containers delete"|"containers build"|"containers push"|"containers images list"|"containers images delete"|"containers images prune"|"containers registries configure"|"containers registries list"|"containers registries delete"|"containers registries credentials"|"secret put"|"secret list"|"secret delete"|"secret bulk"|"secrets-store store create"|"secrets-store store list"|"secrets-store store delete"|"secrets-store secret create"|"secrets-store secret list"|"secrets-store secret get"|"secrets-store secret update"|"secrets-store secret delete"|"secrets-store secret duplicate"|"kv namespace create"|"kv namespace list"|"kv namespace delete"|"kv namespace rename"|"kv key put"|"kv key list"|"kv key get"|"kv key delete"|"kv bulk get"|"kv bulk put"|"kv bulk delete"|"d1 create"|"d1 list"|"d1 info"|"d1 delete"|"d1 execute"|"d1 export"|"d1 migrations create"|"d1 migrations list"|"d1 migrations apply"|"d1 time-travel info"|"d1 time-travel restore"|"r2 bucket create"|"r2 bucket list"|"r2 bucket info"|"r2 bucket delete"|"r2 bucket update storage-class"|"r2 bucket notification create"|"r2 bucket notification list"|"r2 bucket notification get"|"r2 bucket notification delete"|"r2 bucket dev-url get"|"r2 bucket dev-url enable"|"r2 bucket dev-url disable"|"r2 object get"|"r2 object put"|"r2 object delete"|"r2 s3-credentials create"|"r2 s3-credentials list"|"r2 s3-credentials delete"|"queues list"|"queues create"|"queues update"|"queues delete"|"queues info"|"queues consumer add"|"queues consumer remove"|"queues consumer list"|"queues consumer worker add"|"queues consumer worker remove"|"queues consumer worker list"|"queues consumer http add"|"queues consumer http remove"|"queues consumer http list"|"queues pause-delivery"|"queues resume-delivery"|"queues purge"|"queues subscription create"|"queues subscription list"|"queues subscription get"|"queues subscription update"|"queues subscription delete"|"workflows list"|"workflows describe"|"workflows delete"|"workflows trigger"|"workflows instances list"|"workflows instances describe"|"workflows instances pause"|"workflows instances resume"|"workflows instances restart"|"workflows instances terminate"|"workflows instances terminate-all"|"workflows instances send-event"|"workflows instances delete"|"dispatch-namespace create"|"dispatch-namespace list"|"dispatch-namespace get"|"dispatch-namespace delete"|"dispatch-namespace rename"|"mtls-certificate upload"|"mtls-certificate list"|"mtls-certificate delete"|"login"|"logout"|"dashboard"|"completion"|"whoami"|"cluster init"|"cluster join"|"cluster status"|"cluster token"|"cluster leave"|"node run"|"node fence"|"local status"|"local start"|"local stop"|"local prune"|"local export"|"local import"|"local snapshots"|"local trigger-cron"|"local logs") path="$next" ;; esac
  done
  case "$path $previous" in
    *" --env") _pywrangler_names environments; return ;;
    "init --name") _pywrangler_names workers; return ;;
    "deploy --name") _pywrangler_names workers; return ;;
    "dev --name") _pywrangler_names workers; return ;;
    "delete --name") _pywrangler_names workers; return ;;
    "versions list --name") _pywrangler_names workers; return ;;
    "versions view --name") _pywrangler_names workers; return ;;
    "versions upload --name") _pywrangler_names workers; return ;;
    "versions deploy --name") _pywrangler_names workers; return ;;
    "versions secret put --name") _pywrangler_names workers; return ;;
    "versions secret list --name") _pywrangler_names workers; return ;;
    "versions secret delete --name") _pywrangler_names workers; return ;;
    "versions secret bulk --name") _pywrangler_names workers; return ;;
    "deployments list --name") _pywrangler_names workers; return ;;
    "deployments status --name") _pywrangler_names workers; return ;;
    "deployments view --name") _pywrangler_names workers; return ;;
    "rollback --name") _pywrangler_names workers; return ;;
    "triggers deploy --name") _pywrangler_names workers; return ;;
    "secret put --name") _pywrangler_names workers; return ;;
    "secret list --name") _pywrangler_names workers; return ;;
    "secret delete --name") _pywrangler_names workers; return ;;
    "secret bulk --name") _pywrangler_names workers; return ;;
    "preview --worker-name") _pywrangler_names workers; return ;;
    "preview delete --worker-name") _pywrangler_names workers; return ;;
    *" -e") _pywrangler_names environments; return ;;
  esac
  case "$previous" in
    --compatibility) COMPREPLY=($(compgen -W "d1 sqlite3_cli_only" -- "$current")); return ;;
    --containers-rollout) COMPREPLY=($(compgen -W "immediate gradual none" -- "$current")); return ;;
    --event-type) COMPREPLY=($(compgen -W "object-create object-delete" -- "$current")); return ;;
    --event-types) COMPREPLY=($(compgen -W "object-create object-delete" -- "$current")); return ;;
    --for) COMPREPLY=($(compgen -W "ready stopped" -- "$current")); return ;;
    --format) COMPREPLY=($(compgen -W "json pretty" -- "$current")); return ;;
    --jurisdiction) COMPREPLY=($(compgen -W "eu fedramp us" -- "$current")); return ;;
    --location) COMPREPLY=($(compgen -W "weur eeur apac oc wnam enam" -- "$current")); return ;;
    --source) COMPREPLY=($(compgen -W "artifacts artifacts.repo browserRun email.sending images kv r2 superSlurper vectorize workersAi.model workersBuilds.worker workflows.workflow" -- "$current")); return ;;
    --status) COMPREPLY=($(compgen -W "ok error canceled" -- "$current")); return ;;
    --access-key-id|--account|--account-id|--advertise|--alias|--allow-fuse|--assets|--aws-access-key-id|--batch-size|--batch-timeout|--binding|--bookmark|--build-arg|--cache-control|--cache-from|--cache-to|--cc|--cd|--ce|--cert|--cl|--command|--comment|--compatibility-date|--compatibility-flag|--compatibility-flags|--config|--content-disposition|--content-encoding|--content-language|--content-type|--cron|--ct|--cwd|--date-end|--date-start|--dead-letter-queue|--define|--delete|--delivery-delay-secs|--deny-fuse|--description|--dispatch-namespace|--dockerhub-username|--domain|--domains|--durable-objects-code-update-mode|--endpoint|--env|--env-file|--env-interface|--events|--expiration|--expiration-minutes|--expires|--file|--filename|--filter|--from-step-count|--from-step-name|--from-step-type|--gar-email|--header|--id|--instance|--ip|--jsx-factory|--jsx-fragment|--keep|--key|--log-level|--max-concurrency|--message|--message-retention-period-secs|--message-retries|--metadata|--metafile|--method|--model-name|--name|--namespace-id|--new-name|--older-than|--outdir|--outfile|--output|--page|--page-token|--path|--path-to-docker|--payload|--per-page|--percentage|--port|--prefix|--preview-alias|--profile|--queue|--region|--registry|--retry-delay-secs|--route|--routes|--rule|--sampling-rate|--schedule|--schedules|--scopes|--search|--secret|--secret-id|--secret-name|--secret-store-id|--secrets-file|--since|--source-namespace|--source-repo-name|--storage-class|--suffix|--table|--tag|--tail|--target|--time|--timeout|--timestamp|--triggers|--truncate-output-limit|--tsconfig|--ttl|--type|--user|--value|--var|--version-id|--version-tag|--visibility-timeout-secs|--wait|--workdir|--worker-name|--workflow-name|--zone-id|-J|-c|-e|-f|-m|-n|-s|-t|-u|-w) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  case "$path" in
    "") words="init deploy dev tail delete check types versions deployments rollback preview triggers doctor explain containers secret secrets-store kv d1 r2 queues workflows dispatch-namespace mtls-certificate login logout dashboard completion whoami cluster node local -h --help -v --version" ;;
    "versions") words="list view upload deploy secret -h --help -v --version" ;;
    "versions secret") words="put list delete bulk -h --help -v --version" ;;
    "deployments") words="list status view -h --help -v --version" ;;
    "triggers") words="deploy -h --help -v --version" ;;
    "containers") words="list info instances logs exec ssh cp port-forward stats wait restart stop delete build push images registries -h --help -v --version" ;;
    "containers images") words="list delete prune -h --help -v --version" ;;
    "containers registries") words="configure list delete credentials -h --help -v --version" ;;
    "secret") words="put list delete bulk -h --help -v --version" ;;
    "secrets-store") words="store secret -h --help -v --version" ;;
    "secrets-store store") words="create list delete -h --help -v --version" ;;
    "secrets-store secret") words="create list get update delete duplicate -h --help -v --version" ;;
    "kv") words="namespace key bulk -h --help -v --version" ;;
    "kv namespace") words="create list delete rename -h --help -v --version" ;;
    "kv key") words="put list get delete -h --help -v --version" ;;
    "kv bulk") words="get put delete -h --help -v --version" ;;
    "d1") words="create list info delete execute export migrations time-travel -h --help -v --version" ;;
    "d1 migrations") words="create list apply -h --help -v --version" ;;
    "d1 time-travel") words="info restore -h --help -v --version" ;;
    "r2") words="bucket object s3-credentials -h --help -v --version" ;;
    "r2 bucket") words="create list info delete update notification dev-url -h --help -v --version" ;;
    "r2 bucket update") words="storage-class -h --help -v --version" ;;
    "r2 bucket notification") words="create list get delete -h --help -v --version" ;;
    "r2 bucket dev-url") words="get enable disable -h --help -v --version" ;;
    "r2 object") words="get put delete -h --help -v --version" ;;
    "r2 s3-credentials") words="create list delete -h --help -v --version" ;;
    "queues") words="list create update delete info consumer pause-delivery resume-delivery purge subscription -h --help -v --version" ;;
    "queues consumer") words="add remove list worker http -h --help -v --version" ;;
    "queues consumer worker") words="add remove list -h --help -v --version" ;;
    "queues consumer http") words="add remove list -h --help -v --version" ;;
    "queues subscription") words="create list get update delete -h --help -v --version" ;;
    "workflows") words="list describe delete trigger instances -h --help -v --version" ;;
    "workflows instances") words="list describe pause resume restart terminate terminate-all send-event delete -h --help -v --version" ;;
    "dispatch-namespace") words="create list get delete rename -h --help -v --version" ;;
    "mtls-certificate") words="upload list delete -h --help -v --version" ;;
    "cluster") words="init join status token leave -h --help -v --version" ;;
    "node") words="run fence -h --help -v --version" ;;
    "local") words="status start stop prune export import snapshots trigger-cron logs -h --help -v --version" ;;
    "init") words="--name --install --no-install --yes -y --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "deploy") words="--name --dry-run --var --secrets-file --keep-vars --compatibility-date --compatibility-flags --compatibility-flag --latest --no-bundle --bundle --minify --no-minify --define --alias --tsconfig --jsx-factory --jsx-fragment --assets --outdir --outfile --metafile --tag --message --no-cache --pull --cache-from --cache-to --allow-fuse --deny-fuse --path-to-docker --json --containers-rollout --wait --no-wait --triggers --schedule --schedules --route --routes --domain --domains --logpush --no-logpush --dispatch-namespace --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "dev") words="--name --port --ip --keep --json --var --define --alias --assets --compatibility-date --compatibility-flags --compatibility-flag --latest --minify --no-minify --no-bundle --bundle --tsconfig --jsx-factory --jsx-fragment --no-cache --allow-fuse --deny-fuse --path-to-docker --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "tail") words="--format --status --method --search --header --ip --sampling-rate --version-id --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workers ;;
    "delete") words="--name --force -y --yes --dry-run --dispatch-namespace --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workers ;;
    "check") words="--fix --bundle --no-bundle --schema --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "types") words="--env-interface --include-runtime --no-include-runtime --include-env --no-include-env --strict-vars --no-strict-vars --include-main-module --no-include-main-module --check --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "versions list") words="--name --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "versions view") words="--name --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "versions upload") words="--name --dry-run --var --secrets-file --keep-vars --compatibility-date --compatibility-flags --compatibility-flag --latest --no-bundle --bundle --minify --no-minify --define --alias --tsconfig --jsx-factory --jsx-fragment --assets --outdir --outfile --metafile --tag --message --no-cache --pull --cache-from --cache-to --allow-fuse --deny-fuse --path-to-docker --json --preview-alias --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "versions deploy") words="--name --version-id --percentage --version-tag --message --yes -y --dry-run --durable-objects-code-update-mode --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "versions secret put") words="--name --message --tag --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "versions secret list") words="--name --latest-version --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "versions secret delete") words="--name --message --tag --skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "versions secret bulk") words="--name --message --tag --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "deployments list") words="--name --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "deployments status") words="--name --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "deployments view") words="--name --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "rollback") words="--name --message -m --yes -y --durable-objects-code-update-mode --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "preview") words="delete --name --worker-name --tag --message --var --secrets-file --ignore-base-config --path-to-docker --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "preview delete") words="--name --worker-name --skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "triggers deploy") words="--name --triggers --schedule --schedules --routes --route --dry-run --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "doctor") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "explain") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers list") words="--per-page --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers info") words="--long --wait --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=applications ;;
    "containers instances") words="--per-page --search --page-token --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=applications ;;
    "containers logs") words="--follow -f --instance --since --tail -n --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=applications ;;
    "containers exec") words="--interactive -i --tty -t --user -u --workdir -w --env -e --env-file --detach -d --config -c --cwd --profile --remote --local --log-level --version -v -h --help" kind=instances ;;
    "containers ssh") words="--stdio --tty -t --no-tty --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers cp") words="--follow-link -L --archive -a --quiet -q --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=instances ;;
    "containers port-forward") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=instances ;;
    "containers stats") words="--no-stream --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=instances ;;
    "containers wait") words="--for --timeout --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=instances ;;
    "containers restart") words="--all -a --time -t --timeout --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=instances ;;
    "containers stop") words="--all -a --time -t --timeout --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=instances ;;
    "containers delete") words="--skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=applications ;;
    "containers build") words="--tag -t --file -f --push -p --build-arg --target --secret --cache-from --cache-to --no-cache --path-to-docker --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers push") words="--path-to-docker --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers images list") words="--filter --long -l --registry --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers images delete") words="--skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers images prune") words="--keep --older-than --filter --dry-run --skip-confirmation -y --yes --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers registries configure") words="--aws-access-key-id --dockerhub-username --gar-email --secret-store-id --secret-name --disable-secrets-store --no-disable-secrets-store --verify --no-verify --skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers registries list") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers registries delete") words="--skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers registries credentials") words="--expiration-minutes --push --pull --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "secret put") words="--name --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "secret list") words="--name --format --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "secret delete") words="--name --skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "secret bulk") words="--name --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "secrets-store store create") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "secrets-store store list") words="--page --per-page --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "secrets-store store delete") words="--skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "secrets-store secret create") words="--name --scopes --value --comment --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "secrets-store secret list") words="--page --per-page --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "secrets-store secret get") words="--secret-id --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "secrets-store secret update") words="--secret-id --value --scopes --comment --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "secrets-store secret delete") words="--secret-id --skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "secrets-store secret duplicate") words="--secret-id --name --scopes --comment --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "kv namespace create") words="--preview --binding --update-config --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "kv namespace list") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "kv namespace delete") words="--binding --namespace-id --preview --no-preview --skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "kv namespace rename") words="--new-name --namespace-id --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "kv key put") words="--path --binding --namespace-id --preview --no-preview --ttl --expiration --metadata --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "kv key list") words="--binding --namespace-id --preview --no-preview --prefix --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "kv key get") words="--binding --namespace-id --preview --no-preview --text --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "kv key delete") words="--binding --namespace-id --preview --no-preview --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "kv bulk get") words="--binding --namespace-id --preview --no-preview --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "kv bulk put") words="--binding --namespace-id --preview --no-preview --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "kv bulk delete") words="--binding --namespace-id --preview --no-preview --force -f -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "d1 create") words="--location --jurisdiction --binding --update-config --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "d1 list") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "d1 info") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=databases ;;
    "d1 delete") words="--skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=databases ;;
    "d1 execute") words="--command --file --yes -y --json --preview --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=databases ;;
    "d1 export") words="--output --table --schema --no-schema --data --no-data --compatibility --skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=databases ;;
    "d1 migrations create") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=databases ;;
    "d1 migrations list") words="--preview --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=databases ;;
    "d1 migrations apply") words="--preview --yes -y --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=databases ;;
    "d1 time-travel info") words="--timestamp --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=databases ;;
    "d1 time-travel restore") words="--bookmark --timestamp --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=databases ;;
    "r2 bucket create") words="--location --storage-class -s --jurisdiction -J --binding --update-config --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 bucket list") words="--jurisdiction -J --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 bucket info") words="--jurisdiction -J --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=buckets ;;
    "r2 bucket delete") words="--jurisdiction -J --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=buckets ;;
    "r2 bucket update storage-class") words="--storage-class -s --jurisdiction -J --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=buckets ;;
    "r2 bucket notification create") words="--event-types --event-type --queue --prefix --suffix --description --jurisdiction -J --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=buckets ;;
    "r2 bucket notification list") words="--jurisdiction -J --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=buckets ;;
    "r2 bucket notification get") words="--jurisdiction -J --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=buckets ;;
    "r2 bucket notification delete") words="--queue --rule --jurisdiction -J --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=buckets ;;
    "r2 bucket dev-url get") words="--jurisdiction -J --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=buckets ;;
    "r2 bucket dev-url enable") words="--force -y --jurisdiction -J --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=buckets ;;
    "r2 bucket dev-url disable") words="--force -y --jurisdiction -J --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=buckets ;;
    "r2 object get") words="--file -f --pipe -p --jurisdiction -J --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 object put") words="--file -f --pipe -p --content-type --ct --content-disposition --cd --content-encoding --ce --content-language --cl --cache-control --cc --expires --storage-class -s --jurisdiction -J --force -y --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 object delete") words="--jurisdiction -J --force -y --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 s3-credentials create") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 s3-credentials list") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 s3-credentials delete") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues list") words="--page --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues create") words="--jurisdiction --delivery-delay-secs --message-retention-period-secs --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues update") words="--delivery-delay-secs --message-retention-period-secs --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues delete") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues info") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues consumer add") words="--batch-size --batch-timeout --message-retries --dead-letter-queue --max-concurrency --retry-delay-secs --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues consumer remove") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues consumer list") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues consumer worker add") words="--batch-size --batch-timeout --message-retries --dead-letter-queue --max-concurrency --retry-delay-secs --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues consumer worker remove") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues consumer worker list") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues consumer http add") words="--batch-size --message-retries --dead-letter-queue --visibility-timeout-secs --retry-delay-secs --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues consumer http remove") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues consumer http list") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues pause-delivery") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues resume-delivery") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues purge") words="--force -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues subscription create") words="--source --events --name --enabled --no-enabled --model-name --worker-name --workflow-name --zone-id --domain --source-namespace --source-repo-name --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues subscription list") words="--page --per-page --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues subscription get") words="--id --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues subscription update") words="--id --name --events --enabled --no-enabled --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "queues subscription delete") words="--id --force -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=queues ;;
    "workflows list") words="--page --per-page --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "workflows describe") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workflows ;;
    "workflows delete") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workflows ;;
    "workflows trigger") words="--id --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workflows ;;
    "workflows instances list") words="--reverse --status --date-start --date-end --page --per-page --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workflows ;;
    "workflows instances describe") words="--step-output --no-step-output --truncate-output-limit --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workflows ;;
    "workflows instances pause") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workflows ;;
    "workflows instances resume") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workflows ;;
    "workflows instances restart") words="--from-step-name --from-step-count --from-step-type --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workflows ;;
    "workflows instances terminate") words="--rollback --no-rollback --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workflows ;;
    "workflows instances terminate-all") words="--status --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workflows ;;
    "workflows instances send-event") words="--type --payload --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workflows ;;
    "workflows instances delete") words="--filename --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workflows ;;
    "dispatch-namespace create") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "dispatch-namespace list") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "dispatch-namespace get") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "dispatch-namespace delete") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "dispatch-namespace rename") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "mtls-certificate upload") words="--cert --key --name --id --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "mtls-certificate list") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "mtls-certificate delete") words="--id --name --skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "login") words="--account-id --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "logout") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "dashboard") words="--no-open --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "completion") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=shells ;;
    "whoami") words="--account --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "cluster init") words="--advertise --endpoint --region --access-key-id --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "cluster join") words="--advertise --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "cluster status") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "cluster token") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "cluster leave") words="--skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "node run") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "node fence") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local status") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local start") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local stop") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local prune") words="--dry-run --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local export") words="--without-secrets --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local import") words="--without-secrets --replace --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local snapshots") words="--delete --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local trigger-cron") words="--cron --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workers ;;
    "local logs") words="--follow -f --tail -n --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" kind=workers ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ -n "$kind" && "$current" != -* ]]; then
    _pywrangler_names "$kind"
    return
  fi
  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _pywrangler pywrangler pwr
