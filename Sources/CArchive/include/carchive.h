// Decompression through libarchive, which is opened with dlopen on first use so that programs that never
// decompress do not load it and the libraries behind it.
#pragma once
#include <stddef.h>
#include <stdint.h>
// The Glibc module has no extended attributes; importing this one brings their prototypes along.
#include <sys/xattr.h>

typedef struct llb_decompressor llb_decompressor;

// The numbers are libarchive's own (archive.h, ARCHIVE_FILTER_*).
enum llb_filter {
    LLB_FILTER_GZIP = 1,
    LLB_FILTER_BZIP2 = 2,
    LLB_FILTER_XZ = 6,
    LLB_FILTER_ZSTD = 14,
};

// Points `bytes` at the next compressed bytes and returns their count, 0 at the end, -1 on failure.
// The bytes must stay valid until the next call.
typedef int64_t (*llb_read_function)(void *context, const void **bytes);

// Returns 0 when libarchive could be opened, now or before.
int llb_archive_load(void);

// Returns NULL when memory is short, the library is missing or it lacks the filter.
llb_decompressor *llb_decompressor_open(enum llb_filter filter, llb_read_function read, void *context);

// Points `bytes` at the next decompressed bytes and returns their count, 0 at the end, -1 on failure.
int64_t llb_decompressor_next(llb_decompressor *decompressor, const void **bytes);

// The library's words for the last failure; never NULL.
const char *llb_decompressor_error(llb_decompressor *decompressor);

void llb_decompressor_close(llb_decompressor *decompressor);

typedef struct llb_inflater llb_inflater;

// Decompresses gzip, of one member or several, by ISA-L; NULL when that is not installed or memory is short.
llb_inflater *llb_inflater_open(llb_read_function read, void *context);

// Fills the front of the buffer; returns how many bytes it wrote, 0 at the end, -1 on failure.
int64_t llb_inflater_read(llb_inflater *inflater, void *buffer, size_t capacity);

// Words for the last failure; never NULL.
const char *llb_inflater_error(const llb_inflater *inflater);

void llb_inflater_close(llb_inflater *inflater);

typedef struct llb_compressor llb_compressor;

// Makes a compressor of blocks for one thread, by the fastest library that can be opened; NULL when there is none.
// The format is GZIP or ZSTD.
llb_compressor *llb_compressor_open(enum llb_filter format, int level);

// How long a compressed block of `size` bytes may become.
size_t llb_compressor_bound(llb_compressor *compressor, size_t size);

// Compresses a block to a gzip member or a zstd frame of its own; streams may hold many. Returns its length, 0 on
// failure.
size_t llb_compressor_block(llb_compressor *compressor, const void *bytes, size_t size, void *output, size_t capacity);

void llb_compressor_close(llb_compressor *compressor);

// Makes `destination` share the blocks of `source` (FICLONE); returns 0 when it does now.
int llb_clone_file(int destination, int source);

// syncfs(2), which the C library hides behind _GNU_SOURCE.
int llb_sync_filesystem(int descriptor);
