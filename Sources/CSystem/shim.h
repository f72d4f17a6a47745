#ifndef IRIS_CSYSTEM_H
#define IRIS_CSYSTEM_H

/* _GNU_SOURCE stays undefined: the C library's types must look as they do in Swift's own Glibc module. What only it
   declares is declared here. */

#include <crypt.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Swift does not import C11 atomics; the words live in a file mapped by every worker, so the counters are shared. */

static inline uint64_t iris_atomic_load(const uint64_t *word) {
  return atomic_load_explicit((const _Atomic uint64_t *)word, memory_order_acquire);
}

static inline void iris_atomic_store(uint64_t *word, uint64_t value) {
  atomic_store_explicit((_Atomic uint64_t *)word, value, memory_order_release);
}

static inline uint64_t iris_atomic_add(uint64_t *word, uint64_t value) {
  return atomic_fetch_add_explicit((_Atomic uint64_t *)word, value, memory_order_acq_rel);
}

static inline int iris_atomic_exchange_if(uint64_t *word, uint64_t expected, uint64_t desired) {
  return atomic_compare_exchange_strong_explicit(
      (_Atomic uint64_t *)word, &expected, desired, memory_order_acq_rel, memory_order_acquire);
}

/* What <sys/socket.h>, <string.h>, <unistd.h> and <poll.h> declare for _GNU_SOURCE only. */
extern int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags);
extern const char *strerrordesc_np(int code);
extern int pipe2(int ends[2], int flags);
extern char **environ;
enum { iris_pollrdhup = 0x2000 };

/* struct epoll_event is packed around a union with a pointer; a worker watches two descriptors by their numbers. */
static inline int iris_epoll_watch(int epoll, int descriptor, int exclusive) {
  struct epoll_event event = {.events = EPOLLIN | (exclusive ? EPOLLEXCLUSIVE : 0), .data.fd = descriptor};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

/* Waits until one of at most two watched descriptors is ready; `first` and `second` receive their numbers, -1 where
   there is none. */
static inline void iris_epoll_wait(int epoll, int milliseconds, int *first, int *second) {
  struct epoll_event events[2];
  int count = epoll_wait(epoll, events, 2, milliseconds);
  *first = count > 0 ? events[0].data.fd : -1;
  *second = count > 1 ? events[1].data.fd : -1;
}

/* The address parameters are transparent unions and SIG_IGN a cast, none of which Swift imports. */
static inline int iris_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC); }

/* The path of a unix socket without its NUL, into iris_longest_socket_path bytes; its length, 0 where it has none or an
   abstract one. The kernel's length may or may not count the NUL (unix(7)). */
enum { iris_longest_socket_path = sizeof(((struct sockaddr_un *)0)->sun_path) };
static inline size_t iris_socket_path(int descriptor, unsigned char *path) {
  struct sockaddr_un address = {0};
  socklen_t length = sizeof address;
  if (getsockname(descriptor, (struct sockaddr *)&address, &length) != 0 || address.sun_family != AF_UNIX) return 0;
  size_t count = strnlen(address.sun_path, iris_longest_socket_path);
  memcpy(path, address.sun_path, count);
  return count;
}

/* The queue of a listening unix socket of this network namespace, by its inode (sock_diag(7)): connections that wait,
   and how many may. The kernel answers before send(2) returns, so that nothing here waits. 0, or -1 where there is no
   such socket, or the process may not ask. */
static inline int iris_listen_queue(uint32_t inode, uint32_t *waiting, uint32_t *backlog) {
  struct {
    struct nlmsghdr header;
    struct unix_diag_req request;
  } question = {
      .header = {.nlmsg_len = sizeof question, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
      .request = {.sdiag_family = AF_UNIX, .udiag_states = -1, .udiag_ino = inode,
                  .udiag_show = UDIAG_SHOW_RQLEN, .udiag_cookie = {-1, -1}}};
  union {
    struct nlmsghdr header;
    unsigned char bytes[1024];
  } answer;
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
  if (descriptor < 0) return -1;
  ssize_t length = send(descriptor, &question, sizeof question, 0);
  if (length > 0) length = recv(descriptor, &answer, sizeof answer, 0);
  close(descriptor);
  if (length < 0 || !NLMSG_OK(&answer.header, length) || answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
      answer.header.nlmsg_len < NLMSG_LENGTH(sizeof(struct unix_diag_msg)))
    return -1;
  const struct unix_diag_msg *found = NLMSG_DATA(&answer.header);
  enum { listening = 10 }; /* TCP_LISTEN, which <netinet/tcp.h> has */
  if (found->udiag_state != listening) return -1;
  int rest = (int)(answer.header.nlmsg_len - NLMSG_LENGTH(sizeof *found));
  const struct rtattr *attribute = (const struct rtattr *)(found + 1);
  for (; RTA_OK(attribute, rest); attribute = RTA_NEXT(attribute, rest)) {
    if (attribute->rta_type != UNIX_DIAG_RQLEN || RTA_PAYLOAD(attribute) < sizeof(struct unix_diag_rqlen)) continue;
    const struct unix_diag_rqlen *lengths = RTA_DATA(attribute);
    *waiting = lengths->udiag_rqueue;
    *backlog = lengths->udiag_wqueue;
    return 0;
  }
  return -1;
}

/* How many columns and rows a terminal has (ioctl_tty(2); ioctl is variadic); 0, or -1 where it is none. */
static inline int iris_terminal_size(int descriptor, uint16_t *columns, uint16_t *rows) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -1;
  *columns = size.ws_col;
  *rows = size.ws_row;
  return 0;
}

/* The number of the next signal that a signalfd(2) has; 0 when there is none. */
static inline int iris_next_signal(int descriptor) {
  struct signalfd_siginfo signal;
  return read(descriptor, &signal, sizeof signal) == sizeof signal ? (int)signal.ssi_signo : 0;
}

static inline void iris_ignore_signal(int number) { signal(number, SIG_IGN); }

static inline int iris_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }

static inline int iris_add_flags(int descriptor, int flags) {
  int current = fcntl(descriptor, F_GETFL);
  return current < 0 ? -1 : fcntl(descriptor, F_SETFL, current | flags);
}

/* errno is a macro, which Swift does not import from here. */
static inline int iris_errno(void) { return errno; }

/* English words for an errno value, thread-safe and whatever the locale; NULL when there is no such value. */
static inline const char *iris_error_words(int code) { return strerrordesc_np(code); }

/* The next name in a directory (d_name is an array, which Swift imports as a tuple); NULL at the end, with errno 0, and
   on failure, with another. */
static inline const char *iris_next_name(DIR *directory) {
  errno = 0;
  const struct dirent *entry = readdir(directory);
  return entry == NULL ? NULL : entry->d_name;
}

/* Sends one datagram to a unix socket, without ever waiting for its reader. A name that begins with a NUL byte is an
   abstract one (unix(7)); the address is exactly as long as its name. 0, or -1 with errno set. */
static inline int iris_send_datagram(const char *name, size_t length, const void *message, size_t size) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (length == 0 || length >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(address.sun_path, name, length);
  int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  socklen_t extent = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
  ssize_t sent = sendto(descriptor, message, size, MSG_NOSIGNAL, (const struct sockaddr *)&address, extent);
  int code = errno;
  close(descriptor);
  errno = code;
  return sent < 0 ? -1 : 0;
}

/* Starts the program that the first word names, its standard input and output given and standard error shared, no
   environment, and no signal blocked or ignored. `words` ends with NULL. Its process number, or -1 with errno set. */
static inline pid_t iris_spawn(const char *const *words, int input, int output) {
  char *const environment[] = {NULL};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, ignored;
  sigemptyset(&none);
  sigemptyset(&ignored);
  sigaddset(&ignored, SIGPIPE);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &ignored);
  pid_t child = -1;
  int code = posix_spawn(&child, words[0], &actions, &attributes, (char *const *)words, environment);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (code == 0) return child;
  errno = code;
  return -1;
}

/* The exit code of a child that ended by itself, 128 and more when a signal ended it, -1 with errno set on failure. */
static inline int iris_await_child(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A pipe whose ends no other child inherits; 0, or -1 with errno set. */
static inline int iris_pipe(int *reading, int *writing) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  *reading = ends[0];
  *writing = ends[1];
  return 0;
}

/* The number of a user and of all groups that it has, into `groups`, which has room for `*count`; 0, or -1 where there is no
   such user or no room. */
static inline int iris_user_groups(const char *name, uid_t *user, gid_t *groups, int *count) {
  struct passwd entry, *found = NULL;
  char room[16384];
  if (getpwnam_r(name, &entry, room, sizeof room, &found) != 0 || found == NULL) return -1;
  *user = entry.pw_uid;
  return getgrouplist(name, entry.pw_gid, groups, count) < 0 ? -1 : 0;
}

/* The name of a user into `room`; its length, 0 where the number has none. */
static inline size_t iris_user_name(uid_t user, char *room, size_t size) {
  struct passwd entry, *found = NULL;
  if (getpwuid_r(user, &entry, room, size, &found) != 0 || found == NULL) return 0;
  size_t length = strlen(entry.pw_name);
  memmove(room, entry.pw_name, length);
  return length;
}

static inline char **iris_environment(void) { return environ; }

#endif
