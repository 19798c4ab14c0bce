#include "carchive.h"
#include "symbols.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// The prototypes are written out so that no header of these libraries is needed to build. libdeflate compresses about
// twice as fast as zlib, which is there wherever libarchive is.
struct zlib_stream {
    const unsigned char *next_in;
    unsigned avail_in;
    unsigned long total_in;
    unsigned char *next_out;
    unsigned avail_out;
    unsigned long total_out;
    const char *message;
    void *state, *allocate, *release, *opaque;
    int data_type;
    unsigned long adler, reserved;
};

enum { Z_DEFLATED = 8, Z_FINISH = 4, Z_STREAM_END = 1, GZIP_WINDOW = 15 + 16, Z_MEMORY = 8 };

static struct {
    void *(*deflate_new)(int);
    size_t (*deflate_gzip)(void *, const void *, size_t, void *, size_t);
    size_t (*deflate_bound)(void *, size_t);
    void (*deflate_free)(void *);
    int (*zlib_init)(struct zlib_stream *, int, int, int, int, int, const char *, int);
    int (*zlib_reset)(struct zlib_stream *);
    int (*zlib_deflate)(struct zlib_stream *, int);
    unsigned long (*zlib_bound)(struct zlib_stream *, unsigned long);
    int (*zlib_end)(struct zlib_stream *);
    void *(*zstd_new)(void);
    size_t (*zstd_compress)(void *, void *, size_t, const void *, size_t, int);
    size_t (*zstd_bound)(size_t);
    unsigned (*zstd_is_error)(size_t);
    size_t (*zstd_free)(void *);
} api;

static int has_deflate, has_zlib, has_zstd;

static void load(void) {
    const struct llb_symbol deflate[] = {
        {&api.deflate_new, "libdeflate_alloc_compressor"},
        {&api.deflate_gzip, "libdeflate_gzip_compress"},
        {&api.deflate_bound, "libdeflate_gzip_compress_bound"},
        {&api.deflate_free, "libdeflate_free_compressor"},
    };
    const struct llb_symbol zlib[] = {
        {&api.zlib_init, "deflateInit2_"}, {&api.zlib_reset, "deflateReset"}, {&api.zlib_deflate, "deflate"},
        {&api.zlib_bound, "deflateBound"}, {&api.zlib_end, "deflateEnd"},
    };
    const struct llb_symbol zstd[] = {
        {&api.zstd_new, "ZSTD_createCCtx"},      {&api.zstd_compress, "ZSTD_compressCCtx"},
        {&api.zstd_bound, "ZSTD_compressBound"}, {&api.zstd_is_error, "ZSTD_isError"},
        {&api.zstd_free, "ZSTD_freeCCtx"},
    };
    has_deflate = llb_load_symbols("libdeflate.so.0", deflate, sizeof deflate / sizeof *deflate);
    has_zlib = llb_load_symbols("libz.so.1", zlib, sizeof zlib / sizeof *zlib);
    has_zstd = llb_load_symbols("libzstd.so.1", zstd, sizeof zstd / sizeof *zstd);
}

struct llb_compressor {
    enum llb_filter format;
    int level;
    void *state;
    struct zlib_stream stream;
    int is_stream;
};

llb_compressor *llb_compressor_open(enum llb_filter format, int level) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    llb_compressor *compressor = calloc(1, sizeof *compressor);
    if (compressor == NULL)
        return NULL;
    compressor->format = format;
    compressor->level = level;
    if (format == LLB_FILTER_ZSTD && has_zstd) {
        compressor->state = api.zstd_new();
    } else if (format == LLB_FILTER_GZIP && has_deflate) {
        compressor->state = api.deflate_new(level);
    } else if (format == LLB_FILTER_GZIP && has_zlib) {
        compressor->is_stream = api.zlib_init(&compressor->stream, level > 9 ? 9 : level, Z_DEFLATED, GZIP_WINDOW,
                                              Z_MEMORY, 0, "1.2.11", (int)sizeof compressor->stream) == 0;
    }
    if (compressor->state || compressor->is_stream)
        return compressor;
    free(compressor);
    return NULL;
}

size_t llb_compressor_bound(llb_compressor *compressor, size_t size) {
    if (compressor->format == LLB_FILTER_ZSTD)
        return api.zstd_bound(size);
    return compressor->is_stream ? api.zlib_bound(&compressor->stream, size)
                                 : api.deflate_bound(compressor->state, size);
}

size_t llb_compressor_block(llb_compressor *compressor, const void *bytes, size_t size, void *output, size_t capacity) {
    if (compressor->format == LLB_FILTER_ZSTD) {
        size_t count = api.zstd_compress(compressor->state, output, capacity, bytes, size, compressor->level);
        return api.zstd_is_error(count) ? 0 : count;
    }
    if (!compressor->is_stream)
        return api.deflate_gzip(compressor->state, bytes, size, output, capacity);
    struct zlib_stream *stream = &compressor->stream;
    api.zlib_reset(stream);
    stream->next_in = bytes;
    stream->avail_in = (unsigned)size;
    stream->next_out = output;
    stream->avail_out = (unsigned)capacity;
    return api.zlib_deflate(stream, Z_FINISH) == Z_STREAM_END ? capacity - stream->avail_out : 0;
}

void llb_compressor_close(llb_compressor *compressor) {
    if (compressor->is_stream)
        api.zlib_end(&compressor->stream);
    else if (compressor->format == LLB_FILTER_ZSTD)
        api.zstd_free(compressor->state);
    else
        api.deflate_free(compressor->state);
    free(compressor);
}
