/* An mbedTLS application: its CTR_DRBG is seeded from mbedtls_hardware_poll. Prints how many bytes that gave, and 32
 * bytes of the generator; or, with exit status 2, mbedTLS's error. */

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <stdio.h>

int mbedtls_hardware_poll(void *data, unsigned char *output, size_t len, size_t *olen);

static size_t total;

static int counted(void *data, unsigned char *output, size_t len, size_t *olen)
{
    int status = mbedtls_hardware_poll(data, output, len, olen);
    total += *olen;
    return status;
}

int main(void)
{
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context drbg;
    unsigned char out[32];

    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&drbg);
    int status = mbedtls_entropy_add_source(&entropy, counted, NULL, 48, MBEDTLS_ENTROPY_SOURCE_STRONG);
    if (status == 0)
        status = mbedtls_ctr_drbg_seed(&drbg, mbedtls_entropy_func, &entropy, NULL, 0);
    if (status == 0)
        status = mbedtls_ctr_drbg_random(&drbg, out, sizeof out);
    mbedtls_ctr_drbg_free(&drbg);
    mbedtls_entropy_free(&entropy);
    if (status != 0) {
        printf("-0x%04x\n", -status);
        return 2;
    }
    printf("%zu ", total);
    for (size_t at = 0; at < sizeof out; at++)
        printf("%02x", out[at]);
    printf("\n");
    return 0;
}
