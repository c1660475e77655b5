// A journal of everything that a process does to its files, and of everything it says, so that the disk can be rebuilt as a power cut would leave it.
//
// Preloaded (LD_PRELOAD) into the real program. Files below $CUT_FOLDER are watched: what is written, cut, synced, renamed and removed goes, in the order in
// which it happened, into $CUT_JOURNAL; what the process writes to sockets or to standard output goes there too, because that is the moment
// from which a promise counts. Nothing about the process is changed, except where $CUT_FAULT names a file that says `enospc` or `eio`: then
// watched writes fail as on a full disk, or syncs as on a broken one, for as long as the file says so.
//
// A record: kind, path number, length of the payload (32 bits each), offset (64 bits), payload; all little-endian. Paths are told by an `open`
// record before they are used. The shared memory of SQLite's write-ahead log is left out: a restart builds it anew.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPENED = 1, WROTE, CUT, SYNCED, REMOVED, RENAMED, SAID, FOLDER_SYNCED };
enum { MOST_DESCRIPTORS = 65536, MOST_PATHS = 4096, LONGEST_SAID = 8192 };

struct record { uint32_t kind, path, length; uint64_t offset; } __attribute__((packed));

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static int journal = -1;
static char folder[PATH_MAX];
static size_t folder_length;
static const char *fault_file;
static char *paths[MOST_PATHS];
static uint32_t path_count;
static uint32_t path_of[MOST_DESCRIPTORS];   // path number + 1; 0: not watched
static uint8_t is_folder[MOST_DESCRIPTORS];

static int (*real_open)(const char *, int, ...);
static int (*real_openat)(int, const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_send)(int, const void *, size_t, int);
static ssize_t (*real_sendmsg)(int, const struct msghdr *, int);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);

__attribute__((constructor)) static void begin(void) {
    real_open = dlsym(RTLD_NEXT, "open");
    real_openat = dlsym(RTLD_NEXT, "openat");
    real_close = dlsym(RTLD_NEXT, "close");
    real_write = dlsym(RTLD_NEXT, "write");
    real_writev = dlsym(RTLD_NEXT, "writev");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_send = dlsym(RTLD_NEXT, "send");
    real_sendmsg = dlsym(RTLD_NEXT, "sendmsg");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    real_rename = dlsym(RTLD_NEXT, "rename");
    const char *where = getenv("CUT_FOLDER"), *into = getenv("CUT_JOURNAL");
    fault_file = getenv("CUT_FAULT");
    if (!where || !into) return;
    // The folder may not be there yet; its path is compared as the program writes it.
    snprintf(folder, sizeof folder, "%s/", where);
    folder_length = strlen(folder);
    journal = real_open(into, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void ready(void) { if (!real_open) begin(); }

// MARK: the journal

static void all_of(const void *bytes, size_t length) {
    const char *at = bytes;
    while (length > 0) {
        ssize_t count = syscall(SYS_write, journal, at, length);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) abort();   // a journal with holes would prove nothing
        at += count;
        length -= (size_t)count;
    }
}

static void note(uint32_t kind, uint32_t path, uint64_t offset, const void *payload, size_t length) {
    int before = errno;
    struct record head = { kind, path, (uint32_t)length, offset };
    all_of(&head, sizeof head);
    if (length) all_of(payload, length);
    errno = before;
}

static int is_watched(const char *path) {
    if (journal < 0 || !path || strncmp(path, folder, folder_length) != 0) return 0;
    size_t length = strlen(path);
    return !(length > 4 && strcmp(path + length - 4, "-shm") == 0);
}

static uint32_t number_of(const char *path) {
    for (uint32_t index = 0; index < path_count; index++) if (strcmp(paths[index], path) == 0) return index;
    if (path_count >= MOST_PATHS) abort();
    paths[path_count] = strdup(path);
    return path_count++;
}

static uint32_t watched(int descriptor) {
    return journal >= 0 && descriptor >= 0 && descriptor < MOST_DESCRIPTORS && !is_folder[descriptor] ? path_of[descriptor] : 0;
}

static int is_failing(const char *what) {
    if (!fault_file) return 0;
    int descriptor = (int)syscall(SYS_openat, AT_FDCWD, fault_file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return 0;
    char text[16] = "";
    ssize_t count = syscall(SYS_read, descriptor, text, sizeof text - 1);
    syscall(SYS_close, descriptor);
    return count > 0 && strncmp(text, what, strlen(what)) == 0;
}

// MARK: opening and closing

static int opened(int descriptor, const char *path, int flags, int was_there) {
    if (descriptor < 0 || descriptor >= MOST_DESCRIPTORS || journal < 0) return descriptor;
    path_of[descriptor] = 0;
    is_folder[descriptor] = 0;
    char with_slash[PATH_MAX];
    snprintf(with_slash, sizeof with_slash, "%s/", path);
    struct stat info;
    if (fstat(descriptor, &info) != 0) return descriptor;
    int is_inside = is_watched(path);
    if (S_ISDIR(info.st_mode)) {
        if (!is_inside && strncmp(with_slash, folder, folder_length) != 0) return descriptor;
        path_of[descriptor] = number_of(path) + 1;
        is_folder[descriptor] = 1;
        return descriptor;
    }
    if (!is_inside || !S_ISREG(info.st_mode)) return descriptor;
    uint32_t number = number_of(path);
    path_of[descriptor] = number + 1;
    note(OPENED, number, was_there ? 0 : 1, path, strlen(path));
    if (was_there && (flags & O_TRUNC)) note(CUT, number, 0, NULL, 0);
    return descriptor;
}

static int open_it(int at, const char *path, int flags, mode_t mode) {
    ready();
    if (journal < 0 || !path) return real_openat(at, path, flags, mode);
    pthread_mutex_lock(&lock);
    struct stat info;
    int was_there = stat(path, &info) == 0;
    int descriptor = real_openat(at, path, flags, mode);
    opened(descriptor, path, flags, was_there);
    pthread_mutex_unlock(&lock);
    return descriptor;
}

#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }
int open(const char *path, int flags, ...) { MODE(flags) return open_it(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_it(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return open_it(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return open_it(at, path, flags, mode); }
int creat(const char *path, mode_t mode) { return open_it(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int descriptor) {
    ready();
    if (descriptor >= 0 && descriptor < MOST_DESCRIPTORS) path_of[descriptor] = 0;
    return real_close(descriptor);
}

// MARK: files

static ssize_t write_at(int descriptor, const void *bytes, size_t length, off_t offset, int is_placed) {
    pthread_mutex_lock(&lock);
    ssize_t count;
    if (is_failing("enospc")) {
        errno = ENOSPC;
        count = -1;
    } else {
        if (!is_placed) offset = lseek(descriptor, 0, fcntl(descriptor, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
        count = is_placed ? real_pwrite(descriptor, bytes, length, offset) : real_write(descriptor, bytes, length);
        if (count > 0) note(WROTE, path_of[descriptor] - 1, (uint64_t)offset, bytes, (size_t)count);
    }
    pthread_mutex_unlock(&lock);
    return count;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
    ready();
    return watched(descriptor) ? write_at(descriptor, bytes, length, offset, 1) : real_pwrite(descriptor, bytes, length, offset);
}
ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off_t offset) { return pwrite(descriptor, bytes, length, offset); }

static int cut_to(int descriptor, off_t size) {
    pthread_mutex_lock(&lock);
    int result = real_ftruncate(descriptor, size);
    if (result == 0) note(CUT, path_of[descriptor] - 1, (uint64_t)size, NULL, 0);
    pthread_mutex_unlock(&lock);
    return result;
}
int ftruncate(int descriptor, off_t size) { ready(); return watched(descriptor) ? cut_to(descriptor, size) : real_ftruncate(descriptor, size); }
int ftruncate64(int descriptor, off_t size) { return ftruncate(descriptor, size); }

static int synced(int descriptor, int (*real)(int)) {
    if (journal < 0 || descriptor < 0 || descriptor >= MOST_DESCRIPTORS || !path_of[descriptor]) return real(descriptor);
    if (is_failing("eio")) {
        errno = EIO;
        return -1;
    }
    // What others write while the sync runs is not covered by it: the record says how far the journal was when it began.
    pthread_mutex_lock(&lock);
    uint64_t covered = (uint64_t)lseek(journal, 0, SEEK_END);
    uint32_t number = path_of[descriptor] - 1;
    uint32_t kind = is_folder[descriptor] ? FOLDER_SYNCED : SYNCED;
    pthread_mutex_unlock(&lock);
    int result = real(descriptor);
    pthread_mutex_lock(&lock);
    if (result == 0) note(kind, number, covered, kind == FOLDER_SYNCED ? paths[number] : NULL, kind == FOLDER_SYNCED ? strlen(paths[number]) : 0);
    pthread_mutex_unlock(&lock);
    return result;
}
int fsync(int descriptor) { ready(); return synced(descriptor, real_fsync); }
int fdatasync(int descriptor) { ready(); return synced(descriptor, real_fdatasync); }

static int gone(const char *path, int result) {
    if (result == 0 && is_watched(path)) note(REMOVED, number_of(path), 0, path, strlen(path));
    return result;
}
int unlink(const char *path) {
    ready();
    pthread_mutex_lock(&lock);
    int result = gone(path, real_unlink(path));
    pthread_mutex_unlock(&lock);
    return result;
}
int rename(const char *from, const char *to) {
    ready();
    pthread_mutex_lock(&lock);
    int result = real_rename(from, to);
    if (result == 0 && is_watched(to)) {
        char both[2 * PATH_MAX];
        int length = snprintf(both, sizeof both, "%s\n%s", from, to);
        note(RENAMED, number_of(to), 0, both, (size_t)length);
        number_of(from);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

// MARK: words

static int is_said(int descriptor) {
    if (journal < 0) return 0;
    if (descriptor == 1) return 1;
    struct stat info;
    return fstat(descriptor, &info) == 0 && S_ISSOCK(info.st_mode);
}

// Noted before the bytes leave, so that nobody can have seen them earlier than the journal says.
static void said(const void *bytes, size_t length) {
    pthread_mutex_lock(&lock);
    note(SAID, 0, 0, bytes, length < LONGEST_SAID ? length : LONGEST_SAID);
    pthread_mutex_unlock(&lock);
}

static void said_all(const struct iovec *parts, size_t count) {
    char text[LONGEST_SAID];
    size_t length = 0;
    for (size_t index = 0; index < count && length < sizeof text; index++) {
        size_t piece = parts[index].iov_len < sizeof text - length ? parts[index].iov_len : sizeof text - length;
        memcpy(text + length, parts[index].iov_base, piece);
        length += piece;
    }
    said(text, length);
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
    ready();
    if (watched(descriptor)) return write_at(descriptor, bytes, length, 0, 0);
    if (is_said(descriptor)) said(bytes, length);
    return real_write(descriptor, bytes, length);
}
ssize_t writev(int descriptor, const struct iovec *parts, int count) {
    ready();
    if (watched(descriptor)) {
        ssize_t sum = 0;
        for (int index = 0; index < count; index++) {
            ssize_t wrote = write_at(descriptor, parts[index].iov_base, parts[index].iov_len, 0, 0);
            if (wrote < 0) return sum ? sum : wrote;
            sum += wrote;
        }
        return sum;
    }
    if (is_said(descriptor)) said_all(parts, (size_t)count);
    return real_writev(descriptor, parts, count);
}
ssize_t send(int descriptor, const void *bytes, size_t length, int flags) {
    ready();
    if (is_said(descriptor)) said(bytes, length);
    return real_send(descriptor, bytes, length, flags);
}
ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags) {
    ready();
    if (is_said(descriptor)) said_all(message->msg_iov, message->msg_iovlen);
    return real_sendmsg(descriptor, message, flags);
}
