/* A program that is linked with the library and calls its functions by their names. */

#include <stdio.h>

extern unsigned long C_Initialize(void *arguments);
extern unsigned long C_GetSlotList(unsigned char with_token, unsigned long *list, unsigned long *count);
extern unsigned long C_Finalize(void *reserved);

int main(void)
{
    unsigned long count = 0;
    unsigned long started = C_Initialize(NULL);
    unsigned long listed = C_GetSlotList(0, NULL, &count);
    unsigned long ended = C_Finalize(NULL);

    printf("%lu %lu %lu, %lu slot\n", started, listed, ended, count);
    return 0;
}
