#include "carchive.h"
#include "symbols.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// gzip by ISA-L, which decompresses twice as fast as the zlib behind libarchive. Its state is a public structure of
// libisal.so.2 that the caller allocates; only the fields that are used are named, and a small stream is decompressed
// before the library is trusted, so that a version with another layout is left aside instead of misread.
struct isal_state {
    unsigned char *next_out;
    uint32_t avail_out, total_out;
    const unsigned char *next_in;
    uint64_t bits;
    uint32_t avail_in;
    int32_t bit_count;
    unsigned char tables[21120];
    uint32_t block_state, dictionary_length, is_final, wrapper;
    // 66,192 bytes of history and more; some to spare.
    unsigned char rest[98304];
};

_Static_assert(offsetof(struct isal_state, block_state) == 21160, "igzip_lib.h, struct inflate_state");
_Static_assert(offsetof(struct isal_state, wrapper) == 21172, "igzip_lib.h, struct inflate_state");

enum { BLOCK_FINISH = 5, WRAPPER_GZIP = 1, INCORRECT_CHECKSUM = -6 };

static struct {
    void (*init)(struct isal_state *);
    void (*reset)(struct isal_state *);
    int (*inflate)(struct isal_state *);
} isal;

static int is_usable;

struct llb_inflater {
    llb_read_function read;
    void *context;
    const char *error;
    int has_ended, is_between;
    struct isal_state state;
};

static void begin(struct isal_state *state) {
    memset(state, 0, sizeof *state);
    isal.init(state);
    state->wrapper = WRAPPER_GZIP;
}

static int works(void) {
    static const char text[] = "llmbox llmbox llmbox llmbox";
    static const unsigned char stream[] = {
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0xc9, 0xc9, 0x4d, 0xca,
        0xaf, 0x50, 0xc8, 0xc1, 0x42, 0x01, 0x00, 0xb1, 0x44, 0xd9, 0xf1, 0x1b, 0x00, 0x00, 0x00,
    };
    struct isal_state *state = malloc(sizeof *state);
    if (state == NULL)
        return 0;
    begin(state);
    char output[64];
    state->next_out = (unsigned char *)output;
    state->avail_out = sizeof output;
    int code = 0;
    // In two parts, which takes it through the fields that keep what was begun.
    for (size_t part = 0; part < 2 && code == 0; part++) {
        state->next_in = part == 0 ? stream : stream + 20;
        state->avail_in = part == 0 ? 20 : sizeof stream - 20;
        code = isal.inflate(state);
    }
    int is_right = code == 0 && state->block_state == BLOCK_FINISH && state->avail_in == 0 &&
                   state->avail_out == sizeof output - strlen(text) && memcmp(output, text, strlen(text)) == 0;
    free(state);
    return is_right;
}

static void load(void) {
    const struct llb_symbol symbols[] = {
        {&isal.init, "isal_inflate_init"},
        {&isal.reset, "isal_inflate_reset"},
        {&isal.inflate, "isal_inflate"},
    };
    is_usable = llb_load_symbols("libisal.so.2", symbols, sizeof symbols / sizeof *symbols) && works();
}

llb_inflater *llb_inflater_open(llb_read_function read, void *context) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    llb_inflater *inflater = is_usable ? calloc(1, sizeof *inflater) : NULL;
    if (inflater == NULL)
        return NULL;
    inflater->read = read;
    inflater->context = context;
    begin(&inflater->state);
    return inflater;
}

static int fail(llb_inflater *inflater, const char *error) {
    inflater->error = error;
    return -1;
}

// Asks for more compressed bytes when there are none left.
static int refill(llb_inflater *inflater) {
    struct isal_state *state = &inflater->state;
    if (state->avail_in > 0 || inflater->has_ended)
        return 0;
    const void *bytes = NULL;
    int64_t count = inflater->read(inflater->context, &bytes);
    if (count < 0 || count > UINT32_MAX)
        return fail(inflater, "the compressed stream cannot be read");
    inflater->has_ended = count == 0;
    state->next_in = bytes;
    state->avail_in = (uint32_t)count;
    return 0;
}

// Whether another member follows the one that has ended; anything else behind it is not part of the content.
static int is_member_next(const struct isal_state *state) {
    return state->avail_in > 0 && state->next_in[0] == 0x1f && (state->avail_in == 1 || state->next_in[1] == 0x8b);
}

int64_t llb_inflater_read(llb_inflater *inflater, void *buffer, size_t capacity) {
    struct isal_state *state = &inflater->state;
    if (inflater->error)
        return -1;
    uint32_t size = capacity > 1 << 30 ? 1 << 30 : (uint32_t)capacity;
    state->next_out = buffer;
    state->avail_out = size;
    while (state->avail_out == size) {
        if (refill(inflater) != 0)
            return -1;
        if (inflater->is_between) {
            if (!is_member_next(state))
                return 0;
            isal.reset(state);
            state->wrapper = WRAPPER_GZIP;
            inflater->is_between = 0;
        }
        uint32_t before = state->avail_in;
        int code = isal.inflate(state);
        if (code < 0)
            return fail(inflater, code == INCORRECT_CHECKSUM ? "its checksum is wrong" : "the data is damaged");
        inflater->is_between = state->block_state == BLOCK_FINISH;
        if (!inflater->is_between && state->avail_out == size && state->avail_in == before)
            return fail(inflater, inflater->has_ended ? "truncated gzip input" : "the data is damaged");
    }
    return size - state->avail_out;
}

const char *llb_inflater_error(const llb_inflater *inflater) { return inflater->error ? inflater->error : ""; }

void llb_inflater_close(llb_inflater *inflater) { free(inflater); }
