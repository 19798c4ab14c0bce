// Functions of libraries that are opened when they are needed.
#pragma once
#include <stddef.h>

struct llb_symbol {
    void *slot;
    const char *name;
};

// Opens a library and fills the slots with its functions; returns whether all of them are there.
int llb_load_symbols(const char *library, const struct llb_symbol *symbols, size_t count);
