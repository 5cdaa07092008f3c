"""KV (`/storage/kv/...`): namespaces are the store's; values are the runtime's, behind `KvStore`."""
