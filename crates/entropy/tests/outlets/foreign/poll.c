/* Calls mbedtls_hardware_poll as its contract allows, and prints what it gave. Exit status 2: it gave nothing. */

#include <stdio.h>
#include <string.h>

int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *olen);

int main(void)
{
    unsigned char out[70000];
    size_t given = 99;
    int other = 0;

    if (mbedtls_hardware_poll(NULL, NULL, 1, &given) == 0 || mbedtls_hardware_poll(NULL, out, 1, NULL) == 0)
        return 3;
    if (mbedtls_hardware_poll(&other, out, 0, &given) != 0 || given != 0)
        return 4;

    /* Of a length that takes more than one request to a generator. */
    memset(out, 1, sizeof out);
    given = 99;
    int status = mbedtls_hardware_poll(NULL, out, sizeof out - 1, &given);
    if (status != 0) {
        for (size_t at = 0; at < sizeof out - 1; at++)
            if (out[at] != 0)
                return 5;
        printf("%d %zu\n", status, given);
        return 2;
    }
    if (given != sizeof out - 1 || out[sizeof out - 1] != 1)
        return 6;
    for (size_t at = 0; at < 40; at++)
        printf("%02x", out[at]);
    printf("\n");
    return 0;
}
