# Mounts the bucket at /mnt/r2, then runs the program, which knows files and nothing of R2.
set -eu

# The local platform names its own R2. At Cloudflare there is no such variable.
endpoint="${PYWRANGLER_R2_ENDPOINT:-https://$R2_ACCOUNT_ID.r2.cloudflarestorage.com}"

umask 077
echo "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" > /run/r2-key
mkdir -p /mnt/r2
# R2 wants parts of one size (nomixupload).
s3fs "$R2_BUCKET_NAME" /mnt/r2 -o passwd_file=/run/r2-key -o url="$endpoint" \
  -o use_path_request_style -o endpoint=auto -o nomixupload -o stat_cache_expire=1

exec python3 server.py
