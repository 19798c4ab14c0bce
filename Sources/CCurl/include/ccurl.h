#pragma once
#include <stddef.h>
#include <sys/types.h>

/// HTTP by libcurl, which is opened with dlopen when the first request is made: its 46 shared objects must not slow
/// down commands that use no network. Only the prototypes and constants that are used are declared, so that building
/// needs no header of libcurl. Reading pulls: no callback crosses into Swift.

/// One request; the strings need to live only while llb_http_begin runs.
struct llb_http_request {
    const char *method;
    const char *url;
    /// Header lines as `Name: value`, ended by NULL.
    const char *const *headers;
    /// A file of trusted certificates, or NULL for libcurl's own.
    const char *ca_file;
    /// A directory of trusted certificates, or NULL for libcurl's own.
    const char *ca_directory;
    /// A file with the certificate that we show, or NULL for none.
    const char *client_certificate;
    /// The file with its key.
    const char *client_key;
    /// The proxy that leads there; empty for none, whatever the environment says.
    const char *proxy;
    /// Whether http may be used besides https.
    int allow_http;
    /// Whether certificates are checked.
    int verify_tls;
    /// Whether only the head of the response is wanted.
    int head_only;
    /// Bytes of the body to send, -1 for none.
    long long body_size;
    long connect_timeout_ms;
    /// How long nothing may arrive before the transfer counts as dead.
    long stall_seconds;
};

struct llb_http;

/// Opens libcurl once; returns NULL, or why it cannot be opened.
const char *llb_http_load(void);
/// Makes a session, which keeps its connections between requests; NULL when memory is short. Load first.
struct llb_http *llb_http_new(void);
/// Closes a session and its connections.
void llb_http_free(struct llb_http *session);
/// Starts a request; without a body to send it waits for the response's head. Returns 0, or -1 (see llb_http_error).
int llb_http_begin(struct llb_http *session, const struct llb_http_request *request);
/// Sends a part of the body. Returns how much was taken, less than all when the server has answered before it had
/// everything, or -1 (see llb_http_error).
ssize_t llb_http_write(struct llb_http *session, const void *bytes, size_t size);
/// Waits for the head of the response, once the whole body was sent or not all of it was taken; 0, or -1.
int llb_http_finish(struct llb_http *session);
/// Reads some of the body: the count, 0 at its end, or -1 (see llb_http_error).
ssize_t llb_http_read(struct llb_http *session, void *buffer, size_t size);
/// The status of the response.
long llb_http_status(const struct llb_http *session);
/// The address of the machine that was spoken to; empty when it is not known.
const char *llb_http_peer(const struct llb_http *session);
/// The lines of the response's head, without the status line of earlier responses (100, CONNECT).
const char *llb_http_head(const struct llb_http *session, size_t *size);
/// libcurl's code of the failure.
int llb_http_error(const struct llb_http *session);
/// libcurl's words for the failure.
const char *llb_http_message(const struct llb_http *session);
