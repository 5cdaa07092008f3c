// What `cloudflare:email` gives a Worker. A message is a plain object, so that it crosses RPC to the binding
// that sends it, which reads its text under this name (miniflare 5.20261117).

const RAW = "EmailMessage::raw";

class EmailMessage {
  constructor(from, to, raw) {
    return { from, to, [RAW]: raw };
  }
}

export default { EmailMessage };
