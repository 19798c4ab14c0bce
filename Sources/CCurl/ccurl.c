#include "ccurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// From curl/curl.h and curl/multi.h; these numbers are libcurl's ABI and never change within libcurl.so.4.
enum {
    OPT_WRITEDATA = 10001,
    OPT_URL = 10002,
    OPT_PROXY = 10004,
    OPT_READDATA = 10009,
    OPT_ERRORBUFFER = 10010,
    OPT_WRITEFUNCTION = 20011,
    OPT_READFUNCTION = 20012,
    OPT_LOW_SPEED_LIMIT = 19,
    OPT_LOW_SPEED_TIME = 20,
    OPT_HTTPHEADER = 10023,
    OPT_SSLCERT = 10025,
    OPT_HEADERDATA = 10029,
    OPT_CUSTOMREQUEST = 10036,
    OPT_NOBODY = 44,
    OPT_UPLOAD = 46,
    OPT_NETRC = 51,
    OPT_FOLLOWLOCATION = 52,
    OPT_SSL_VERIFYPEER = 64,
    OPT_CAINFO = 10065,
    OPT_HEADERFUNCTION = 20079,
    OPT_SSLKEY = 10087,
    OPT_SSL_VERIFYHOST = 81,
    OPT_CAPATH = 10097,
    OPT_BUFFERSIZE = 98,
    OPT_NOSIGNAL = 99,
    OPT_INFILESIZE_LARGE = 30115,
    OPT_CONNECTTIMEOUT_MS = 156,
    OPT_NOPROXY = 10177,
    OPT_PROTOCOLS = 181,
    OPT_UPLOAD_BUFFERSIZE = 280,
    INFO_RESPONSE_CODE = 0x200002,
    INFO_PRIMARY_IP = 0x100020,
    GLOBAL_DEFAULT = 3,
    PROTOCOL_HTTP = 1,
    PROTOCOL_HTTPS = 2,
    PAUSE_CONTINUE = 0,
    MESSAGE_DONE = 1,
    ERROR_OUT_OF_MEMORY = 27,
};
static const size_t write_pause = 0x10000001;
static const size_t read_pause = 0x10000001;

struct curl_message {
    int kind;
    void *easy;
    union {
        void *whatever;
        int result;
    } data;
};

static struct {
    int (*global_init)(long);
    void *(*easy_init)(void);
    void (*easy_cleanup)(void *);
    void (*easy_reset)(void *);
    int (*easy_setopt)(void *, int, ...);
    int (*easy_getinfo)(void *, int, ...);
    int (*easy_pause)(void *, int);
    const char *(*easy_strerror)(int);
    void *(*slist_append)(void *, const char *);
    void (*slist_free_all)(void *);
    void *(*multi_init)(void);
    int (*multi_cleanup)(void *);
    int (*multi_add_handle)(void *, void *);
    int (*multi_remove_handle)(void *, void *);
    int (*multi_perform)(void *, int *);
    int (*multi_poll)(void *, void *, unsigned, int, int *);
    struct curl_message *(*multi_info_read)(void *, int *);
} curl;

static pthread_once_t load_once = PTHREAD_ONCE_INIT;
static const char *load_error;

static void load(void) {
    // Debian's two flavours have the same interface; either will do.
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        load_error = "libcurl.so.4 is not installed";
        return;
    }
    const struct {
        const char *name;
        void *slot;
    } symbols[] = {
        {"curl_global_init", &curl.global_init},
        {"curl_easy_init", &curl.easy_init},
        {"curl_easy_cleanup", &curl.easy_cleanup},
        {"curl_easy_reset", &curl.easy_reset},
        {"curl_easy_setopt", &curl.easy_setopt},
        {"curl_easy_getinfo", &curl.easy_getinfo},
        {"curl_easy_pause", &curl.easy_pause},
        {"curl_easy_strerror", &curl.easy_strerror},
        {"curl_slist_append", &curl.slist_append},
        {"curl_slist_free_all", &curl.slist_free_all},
        {"curl_multi_init", &curl.multi_init},
        {"curl_multi_cleanup", &curl.multi_cleanup},
        {"curl_multi_add_handle", &curl.multi_add_handle},
        {"curl_multi_remove_handle", &curl.multi_remove_handle},
        {"curl_multi_perform", &curl.multi_perform},
        {"curl_multi_poll", &curl.multi_poll},
        {"curl_multi_info_read", &curl.multi_info_read},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        void *symbol = dlsym(library, symbols[i].name);
        if (!symbol) {
            load_error = "the installed libcurl is older than 7.66";
            return;
        }
        memcpy(symbols[i].slot, &symbol, sizeof symbol);
    }
    if (curl.global_init(GLOBAL_DEFAULT) != 0)
        load_error = "libcurl cannot be initialised";
}

const char *llb_http_load(void) {
    pthread_once(&load_once, load);
    return load_error;
}

enum { body_capacity = 256 * 1024, head_limit = 256 * 1024 };

struct llb_http {
    void *easy;
    void *multi;
    void *headers;
    char *body;
    size_t start, end;
    char *head;
    size_t head_size;
    // What is being sent: the caller's bytes, which stay his, and how many of the body are still to come.
    const char *out;
    size_t out_left;
    long long body_left;
    int running, attached, paused, send_paused, error;
    char message[256];
};

struct llb_http *llb_http_new(void) {
    struct llb_http *session = calloc(1, sizeof *session);
    if (!session)
        return NULL;
    session->body = malloc(body_capacity);
    session->head = malloc(head_limit);
    session->easy = curl.easy_init();
    session->multi = curl.multi_init();
    if (session->body && session->head && session->easy && session->multi)
        return session;
    llb_http_free(session);
    return NULL;
}

static void detach(struct llb_http *session) {
    if (session->attached)
        curl.multi_remove_handle(session->multi, session->easy);
    session->attached = 0;
    session->running = 0;
    if (session->headers)
        curl.slist_free_all(session->headers);
    session->headers = NULL;
}

void llb_http_free(struct llb_http *session) {
    detach(session);
    if (session->easy)
        curl.easy_cleanup(session->easy);
    if (session->multi)
        curl.multi_cleanup(session->multi);
    free(session->body);
    free(session->head);
    free(session);
}

static size_t take_head(char *bytes, size_t size, size_t count, void *context) {
    struct llb_http *session = context;
    size *= count;
    if (size >= 5 && memcmp(bytes, "HTTP/", 5) == 0)
        session->head_size = 0;
    if (size > head_limit - session->head_size)
        return 0;
    memcpy(session->head + session->head_size, bytes, size);
    session->head_size += size;
    return size;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    struct llb_http *session = context;
    size *= count;
    if (size > body_capacity - session->end) {
        memmove(session->body, session->body + session->start, session->end - session->start);
        session->end -= session->start;
        session->start = 0;
    }
    if (size > body_capacity - session->end) {
        session->paused = 1;
        return write_pause;
    }
    memcpy(session->body + session->end, bytes, size);
    session->end += size;
    return size;
}

static size_t give_body(char *bytes, size_t size, size_t count, void *context) {
    struct llb_http *session = context;
    size *= count;
    if (size > session->out_left)
        size = session->out_left;
    if (size == 0 && session->body_left > 0) {
        session->send_paused = 1;
        return read_pause;
    }
    memcpy(bytes, session->out, size);
    session->out += size;
    session->out_left -= size;
    session->body_left -= (long long)size;
    return size;
}

static int fail(struct llb_http *session, int code) {
    session->error = code;
    if (!session->message[0])
        strncpy(session->message, curl.easy_strerror(code), sizeof session->message - 1);
    detach(session);
    return -1;
}

// Lets libcurl work once. Returns 0, or -1 on failure.
static int perform(struct llb_http *session) {
    int running = 0, left = 0;
    if (curl.multi_perform(session->multi, &running) != 0)
        return fail(session, ERROR_OUT_OF_MEMORY);
    struct curl_message *message;
    while ((message = curl.multi_info_read(session->multi, &left))) {
        if (message->kind != MESSAGE_DONE)
            continue;
        session->running = 0;
        if (message->data.result != 0)
            return fail(session, message->data.result);
    }
    return 0;
}

static int wait(struct llb_http *session) {
    return curl.multi_poll(session->multi, NULL, 0, 1000, NULL) == 0 ? 0 : fail(session, ERROR_OUT_OF_MEMORY);
}

// Lets libcurl work until there is a body byte, or the transfer has ended. Returns 0, or -1 on failure.
static int advance(struct llb_http *session) {
    while (session->running && session->start == session->end) {
        // What arrived before a failure is handed out first, so that a download can go on behind it.
        if (perform(session) != 0)
            return session->start == session->end ? -1 : 0;
        if (session->running && session->start == session->end && wait(session) != 0)
            return -1;
    }
    return 0;
}

// Sets up the part of a request that has to do with its body.
static int set_body(struct llb_http *session, const struct llb_http_request *request) {
    void *easy = session->easy;
    session->out_left = 0;
    session->send_paused = 0;
    session->body_left = request->body_size > 0 ? request->body_size : 0;
    if (request->head_only)
        return curl.easy_setopt(easy, OPT_NOBODY, 1L);
    if (request->body_size < 0)
        return 0;
    int code = curl.easy_setopt(easy, OPT_UPLOAD, 1L);
    if (!code)
        code = curl.easy_setopt(easy, OPT_INFILESIZE_LARGE, request->body_size);
    if (!code)
        code = curl.easy_setopt(easy, OPT_READFUNCTION, give_body);
    if (!code)
        code = curl.easy_setopt(easy, OPT_READDATA, session);
    curl.easy_setopt(easy, OPT_UPLOAD_BUFFERSIZE, 524288L);
    return code;
}

int llb_http_begin(struct llb_http *session, const struct llb_http_request *request) {
    detach(session);
    session->start = session->end = session->head_size = 0;
    session->paused = session->error = 0;
    session->message[0] = 0;
    for (const char *const *line = request->headers; *line; line++) {
        void *longer = curl.slist_append(session->headers, *line);
        if (!longer)
            return fail(session, ERROR_OUT_OF_MEMORY);
        session->headers = longer;
    }
    void *easy = session->easy;
    long protocols = PROTOCOL_HTTPS | (request->allow_http ? PROTOCOL_HTTP : 0);
    curl.easy_reset(easy);
    int code = curl.easy_setopt(easy, OPT_URL, request->url);
    if (!code)
        code = set_body(session, request);
    if (!code)
        code = curl.easy_setopt(easy, OPT_CUSTOMREQUEST, request->method);
    if (!code)
        code = curl.easy_setopt(easy, OPT_PROTOCOLS, protocols);
    if (!code)
        code = curl.easy_setopt(easy, OPT_SSL_VERIFYPEER, request->verify_tls ? 1L : 0L);
    if (!code)
        code = curl.easy_setopt(easy, OPT_SSL_VERIFYHOST, request->verify_tls ? 2L : 0L);
    if (!code && request->ca_file)
        code = curl.easy_setopt(easy, OPT_CAINFO, request->ca_file);
    if (!code && request->ca_directory)
        code = curl.easy_setopt(easy, OPT_CAPATH, request->ca_directory);
    if (!code && request->client_certificate)
        code = curl.easy_setopt(easy, OPT_SSLCERT, request->client_certificate);
    if (!code && request->client_key)
        code = curl.easy_setopt(easy, OPT_SSLKEY, request->client_key);
    if (!code)
        code = curl.easy_setopt(easy, OPT_PROXY, request->proxy);
    if (!code)
        code = curl.easy_setopt(easy, OPT_NOPROXY, "");
    if (code)
        return fail(session, code);
    // What follows can only fail in a libcurl without HTTP, and a request would then fail too.
    curl.easy_setopt(easy, OPT_HTTPHEADER, session->headers);
    // The caller follows redirects, because only it knows who may see credentials; ~/.netrc is never read.
    curl.easy_setopt(easy, OPT_FOLLOWLOCATION, 0L);
    curl.easy_setopt(easy, OPT_NETRC, 0L);
    curl.easy_setopt(easy, OPT_NOSIGNAL, 1L);
    curl.easy_setopt(easy, OPT_CONNECTTIMEOUT_MS, request->connect_timeout_ms);
    curl.easy_setopt(easy, OPT_LOW_SPEED_LIMIT, 1L);
    curl.easy_setopt(easy, OPT_LOW_SPEED_TIME, request->stall_seconds);
    curl.easy_setopt(easy, OPT_BUFFERSIZE, 131072L);
    curl.easy_setopt(easy, OPT_ERRORBUFFER, session->message);
    curl.easy_setopt(easy, OPT_HEADERFUNCTION, take_head);
    curl.easy_setopt(easy, OPT_HEADERDATA, session);
    curl.easy_setopt(easy, OPT_WRITEFUNCTION, take_body);
    curl.easy_setopt(easy, OPT_WRITEDATA, session);
    if (curl.multi_add_handle(session->multi, easy) != 0)
        return fail(session, ERROR_OUT_OF_MEMORY);
    session->attached = session->running = 1;
    return request->body_size > 0 ? 0 : advance(session);
}

ssize_t llb_http_write(struct llb_http *session, const void *bytes, size_t size) {
    if (session->error)
        return -1;
    session->out = bytes;
    session->out_left = size;
    while (session->running && session->out_left > 0) {
        if (session->send_paused) {
            session->send_paused = 0;
            int code = curl.easy_pause(session->easy, PAUSE_CONTINUE);
            if (code)
                return fail(session, code);
        }
        if (perform(session) != 0)
            return -1;
        if (session->running && session->out_left > 0 && !session->send_paused && wait(session) != 0)
            return -1;
    }
    size -= session->out_left;
    session->out_left = 0;
    return (ssize_t)size;
}

int llb_http_finish(struct llb_http *session) { return session->error ? -1 : advance(session); }

ssize_t llb_http_read(struct llb_http *session, void *buffer, size_t size) {
    if (session->start == session->end) {
        if (session->error)
            return -1;
        session->start = session->end = 0;
        if (session->paused) {
            session->paused = 0;
            int code = curl.easy_pause(session->easy, PAUSE_CONTINUE);
            if (code)
                return fail(session, code);
        }
        if (advance(session) != 0)
            return -1;
    }
    size_t count = session->end - session->start;
    if (count > size)
        count = size;
    memcpy(buffer, session->body + session->start, count);
    session->start += count;
    return (ssize_t)count;
}

long llb_http_status(const struct llb_http *session) {
    long status = 0;
    curl.easy_getinfo(session->easy, INFO_RESPONSE_CODE, &status);
    return status;
}

const char *llb_http_peer(const struct llb_http *session) {
    const char *address = NULL;
    curl.easy_getinfo(session->easy, INFO_PRIMARY_IP, &address);
    return address ? address : "";
}

const char *llb_http_head(const struct llb_http *session, size_t *size) {
    *size = session->head_size;
    return session->head;
}

int llb_http_error(const struct llb_http *session) { return session->error; }

const char *llb_http_message(const struct llb_http *session) { return session->message; }
