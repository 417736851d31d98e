/* A program with functions of another PKCS #11 library in front of those that it loads: so is each one that is linked
   with p11-kit. */

#include <dlfcn.h>
#include <stdio.h>

struct list {
    unsigned char version[2];
    void *functions[68];
};

typedef unsigned long get_function_list(struct list **list);

unsigned long C_Initialize(void *arguments)
{
    (void) arguments;
    return 7;
}

unsigned long C_GetFunctionList(struct list **list)
{
    *list = NULL;
    return 7;
}

int main(int count, char **arguments)
{
    void *library = count == 2 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    get_function_list *get = library == NULL ? NULL : (get_function_list *) dlsym(library, "C_GetFunctionList");
    struct list *list = NULL;

    if (get == NULL || get(&list) != 0) {
        puts("the library does not load");
        return 1;
    }
    printf("%s %s\n", list->functions[0] == dlsym(library, "C_Initialize") ? "own" : "foreign",
           list->functions[3] == (void *) get ? "own" : "foreign");
    return 0;
}
