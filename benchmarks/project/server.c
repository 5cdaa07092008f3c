/* A static HTTP/1.1 server that is not the bottleneck of what it helps to measure.
 *
 *   GET  /         "ok"
 *   GET  /bytes/N  N zero bytes
 *   POST /sink     reads the body, answers its length
 *
 * One thread, epoll, keep-alive, listens on port 8080 as soon as it runs, ends at once on SIGTERM.
 * Built by the Dockerfile's first stage, or by `gcc -O2 -static`.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD = 16384, CHUNK = 262144, CONNECTIONS = 4096 };

struct connection {
  char head[HEAD];
  size_t have;         /* bytes of the request head so far */
  long long body_left; /* bytes of the request body still to read */
  long long body_size;
  char reply[256];
  size_t reply_size, reply_sent;
  long long zeros_left; /* bytes of the response body still to write */
  int in_body;
};

static struct connection *connections[CONNECTIONS];
static char zeros[CHUNK];
static int poller;

static void leave(int signal_number) { (void)signal_number; _exit(0); }

static void drop(int fd) {
  close(fd);
  free(connections[fd]);
  connections[fd] = NULL;
}

static int flush_reply(int fd, struct connection *c) { /* 1 done, 0 would block, -1 gone */
  while (c->reply_sent < c->reply_size || c->zeros_left > 0) {
    ssize_t n;
    if (c->reply_sent < c->reply_size)
      n = send(fd, c->reply + c->reply_sent, c->reply_size - c->reply_sent, MSG_NOSIGNAL);
    else
      n = send(fd, zeros, c->zeros_left < CHUNK ? (size_t)c->zeros_left : CHUNK, MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN ? 0 : -1;
    if (c->reply_sent < c->reply_size) c->reply_sent += (size_t)n; else c->zeros_left -= n;
  }
  c->reply_size = c->reply_sent = 0;
  return 1;
}

static void answer(struct connection *c) {
  long long zero_bytes = 0;
  char text[32] = "ok";
  if (!strncmp(c->head, "GET /bytes/", 11)) zero_bytes = atoll(c->head + 11);
  else if (!strncmp(c->head, "POST /sink", 10)) snprintf(text, sizeof text, "%lld", c->body_size);
  int body = zero_bytes ? 0 : (int)strlen(text);
  c->reply_size = (size_t)snprintf(c->reply, sizeof c->reply,
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %lld\r\n\r\n%s",
      zero_bytes ? zero_bytes : body, zero_bytes ? "" : text);
  c->zeros_left = zero_bytes;
}

static int serve(int fd, struct connection *c) { /* 0 wait for more, -1 gone */
  static char skipped[CHUNK];
  for (;;) {
    int flushed = flush_reply(fd, c);
    if (flushed <= 0) return flushed;
    if (c->in_body) {
      while (c->body_left > 0) {
        ssize_t n = recv(fd, skipped, c->body_left < CHUNK ? (size_t)c->body_left : CHUNK, 0);
        if (n == 0) return -1;
        if (n < 0) return errno == EAGAIN ? 0 : -1;
        c->body_left -= n;
      }
      c->in_body = 0;
      answer(c);
      c->have = 0;
      continue;
    }
    char *end = c->have ? memmem(c->head, c->have, "\r\n\r\n", 4) : NULL;
    if (!end) {
      if (c->have == HEAD - 1) return -1;
      ssize_t n = recv(fd, c->head + c->have, HEAD - 1 - c->have, 0);
      if (n == 0) return -1;
      if (n < 0) return errno == EAGAIN ? 0 : -1;
      c->have += (size_t)n;
      c->head[c->have] = 0;
      continue;
    }
    size_t head_size = (size_t)(end - c->head) + 4, extra = c->have - head_size;
    char *length = strcasestr(c->head, "\r\ncontent-length:");
    if (length && length < end) {
      c->body_size = atoll(length + 17);
      c->body_left = c->body_size - (long long)extra;
      c->in_body = 1;
      if (c->body_left < 0) c->body_left = 0;
      continue;
    }
    answer(c);
    memmove(c->head, c->head + head_size, extra + 1);
    c->have = extra;
  }
}

int main(void) {
  signal(SIGTERM, leave);
  int on = 1, listener = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(8080)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (void *)&any, sizeof any) || listen(listener, 1024)) { perror("listen"); return 1; }
  poller = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[64];
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int count = epoll_wait(poller, ready, 64, -1);
    for (int i = 0; i < count; i++) {
      int fd = ready[i].data.fd;
      if (fd != listener) {
        if (serve(fd, connections[fd]) < 0) drop(fd);
        continue;
      }
      int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
      if (client < 0) continue;
      if (client >= CONNECTIONS || !(connections[client] = calloc(1, sizeof(struct connection)))) { close(client); continue; }
      setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      event = (struct epoll_event){.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.fd = client};
      epoll_ctl(poller, EPOLL_CTL_ADD, client, &event);
    }
  }
}
