#include "symbols.h"

#include <dlfcn.h>

int llb_load_symbols(const char *library, const struct llb_symbol *symbols, size_t count) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    for (size_t index = 0; handle != NULL && index < count; index++) {
        void *symbol = dlsym(handle, symbols[index].name);
        if (symbol == NULL)
            return 0;
        *(void **)symbols[index].slot = symbol;
    }
    return handle != NULL;
}
