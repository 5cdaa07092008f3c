# Completions for pywrangler, made by `python -m scripts.completions`. Do not edit.
_pywrangler() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" path="" next word words
  case "$previous" in
    --containers-rollout) COMPREPLY=($(compgen -W "immediate gradual none" -- "$current")); return ;;
    --format) COMPREPLY=($(compgen -W "json pretty" -- "$current")); return ;;
    --jurisdiction) COMPREPLY=($(compgen -W "eu us fedramp" -- "$current")); return ;;
    --location) COMPREPLY=($(compgen -W "weur eeur apac wnam enam oc" -- "$current")); return ;;
    --status) COMPREPLY=($(compgen -W "ok error canceled" -- "$current")); return ;;
    --account|--account-id|--alias|--assets|--aws-access-key-id|--batch-size|--batch-timeout|--binding|--build-arg|--cache-control|--cache-from|--cache-to|--cc|--cd|--ce|--cl|--comment|--compatibility-date|--compatibility-flag|--compatibility-flags|--config|--content-disposition|--content-encoding|--content-language|--content-type|--cron|--ct|--cwd|--dead-letter-queue|--define|--delivery-delay-secs|--dockerhub-username|--domain|--domains|--env|--env-file|--expiration|--expiration-minutes|--expires|--file|--filter|--gar-email|--header|--instance|--ip|--jsx-factory|--jsx-fragment|--log-level|--max-concurrency|--message|--message-retention-period-secs|--message-retries|--metadata|--metafile|--method|--name|--namespace-id|--new-name|--outdir|--outfile|--page|--page-token|--path|--path-to-docker|--per-page|--prefix|--profile|--registry|--retry-delay-secs|--route|--routes|--sampling-rate|--schedule|--schedules|--scopes|--search|--secret|--secret-id|--secret-name|--secret-store-id|--secrets-file|--since|--storage-class|--tag|--tail|--target|--triggers|--tsconfig|--ttl|--value|--var|--version-id|--visibility-timeout-secs|--wait|-J|-c|-e|-f|-n|-s|-t) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="${path:+$path }$word"
    case "$next" in "containers"|"containers images"|"containers registries"|"secret"|"secrets-store"|"secrets-store store"|"secrets-store secret"|"kv"|"kv namespace"|"kv key"|"kv bulk"|"r2"|"r2 bucket"|"r2 bucket update"|"r2 object"|"queues"|"queues consumer"|"queues consumer worker"|"queues consumer http"|"local"|"init"|"deploy"|"tail"|"delete"|"check"|"containers list"|"containers info"|"containers instances"|"containers logs"|"containers delete"|"containers build"|"containers push"|"containers images list"|"containers images delete"|"containers registries configure"|"containers registries list"|"containers registries delete"|"containers registries credentials"|"secret put"|"secret list"|"secret delete"|"secret bulk"|"secrets-store store create"|"secrets-store store list"|"secrets-store store delete"|"secrets-store secret create"|"secrets-store secret list"|"secrets-store secret get"|"secrets-store secret update"|"secrets-store secret delete"|"secrets-store secret duplicate"|"kv namespace create"|"kv namespace list"|"kv namespace delete"|"kv namespace rename"|"kv key put"|"kv key list"|"kv key get"|"kv key delete"|"kv bulk get"|"kv bulk put"|"kv bulk delete"|"r2 bucket create"|"r2 bucket list"|"r2 bucket info"|"r2 bucket delete"|"r2 bucket update storage-class"|"r2 object get"|"r2 object put"|"r2 object delete"|"queues list"|"queues create"|"queues update"|"queues delete"|"queues info"|"queues consumer add"|"queues consumer remove"|"queues consumer list"|"queues consumer worker add"|"queues consumer worker remove"|"queues consumer worker list"|"queues consumer http add"|"queues consumer http remove"|"queues consumer http list"|"queues pause-delivery"|"queues resume-delivery"|"queues purge"|"login"|"logout"|"whoami"|"local status"|"local start"|"local stop"|"local prune"|"local trigger-cron"|"local logs") path="$next" ;; esac
  done
  case "$path" in
    "") words="init deploy tail delete check containers secret secrets-store kv r2 queues login logout whoami local -h --help -v --version" ;;
    "containers") words="list info instances logs delete build push images registries -h --help -v --version" ;;
    "containers images") words="list delete -h --help -v --version" ;;
    "containers registries") words="configure list delete credentials -h --help -v --version" ;;
    "secret") words="put list delete bulk -h --help -v --version" ;;
    "secrets-store") words="store secret -h --help -v --version" ;;
    "secrets-store store") words="create list delete -h --help -v --version" ;;
    "secrets-store secret") words="create list get update delete duplicate -h --help -v --version" ;;
    "kv") words="namespace key bulk -h --help -v --version" ;;
    "kv namespace") words="create list delete rename -h --help -v --version" ;;
    "kv key") words="put list get delete -h --help -v --version" ;;
    "kv bulk") words="get put delete -h --help -v --version" ;;
    "r2") words="bucket object -h --help -v --version" ;;
    "r2 bucket") words="create list info delete update -h --help -v --version" ;;
    "r2 bucket update") words="storage-class -h --help -v --version" ;;
    "r2 object") words="get put delete -h --help -v --version" ;;
    "queues") words="list create update delete info consumer pause-delivery resume-delivery purge -h --help -v --version" ;;
    "queues consumer") words="add remove list worker http -h --help -v --version" ;;
    "queues consumer worker") words="add remove list -h --help -v --version" ;;
    "queues consumer http") words="add remove list -h --help -v --version" ;;
    "local") words="status start stop prune trigger-cron logs -h --help -v --version" ;;
    "init") words="--name --install --no-install --yes -y --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "deploy") words="--name --dry-run --containers-rollout --wait --no-wait --var --secrets-file --keep-vars --triggers --schedule --schedules --route --routes --domain --domains --logpush --no-logpush --compatibility-date --compatibility-flags --compatibility-flag --latest --no-bundle --bundle --minify --no-minify --define --alias --tsconfig --jsx-factory --jsx-fragment --assets --outdir --outfile --metafile --tag --message --no-cache --pull --path-to-docker --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "tail") words="--format --status --method --search --header --ip --sampling-rate --version-id --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "delete") words="--name --force -y --yes --dry-run --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "check") words="--fix --bundle --no-bundle --schema --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers list") words="--per-page --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers info") words="--long --wait --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers instances") words="--per-page --search --page-token --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers logs") words="--follow -f --instance --since --tail -n --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers delete") words="--skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers build") words="--tag -t --file -f --push -p --build-arg --target --secret --cache-from --cache-to --no-cache --path-to-docker --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers push") words="--path-to-docker --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers images list") words="--filter --long -l --registry --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "containers images delete") words="--skip-confirmation -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
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
    "r2 bucket create") words="--location --storage-class -s --jurisdiction -J --binding --update-config --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 bucket list") words="--jurisdiction -J --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 bucket info") words="--jurisdiction -J --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 bucket delete") words="--jurisdiction -J --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 bucket update storage-class") words="--storage-class -s --jurisdiction -J --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 object get") words="--file -f --pipe -p --jurisdiction -J --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 object put") words="--file -f --pipe -p --content-type --ct --content-disposition --cd --content-encoding --ce --content-language --cl --cache-control --cc --expires --storage-class -s --jurisdiction -J --force -y --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "r2 object delete") words="--jurisdiction -J --force -y --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues list") words="--page --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues create") words="--jurisdiction --delivery-delay-secs --message-retention-period-secs --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues update") words="--delivery-delay-secs --message-retention-period-secs --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues delete") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues info") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues consumer add") words="--batch-size --batch-timeout --message-retries --dead-letter-queue --max-concurrency --retry-delay-secs --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues consumer remove") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues consumer list") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues consumer worker add") words="--batch-size --batch-timeout --message-retries --dead-letter-queue --max-concurrency --retry-delay-secs --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues consumer worker remove") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues consumer worker list") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues consumer http add") words="--batch-size --message-retries --dead-letter-queue --visibility-timeout-secs --retry-delay-secs --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues consumer http remove") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues consumer http list") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues pause-delivery") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues resume-delivery") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "queues purge") words="--force -y --yes --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "login") words="--account-id --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "logout") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "whoami") words="--account --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local status") words="--json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local start") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local stop") words="--config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local prune") words="--dry-run --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local trigger-cron") words="--cron --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
    "local logs") words="--follow -f --tail -n --json --config -c --cwd --env -e --env-file --profile --remote --local --log-level --version -v -h --help" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _pywrangler pywrangler pwr
