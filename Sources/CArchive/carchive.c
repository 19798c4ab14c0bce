#define _GNU_SOURCE
#include "carchive.h"
#include "symbols.h"

#include <linux/fs.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <unistd.h>

// libarchive's prototypes, written out so that its headers are not needed to build.
struct archive;
struct archive_entry;
typedef ssize_t archive_read_callback(struct archive *, void *context, const void **bytes);

enum { ARCHIVE_EOF = 1, ARCHIVE_OK = 0, ARCHIVE_WARN = -20 };

static struct {
    struct archive *(*read_new)(void);
    int (*support_format_raw)(struct archive *);
    int (*support_format_empty)(struct archive *);
    int (*append_filter)(struct archive *, int);
    int (*set_read_callback)(struct archive *, archive_read_callback *);
    int (*set_callback_data)(struct archive *, void *);
    int (*open1)(struct archive *);
    int (*next_header)(struct archive *, struct archive_entry **);
    int (*data_block)(struct archive *, const void **, size_t *, int64_t *);
    int (*error_number)(struct archive *);
    const char *(*error_string)(struct archive *);
    void (*set_error)(struct archive *, int, const char *, ...);
    int (*read_free)(struct archive *);
} library;

static int library_status = -1;

struct llb_decompressor {
    struct archive *archive;
    llb_read_function read;
    void *context;
    int has_header;
};

static void load(void) {
    const struct llb_symbol symbols[] = {
        {&library.read_new, "archive_read_new"},
        {&library.support_format_raw, "archive_read_support_format_raw"},
        {&library.support_format_empty, "archive_read_support_format_empty"},
        {&library.append_filter, "archive_read_append_filter"},
        {&library.set_read_callback, "archive_read_set_read_callback"},
        {&library.set_callback_data, "archive_read_set_callback_data"},
        {&library.open1, "archive_read_open1"},
        {&library.next_header, "archive_read_next_header"},
        {&library.data_block, "archive_read_data_block"},
        {&library.error_number, "archive_errno"},
        {&library.error_string, "archive_error_string"},
        {&library.set_error, "archive_set_error"},
        {&library.read_free, "archive_read_free"},
    };
    if (llb_load_symbols("libarchive.so.13", symbols, sizeof symbols / sizeof *symbols))
        library_status = 0;
}

int llb_archive_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return library_status;
}

static ssize_t read_compressed(struct archive *archive, void *context, const void **bytes) {
    llb_decompressor *decompressor = context;
    int64_t count = decompressor->read(decompressor->context, bytes);
    if (count < 0)
        library.set_error(archive, -1, "%s", "the compressed stream cannot be read");
    return count;
}

llb_decompressor *llb_decompressor_open(enum llb_filter filter, llb_read_function read, void *context) {
    if (llb_archive_load() != 0)
        return NULL;
    llb_decompressor *decompressor = calloc(1, sizeof *decompressor);
    if (decompressor == NULL)
        return NULL;
    decompressor->read = read;
    decompressor->context = context;
    decompressor->archive = library.read_new();
    struct archive *archive = decompressor->archive;
    // Exactly one filter, chosen by the caller: libarchive's own detection would peel off nested ones as well.
    if (archive == NULL || library.support_format_raw(archive) != ARCHIVE_OK ||
        library.support_format_empty(archive) != ARCHIVE_OK ||
        library.append_filter(archive, (int)filter) < ARCHIVE_WARN ||
        library.set_read_callback(archive, read_compressed) != ARCHIVE_OK ||
        library.set_callback_data(archive, decompressor) != ARCHIVE_OK) {
        llb_decompressor_close(decompressor);
        return NULL;
    }
    return decompressor;
}

int64_t llb_decompressor_next(llb_decompressor *decompressor, const void **bytes) {
    struct archive *archive = decompressor->archive;
    if (!decompressor->has_header) {
        struct archive_entry *entry;
        // Opening reads ahead to tell the format; the "empty" format also answers to a first block that cannot be
        // decompressed, and would turn a truncated stream into an empty one.
        if (library.open1(archive) < ARCHIVE_WARN || library.error_number(archive) != 0)
            return -1;
        int status = library.next_header(archive, &entry);
        if (status == ARCHIVE_EOF)
            return 0;
        if (status < ARCHIVE_WARN)
            return -1;
        decompressor->has_header = 1;
    }
    size_t count = 0;
    int64_t offset;
    do {
        int status = library.data_block(archive, bytes, &count, &offset);
        if (status == ARCHIVE_EOF)
            return 0;
        if (status < ARCHIVE_WARN)
            return -1;
    } while (count == 0);
    return (int64_t)count;
}

const char *llb_decompressor_error(llb_decompressor *decompressor) {
    const char *text = library.error_string(decompressor->archive);
    return text == NULL ? "the data is damaged" : text;
}

void llb_decompressor_close(llb_decompressor *decompressor) {
    if (decompressor->archive != NULL)
        library.read_free(decompressor->archive);
    free(decompressor);
}

int llb_clone_file(int destination, int source) { return ioctl(destination, FICLONE, source); }

int llb_sync_filesystem(int descriptor) { return syncfs(descriptor); }
