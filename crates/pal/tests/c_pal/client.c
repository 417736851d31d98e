/*
 * What corePKCS11 does with its port, over ours: the credentials of a device are saved, found, read, replaced and
 * destroyed under their well-known names. `client write` and `client read` are two runs of one device.
 */
#include <stdio.h>
#include <string.h>

#include "pal.h"

#define CHECK(truth)                                                                                                   \
    do {                                                                                                               \
        if (!(truth)) {                                                                                                \
            fprintf(stderr, "line %d: not so: %s\n", __LINE__, #truth);                                                \
            return 1;                                                                                                  \
        }                                                                                                              \
    } while (0)

static const struct {
    const char *label;
    CK_BBOOL is_private;
} objects[] = {
    { "Device Priv TLS Key", 1 }, { "Device Pub TLS Key", 0 }, { "Device Cert", 0 }, { "Code Verify Key", 0 },
    { "HMAC Key", 1 },            { "CMAC Key", 1 },           { "Claim Key", 1 },   { "Claim Cert", 0 },
};

static CK_OBJECT_HANDLE save(const char *label, CK_ULONG length, const char *value)
{
    CK_ATTRIBUTE attribute = { CKA_LABEL, (void *)label, length };
    return PKCS11_PAL_SaveObject(&attribute, (CK_BYTE *)value, strlen(value));
}

static int holds(CK_OBJECT_HANDLE handle, const char *value, CK_BBOOL is_private)
{
    CK_BYTE *data = NULL;
    CK_ULONG size = 0;
    CK_BBOOL found_private = 9;
    if (PKCS11_PAL_GetObjectValue(handle, &data, &size, &found_private) != CKR_OK) {
        return 0;
    }
    int same = data != NULL && size == strlen(value) && memcmp(data, value, size) == 0;
    PKCS11_PAL_GetObjectValueCleanup(data, size);
    return same && found_private == is_private;
}

static int write_all(void)
{
    CK_BYTE *data = NULL;
    CK_ULONG size = 0;
    CK_BBOOL is_private = 0;
    CHECK(save("Device Cert", 11, "too early") == 0);
    CHECK(PKCS11_PAL_GetObjectValue(1, &data, &size, &is_private) == CKR_FUNCTION_FAILED);
    CHECK(PKCS11_PAL_Initialize() == CKR_OK);
    CHECK(PKCS11_PAL_Initialize() == CKR_OK);
    for (CK_ULONG i = 0; i < 8; i++) {
        const char *label = objects[i].label;
        CHECK(PKCS11_PAL_FindObject((CK_BYTE *)label, strlen(label)) == 0);
        CHECK(save(label, strlen(label), label) == i + 1);
    }
    /* With the zero counted, as some callers do; overwriting keeps the handle. */
    CHECK(save("Device Cert", sizeof "Device Cert", "certificate") == 3);
    CHECK(save("Device Cert", sizeof "Device Cert", "another") == 3);
    /* A name of the application's own. */
    CK_OBJECT_HANDLE other = save("thing", 5, "");
    CHECK(other > 8);
    CHECK(holds(other, "", 1));
    CHECK(PKCS11_PAL_DestroyObject(5) == CKR_OK);
    return 0;
}

static int read_all(void)
{
    CK_BYTE *data = NULL, *second = NULL;
    CK_ULONG size = 0;
    CK_BBOOL is_private = 0;
    CHECK(PKCS11_PAL_Initialize() == CKR_OK);
    for (CK_ULONG i = 0; i < 8; i++) {
        const char *label = objects[i].label;
        CK_OBJECT_HANDLE handle = PKCS11_PAL_FindObject((CK_BYTE *)label, strlen(label));
        if (i == 4) {
            CHECK(handle == 0);
            CHECK(PKCS11_PAL_GetObjectValue(5, &data, &size, &is_private) == CKR_KEY_HANDLE_INVALID);
            continue;
        }
        CHECK(handle == i + 1);
        CHECK(holds(handle, i == 2 ? "another" : label, objects[i].is_private));
    }
    CK_OBJECT_HANDLE other = PKCS11_PAL_FindObject((CK_BYTE *)"thing", 5);
    CHECK(other > 8);
    CHECK(PKCS11_PAL_DestroyObject(other) == CKR_OK);
    CHECK(PKCS11_PAL_FindObject((CK_BYTE *)"thing", 5) == 0);
    CHECK(PKCS11_PAL_DestroyObject(other) == CKR_KEY_HANDLE_INVALID);
    /* Two values out at once, given back in any order; what is not out is left alone. */
    CHECK(PKCS11_PAL_GetObjectValue(1, &data, &size, &is_private) == CKR_OK);
    CHECK(PKCS11_PAL_GetObjectValue(1, &second, &size, &is_private) == CKR_OK);
    CHECK(data != second);
    PKCS11_PAL_GetObjectValueCleanup(data, size);
    PKCS11_PAL_GetObjectValueCleanup(data, size);
    PKCS11_PAL_GetObjectValueCleanup(second, size);
    PKCS11_PAL_GetObjectValueCleanup(NULL, 0);
    return 0;
}

/* Arguments that no caller should give. */
static int bad_input(void)
{
    char name[64];
    CK_BYTE *data = NULL;
    CK_ULONG size = 0;
    CK_BBOOL is_private = 0;
    CK_ATTRIBUTE no_name = { CKA_LABEL, NULL, 5 }, empty = { CKA_LABEL, name, 0 };
    memset(name, 'x', sizeof name);
    CHECK(PKCS11_PAL_Initialize() == CKR_OK);
    CHECK(PKCS11_PAL_SaveObject(NULL, (CK_BYTE *)"1", 1) == 0);
    CHECK(PKCS11_PAL_SaveObject(&no_name, (CK_BYTE *)"1", 1) == 0);
    CHECK(PKCS11_PAL_SaveObject(&empty, (CK_BYTE *)"1", 1) == 0);
    CHECK(save(name, 33, "1") == 0);
    CHECK(save(name, (CK_ULONG)-1, "1") == 0);
    CK_ATTRIBUTE good = { CKA_LABEL, name, 32 };
    CHECK(PKCS11_PAL_SaveObject(&good, NULL, 1) == 0);
    CHECK(PKCS11_PAL_SaveObject(&good, (CK_BYTE *)"1", (CK_ULONG)-1) == 0);
    CHECK(PKCS11_PAL_FindObject(NULL, 5) == 0);
    CHECK(PKCS11_PAL_FindObject((CK_BYTE *)name, (CK_ULONG)-1) == 0);
    CHECK(save(name, 32, "1") > 8);
    CHECK(PKCS11_PAL_GetObjectValue(1, NULL, &size, &is_private) == CKR_ARGUMENTS_BAD);
    CHECK(PKCS11_PAL_GetObjectValue(1, &data, NULL, &is_private) == CKR_ARGUMENTS_BAD);
    CHECK(PKCS11_PAL_GetObjectValue(1, &data, &size, NULL) == CKR_ARGUMENTS_BAD);
    CHECK(PKCS11_PAL_GetObjectValue(0, &data, &size, &is_private) == CKR_KEY_HANDLE_INVALID);
    CHECK(PKCS11_PAL_GetObjectValue((CK_OBJECT_HANDLE)-1, &data, &size, &is_private) == CKR_KEY_HANDLE_INVALID);
    CHECK(PKCS11_PAL_DestroyObject(0) == CKR_KEY_HANDLE_INVALID);
    return 0;
}

static int no_store(void)
{
    CHECK(PKCS11_PAL_Initialize() == CKR_FUNCTION_FAILED);
    CHECK(save("Device Cert", 11, "certificate") == 0);
    return 0;
}

int main(int count, char **words)
{
    CHECK(count == 2);
    return strcmp(words[1], "write") == 0  ? write_all()
           : strcmp(words[1], "read") == 0 ? read_all()
           : strcmp(words[1], "bad") == 0  ? bad_input()
                                           : no_store();
}
