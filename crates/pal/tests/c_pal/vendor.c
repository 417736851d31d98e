/*
 * A vendor's port, with the habits that ports are seen to have: a fixed list of names compared with the size of the
 * text and its zero, whatever length is given; files that are written in place; values in memory of its own.
 * VENDOR_FOLDER is where the files are. With TRAP defined it lies in one way.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pal.h"

static const struct {
    char label[33];
    const char *file;
    CK_BBOOL is_private;
} objects[] = {
    { "Device Priv TLS Key", "Key.dat", 1 }, { "Device Cert", "Certificate.dat", 0 },
    { "Claim Key", "Claim_Key.dat", 1 },     { "Claim Cert", "Claim_Certificate.dat", 0 },
};

/* How many values are out, to be given back. */
long vendor_values_out;

static int ready;

static size_t index_of(const CK_BYTE *label)
{
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        if (memcmp(objects[i].label, label, strlen(objects[i].label) + 1) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static FILE *file_of(size_t object, const char *mode)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", getenv("VENDOR_FOLDER"), objects[object - 1].file);
    return fopen(path, mode);
}

CK_RV PKCS11_PAL_Initialize(void)
{
    ready = getenv("VENDOR_FOLDER") != NULL;
    return ready ? CKR_OK : CKR_FUNCTION_FAILED;
}

CK_OBJECT_HANDLE PKCS11_PAL_SaveObject(CK_ATTRIBUTE *label, CK_BYTE *data, CK_ULONG size)
{
    size_t object = ready && label->type == CKA_LABEL ? index_of(label->pValue) : 0;
#ifdef TRAP_SAVES_NOTHING
    return object;
#endif
    FILE *file = object != 0 ? file_of(object, "wb") : NULL;
    if (file == NULL) {
        return 0;
    }
    int whole = fwrite(data, 1, size, file) == size;
    /* Some ports encrypt where they stand. */
    memset(data, 0x5a, size);
    return fclose(file) == 0 && whole ? object : 0;
}

CK_OBJECT_HANDLE PKCS11_PAL_FindObject(CK_BYTE *label, CK_ULONG length)
{
    (void)length;
    size_t object = ready ? index_of(label) : 0;
    FILE *file = object != 0 ? file_of(object, "rb") : NULL;
    if (file == NULL) {
        return 0;
    }
    fclose(file);
    return object;
}

CK_RV PKCS11_PAL_GetObjectValue(CK_OBJECT_HANDLE handle, CK_BYTE **data, CK_ULONG *size, CK_BBOOL *is_private)
{
    FILE *file = file_of(handle, "rb");
    if (file == NULL) {
        return CKR_KEY_HANDLE_INVALID;
    }
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    *data = malloc((size_t)length + 1);
    vendor_values_out++;
    size_t got = fread(*data, 1, (size_t)length, file);
    fclose(file);
#ifndef TRAP_NO_LENGTH
    *size = got;
#else
    (void)got;
    (void)size;
#endif
    *is_private = objects[handle - 1].is_private;
    return CKR_OK;
}

void PKCS11_PAL_GetObjectValueCleanup(CK_BYTE *data, CK_ULONG size)
{
    memset(data, 0, size);
    free(data);
    vendor_values_out--;
}

CK_RV PKCS11_PAL_DestroyObject(CK_OBJECT_HANDLE handle)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", getenv("VENDOR_FOLDER"), objects[handle - 1].file);
    return remove(path) == 0 ? CKR_OK : CKR_KEY_HANDLE_INVALID;
}
